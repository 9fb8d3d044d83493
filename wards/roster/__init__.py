"""Roster: who is on duty where and when."""
