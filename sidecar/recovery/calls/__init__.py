"""What a rep does with a cart, and everything that follows from it."""
