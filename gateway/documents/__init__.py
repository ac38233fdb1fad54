"""Documents and their operations: from a text to all that is known of it before it is run."""
