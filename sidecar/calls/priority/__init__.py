"""The order of the queue: what a call now is worth, and what the shop's own calls teach about it."""
