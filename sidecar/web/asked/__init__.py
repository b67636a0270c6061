"""Asking for a call: the customer's pages, and the reps' list of calls about no cart."""
