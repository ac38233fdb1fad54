"""What is live, over Redis."""
