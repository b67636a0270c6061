"""Which messages follow which, when, and under what conditions."""
