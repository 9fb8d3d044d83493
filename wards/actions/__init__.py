"""What people and other systems do: one verb a function.

Each verb is one transaction: it checks, changes the rows and records the event. It raises
`Refused` with a sentence for the reader when the rules do not allow it.
"""
