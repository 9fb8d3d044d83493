"""Pages of messages: what goes to patients, in which words, and what they want to hear."""
