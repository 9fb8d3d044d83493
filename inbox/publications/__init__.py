"""Publications: what web processes tell each other through Redis, and the frames made of it."""
