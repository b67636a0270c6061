"""Written messages: sequences, wording, the outbox."""
