"""Rules: who hears of what, in which words, and where each alert leads."""
