"""Calls that customers ask for on a page: the request, its place in a half-hour, and how often one may ask."""
