"""The pages of the wards. Thin: selectors read, actions change, templates show."""
