"""What is served over HTTP: queries and mutations, streams of server-sent events, health, GraphiQL."""
