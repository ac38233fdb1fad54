"""The practical limit: Starlette, asyncpg and orjson, with an endpoint by hand for each operation and no GraphQL."""
