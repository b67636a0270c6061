"""Verdicts: what a rep can say about a call, what follows, and taking it back."""
