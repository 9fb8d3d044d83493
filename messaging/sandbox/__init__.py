"""The sandbox carrier: another company's system, as far as Wardbell can tell.

It is a process of its own with real HTTP, ids, delays, receipts and answers, so that everything can
be tried end to end without an account anywhere. It has nothing of Wardbell's, neither settings nor
database; only how SMS are counted is the same. Its ledger is a file; what is in it survives our
restarts and its own.

`python -m messaging.sandbox --help`; docs/messaging.md says what it speaks.
"""
