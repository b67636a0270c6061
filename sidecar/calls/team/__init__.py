"""The team's day, for managers."""
