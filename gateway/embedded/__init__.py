"""A real PostgreSQL and a real Valkey out of wheels, for development and tests.

Only an installation with the extra `embedded`, on Linux or macOS, can import this package.

Every process that needs a server holds a lease on it (`leases`), and the last one out stops it. The servers outlive
the process that started them; after a crash of the gateway, the next one joins what still runs.
"""

from gateway.embedded.postgres import embedded_postgres
from gateway.embedded.servers import Servers, embedded_servers
from gateway.embedded.valkey import embedded_valkey

__all__ = ["Servers", "embedded_postgres", "embedded_servers", "embedded_valkey"]
