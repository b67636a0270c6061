"""The people of the tests. The same ones everywhere, so that a test reads like a sentence."""

OWNER = "olive@example.com"  # owns the shop
REP = "sam@example.com"  # calls
OTHER_REP = "ana@example.com"  # calls too
VIEWER = "vera@example.com"  # looks on
