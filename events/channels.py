"""The channels of Redis: one for each account."""

from typing import Final

_PREFIX: Final = "accounts-gateway:account:"


def channel_of(account_id: str) -> str:
    """Name the channel of an account."""
    return _PREFIX + account_id


def account_of(channel: bytes) -> str:
    """Tell whose channel it is."""
    return channel.decode().removeprefix(_PREFIX)
