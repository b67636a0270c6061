"""Offers and their coupons: what is offered to whom, and the rows that keep it."""
