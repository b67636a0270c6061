"""Calls that customers ask for on a page: from the wish to its end."""
