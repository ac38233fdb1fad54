"""The processes of a gateway: what starts them, what they start, and what they open and close."""
