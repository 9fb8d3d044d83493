"""The pages of bulk operations, for managers and administrators.

Every start leads to the page of its operation, which shows live how far it is and what came of it.
"""
