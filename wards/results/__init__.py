"""Results: what a laboratory's value means. Pure: no database, no clock, no settings."""
