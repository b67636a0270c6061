"""The people behind the carts, and whether they may be contacted."""
