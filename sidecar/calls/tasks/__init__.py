"""Tasks in the queue: how they come in, ripen, are claimed, put off, handed over, found and told of."""
