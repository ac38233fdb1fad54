"""SQLAlchemy statements run on PostgreSQL by asyncpg: statements in, records out."""
