"""What Wardbell is measured against; each small, and written the way its documentation says."""
