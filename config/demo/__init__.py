"""A hospital to try Wardbell with: made-up people, wards and a day of appointments."""
