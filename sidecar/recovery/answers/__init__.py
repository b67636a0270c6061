"""What customers do and say: clicks, mails, a no, preferences; and what follows from each."""
