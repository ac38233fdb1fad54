"""Idiomatic Strawberry: objects of SQLAlchemy's ORM, a data loader for each edge, its caches of documents on."""
