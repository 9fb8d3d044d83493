"""What messages did over some days: figures read from the tallies, and how they are shown."""
