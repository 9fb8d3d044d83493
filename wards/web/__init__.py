"""Web: what views and admin pages of every floor share."""
