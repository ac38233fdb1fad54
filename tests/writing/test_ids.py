"""The ids that the database gives (RFC 9562, section 5.7)."""

import time
import uuid
from typing import Any


async def test_ids_are_of_version_7_and_tell_when_they_were_given(sql: Any):
    begun = time.time_ns() // 1_000_000
    rows = await sql.fetch("SELECT new_id() AS id FROM generate_series(1, 100000)")
    ended = time.time_ns() // 1_000_000
    ids = [uuid.UUID(row["id"]) for row in rows]
    assert len(set(ids)) == len(ids)
    assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
    told = [one.int >> 80 for one in ids]
    assert begun <= min(told) <= max(told) <= ended + 1


async def test_a_later_id_is_greater_within_a_millisecond_too(sql: Any):
    row = await sql.fetchrow("SELECT new_id() AS first, pg_sleep(0.0002), new_id() AS second")
    assert row["first"] < row["second"]
