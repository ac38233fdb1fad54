"""What is live or counted, over Redis."""
