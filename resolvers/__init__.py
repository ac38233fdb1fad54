"""One function for each thing that a client can ask: authorise, read, decide, write, announce."""
