"""What waits for a slow reader is bounded in bytes, and nothing of it is lost (S4)."""

import pytest

from domain.refusals import FellBehind
from domain.user_changes import ChangeKind, UserChange
from gateway.live.backlog import Backlog

PAYLOAD = b"x" * 50_000


def change(place: int, kind: ChangeKind = ChangeKind.UPDATED) -> UserChange:
    return UserChange(f"user {place}", "account", kind)


def test_payloads_beyond_some_are_not_kept_but_their_events_are():
    backlog = Backlog()
    for place in range(100):
        backlog.put(change(place), PAYLOAD)
    taken = [backlog.take() for _ in range(100)]
    assert [event.id for event, _ in taken] == [f"user {place}" for place in range(100)]
    assert sum(len(payload) for _, payload in taken if payload is not None) == 5 * len(PAYLOAD)
    assert len(backlog) == 0


def test_what_was_taken_replaced_or_cleared_makes_room():
    backlog = Backlog()
    for _ in range(100):
        for place in (0, 1, 1):
            backlog.put(change(place), PAYLOAD)
        assert backlog.take() == (change(0), PAYLOAD)
        assert backlog.take() == (change(1), PAYLOAD)
    for _ in range(100):
        backlog.put(change(2), PAYLOAD)
        backlog.clear()
    backlog.put(change(3), PAYLOAD)
    assert backlog.take() == (change(3), PAYLOAD)


def test_who_is_behind_by_too_many_things_is_told_so_and_may_begin_again():
    backlog = Backlog()
    for place in range(10_000):
        backlog.put(change(place), PAYLOAD)
    with pytest.raises(FellBehind):
        backlog.put(change(10_000), PAYLOAD)
    assert len(backlog) == 0
    backlog.put(change(0), PAYLOAD)
    assert backlog.take() == (change(0), PAYLOAD)
