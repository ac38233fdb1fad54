"""How often somebody has tried, counted in Redis for all gateways together.

After a few attempts within a quarter of an hour each further one has to wait: 4 s, then twice as long each time up to a
longest pause. So guessing gets slow, and nobody is locked out for good. An attempt that comes too early counts for
nothing.

Without Redis nothing is counted and everything is let through: better a guess too many than nobody can sign in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Self, TypeVar

import structlog
from msgspec import Struct
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from events.failures import reason_of

Answer = TypeVar("Answer")

_PREFIX: Final = "accounts-gateway:attempts:"
_WINDOW_MS: Final = 15 * 60 * 1000
_KNOWN_SECONDS: Final = 30 * 24 * 60 * 60
_PATIENCE_SECONDS: Final = 0.5
_AWAY_SECONDS: Final = 1.0
_AT_ONCE: Final = 8

# Counts one attempt under each key, unless one of them is still pausing: then gives the milliseconds to wait.
# ARGV: the window, then for each key how many are free and the longest pause.
_COUNT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, (tonumber(redis.call('HGET', key, 'pausing_until')) or 0) - now)
end
if wait > 0 then return wait end
for place, key in ipairs(KEYS) do
  local beyond = redis.call('HINCRBY', key, 'count', 1) - tonumber(ARGV[2 * place])
  if beyond >= 0 then
    local pause = math.min(4000 * 2 ^ math.min(beyond, 20), tonumber(ARGV[2 * place + 1]))
    redis.call('HSET', key, 'pausing_until', string.format('%.0f', now + pause))
  end
  if beyond >= 0 or redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return 0
"""

# Takes back what was counted under a key, if it still is.
_TAKE_BACK: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBY', KEYS[1], 'count', -1) end
"""

_log: Final = structlog.get_logger("events.attempts")


class Pace(NamedTuple):
    """How many attempts are free, and the longest pause after them."""

    free: int
    longest_pause_ms: int


class Counted(Struct, frozen=True):
    """An attempt that was counted as a failure until it is known to be none."""

    keys: tuple[str, str]
    """Of the counters of the address and of the client."""
    place: str
    """Stands for the address and the client together."""


class Attempts:
    """Counts attempts to sign in and to have a password reset, by address and by client.

    An address that names its account is counted for that account alone: others may hold the address elsewhere. A
    client from which the address signed in before, or followed a mailed link, is counted apart, so that neither
    strangers who guess at an address, nor those who guess from the same client, slow its owner down.
    """

    sign_ins_by_address: Final = Pace(5, 60_000)
    sign_ins_by_client: Final = Pace(100, 4_000)
    sign_ins_at_home: Final = Pace(1_000, 4_000)
    resets_by_address: Final = Pace(5, 15 * 60_000)
    resets_by_client: Final = Pace(100, 60_000)

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._count = redis.register_script(_COUNT)
        self._take_back = redis.register_script(_TAKE_BACK)
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._away_until = 0.0

    @classmethod
    def open(cls, url: str) -> Self:
        """Take the address; nothing connects yet.

        What is asked on a connection that was cut is asked again on a new one. Where the answer alone was lost, an
        attempt counts twice, or is taken back twice: a pause begins an attempt too early or too late, which is no harm.
        """
        return cls(
            Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
                url, retry=Retry(NoBackoff(), 1)
            )
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def begin_sign_in(self, address: str, client: str, account_id: str | None = None) -> Counted | float:
        """Count an attempt to sign in; or give the seconds for which there may be none."""
        whom = (address, account_id or "")
        place = _key("known", *whom, client)
        stranger = Counted((_key("sign-in", *whom), _key("sign-in-from", client)), place)

        async def begin() -> Counted | float:
            known = Counted((_key("sign-in-at-home", *whom, client), _key("sign-in-at-homes", client)), place)
            is_known = await self._redis.exists(place)
            counted, by_client = (known, self.sign_ins_at_home) if is_known else (stranger, self.sign_ins_by_client)
            return await self._wait(counted.keys, (self.sign_ins_by_address, by_client)) or counted

        return await self._ask(begin, otherwise=stranger)

    async def end_sign_in(self, counted: Counted) -> None:
        """Forget an attempt that was no guess, and those before it, and remember its client."""
        of_address, of_client = counted.keys

        async def end() -> None:
            await self._redis.delete(of_address)
            await self._take_back(keys=[of_client])
            await self._redis.set(counted.place, b"", ex=_KNOWN_SECONDS)

        await self._ask(end, otherwise=None)

    async def know(self, address: str, client: str, account_id: str) -> None:
        """Remember the client of somebody who followed a mailed link, so that no guesses of others lock them out."""
        places = [_key("known", address, account, client) for account in ("", account_id)]

        async def know() -> None:
            for place in places:
                await self._redis.set(place, b"", ex=_KNOWN_SECONDS)

        await self._ask(know, otherwise=None)

    async def take_back_sign_in(self, counted: Counted) -> None:
        """Stop counting an attempt.

        It failed through no fault of the caller, or its password fitted only some holders of the address.
        """

        async def take_back() -> None:
            for key in counted.keys:
                await self._take_back(keys=[key])

        await self._ask(take_back, otherwise=None)

    async def may_request_reset(self, address: str, client: str) -> bool:
        """Count a request for a mail that resets a password, and tell whether it is to be taken."""
        keys = (_key("reset", address), _key("reset-from", client))

        async def begin() -> bool:
            return not await self._wait(keys, (self.resets_by_address, self.resets_by_client))

        return await self._ask(begin, otherwise=True)

    async def _ask(self, ask: Callable[[], Awaitable[Answer]], *, otherwise: Answer) -> Answer:
        """Ask Redis, a few at once; where it does not answer, go on without it, and leave it alone for a moment.

        Time is taken from where somebody's turn has come. So a burst of attempts waits to be counted, and is not let
        through for taking long.
        """
        clock = asyncio.get_running_loop().time
        async with self._free:
            if clock() < self._away_until:
                return otherwise
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return await ask()
            except (RedisError, OSError, TimeoutError) as error:
                self._away_until = clock() + _AWAY_SECONDS
                _log.warning("attempts not counted", reason=reason_of(error))
                return otherwise

    async def _wait(self, keys: Sequence[str], paces: Sequence[Pace]) -> float:
        """Count under all keys, or give the seconds to wait."""
        arguments = [_WINDOW_MS, *(number for pace in paces for number in pace)]
        milliseconds: int = await self._count(keys=keys, args=arguments)
        return milliseconds / 1000


def _key(kind: str, *subjects: str) -> str:
    """Name a counter; Redis learns no address of anybody."""
    digest = sha256("\n".join(subjects).encode(errors="surrogatepass")).hexdigest()
    return f"{_PREFIX}{kind}:{digest}"
