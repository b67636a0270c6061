"""Coupons in the store: made before a message names one, taken back when their time is over."""
