"""How the feeds of a hospital do, for the people who look after them."""
