"""Those who are connected: what they are told, and whether they still may be."""
