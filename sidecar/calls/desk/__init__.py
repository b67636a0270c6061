"""What a rep sees about one task: the card, the script, how to reach the person; and practice."""
