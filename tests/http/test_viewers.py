"""Rights may be known from a request just before, and no longer (P6)."""

from datetime import UTC, datetime

import pytest

from domain.users import Role, User, UserSource, UserStatus
from domain.viewers import Viewer
from gateway.identity import viewers
from gateway.identity.tokens import Claims
from gateway.identity.viewers import RecentViewers

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that stands until it is put on."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(viewers, "time", clock)
    return clock


def somebody(number: int) -> tuple[Claims, Viewer]:
    user = User(
        id=str(number),
        account_id="1",
        name="",
        name_key="",
        given_name=None,
        first_name=None,
        last_name=None,
        email="",
        email_key="",
        mobile=None,
        role=Role.USER,
        status=UserStatus.REGISTERED,
        inactive_reason=None,
        source=UserSource.CONSOLE,
        is_iot_connected=False,
        version=1,
        created_at=NOW,
        updated_at=NOW,
        welcomed_at=None,
        registered_at=None,
        last_signed_in_at=None,
    )
    return Claims(user.id, NOW, None), Viewer(user, NOW, None)


def test_are_known_for_half_a_second_from_when_they_were_asked_for(clock: Clock):
    recent = RecentViewers()
    claims, viewer = somebody(1)
    asked_at = clock.seconds = 101.0
    clock.seconds = 101.4  # the look-up took a while
    recent.put(claims, viewer, asked_at)
    assert recent.get(claims) is viewer
    assert recent.get(somebody(2)[0]) is None
    clock.seconds = 101.6
    assert recent.get(claims) is None


def test_are_forgotten_after_a_write_even_while_they_are_looked_up(clock: Clock):
    recent = RecentViewers()
    clock.seconds = 101.0
    recent.put(*somebody(1), asked_at=101.0)
    recent.clear()
    assert recent.get(somebody(1)[0]) is None
    recent.put(*somebody(1), asked_at=100.9)
    assert recent.get(somebody(1)[0]) is None


def test_are_remembered_in_a_bounded_number(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(RecentViewers, "remembers_at_most", 3)
    recent = RecentViewers()
    clock.seconds = 101.0
    for number in range(10):
        recent.put(*somebody(number), asked_at=101.0)
    assert len(recent) == 3
    assert recent.get(somebody(9)[0]) is not None
