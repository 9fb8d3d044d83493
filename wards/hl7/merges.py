"""Merges (A40 and its like), done: two numbers turned out to be one person."""

from wards.hl7.lookup import Lookup
from wards.hl7.said import Merge


def apply(said: Merge, lookup: Lookup) -> str:
    raise NotImplementedError
