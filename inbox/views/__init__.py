"""The reader's own alerts as pages. Thin: inbox.mailbox changes, templates show."""
