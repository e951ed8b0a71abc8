"""Which session a tab's token belongs to: kept by the process, or in Redis when several processes serve the same tabs."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Protocol

from redis.asyncio import Redis

MOST = 10_000
KEPT_FOR = timedelta(days=1)


class Owners(Protocol):
    """Two questions, each answered in one step, so that of two sessions that ask at once only one is told yes."""

    async def first(self, token: str, session_id: int) -> int:
        """The session this token belongs to: this one, when nobody has used it before."""
        ...

    async def passes_on(self, token: str, owner: int, session_id: int) -> bool:
        """The token now belongs to this session, unless it no longer belongs to `owner`."""
        ...


class InThisProcess:
    """For a single process; forgets the tokens that were not used for the longest time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, int] = OrderedDict()

    async def first(self, token: str, session_id: int) -> int:
        owner = self._kept.setdefault(token, session_id)
        self._kept.move_to_end(token)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return owner

    async def passes_on(self, token: str, owner: int, session_id: int) -> bool:
        if self._kept.get(token, owner) != owner:
            return False
        self._kept[token] = session_id
        return True


_FIRST = """
local owner = redis.call('get', KEYS[1])
if not owner then owner = ARGV[1] end
redis.call('set', KEYS[1], owner, 'ex', ARGV[2])
return owner
"""
_PASSES_ON = """
local owner = redis.call('get', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'ex', ARGV[3])
return 1
"""


class InRedis:
    """For any number of processes; a token that nobody used for a day is forgotten, as is the state behind it."""

    def __init__(self, redis: Redis) -> None:
        self._first, self._passes_on = redis.register_script(_FIRST), redis.register_script(_PASSES_ON)

    async def first(self, token: str, session_id: int) -> int:
        return int(await self._first([_key(token)], [session_id, _SECONDS]))

    async def passes_on(self, token: str, owner: int, session_id: int) -> bool:
        return bool(await self._passes_on([_key(token)], [owner, session_id, _SECONDS]))


def shared(url: str) -> InRedis:
    """Kept in the Redis at this address."""
    return InRedis(Redis.from_url(url))


_SECONDS = int(KEPT_FOR.total_seconds())


def _key(token: str) -> str:
    return f"careops:tab:{token}"
