"""Ringback: a companion for WooCommerce stores that follows up orders which were started and not paid."""
