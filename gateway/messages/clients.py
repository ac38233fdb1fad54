"""Where a request came from."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import Scope

# What one customer of a provider gets of IPv6 at least: whoever has one address of it has them all.
_IPV6_PREFIX: Final = 64


def client_of(scope: Scope) -> str:
    """Name the client by its address in the network, or by its network in IPv6; empty where none is known."""
    return _named((scope.get("client") or ("", 0))[0])


@lru_cache(maxsize=1024)
def _named(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address.packed, _IPV6_PREFIX), strict=False))
