"""PostGraphile on the same tables: its own documents, and its answers in the shape of this gateway's."""
