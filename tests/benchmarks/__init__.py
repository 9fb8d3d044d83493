"""Measures Wardbell against what else one would use, and against what the machine can do."""
