"""The outbox: every message from due to its end, and how fast mail may leave."""
