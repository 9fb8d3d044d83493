"""Accounts: signing in, and what is kept of who has."""
