"""Bulk sends: one text to many people, each of them once, whatever crashes.

    audiences, lists → recipients → preparing → preview → queueing → the sender

`patient_groups.py` and `lists.py` know who, `texts.py` what is said, `recipients.py` how each is
reached or why not; `preparing.py` writes that down. `queueing.py` makes messages of it, and
`runner.py` keeps all of it going in the worker. What people do is in `actions.py`.
"""
