"""Unpaid orders: what we keep of them, how they come in, how they are found."""
