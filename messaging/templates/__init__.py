"""Templates: the pages where a hospital writes its words."""
