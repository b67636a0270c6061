"""Sending: the last look, the send, what was answered, and going live or on hold."""
