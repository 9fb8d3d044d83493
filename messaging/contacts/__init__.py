"""Contacts: to whom messages go, where they are reached, and what they want."""
