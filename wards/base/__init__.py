"""Base: what all floors use and that knows no model."""
