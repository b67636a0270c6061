"""The call queue: tasks, claims, calls and their outcomes."""
