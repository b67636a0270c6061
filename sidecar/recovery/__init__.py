"""The spine: the flows that cross features."""
