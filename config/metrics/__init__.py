"""What /metrics tells: of this process, of those that serve no pages, and out of the database."""
