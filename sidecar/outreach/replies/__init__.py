"""What customers write back, and what it means."""
