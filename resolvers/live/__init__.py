"""What is pushed: watches on accounts, and the sources that subscriptions read from."""
