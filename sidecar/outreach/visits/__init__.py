"""The links in messages, and who opened them."""
