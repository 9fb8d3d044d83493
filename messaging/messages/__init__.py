"""Messages: the pages of what was sent to whom, and trying again."""
