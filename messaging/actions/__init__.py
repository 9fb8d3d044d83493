"""What people do with templates and messages: one verb a function, as in `wards.actions`."""
