"""What becomes of a cart: call, sequence, personal or hold, with the reason."""
