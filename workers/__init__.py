"""What runs beside the web pages: the supervisor, the broker, the workers and the clock."""
