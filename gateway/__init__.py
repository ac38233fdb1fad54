"""The front of the house: HTTP, authentication, settings and the command line."""
