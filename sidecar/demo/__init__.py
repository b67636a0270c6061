"""The sample store: a server that answers like WooCommerce, with invented people and carts.

It is the demo's store and the tests' fixture. Ringback itself never imports it: another server may take its place.
"""
