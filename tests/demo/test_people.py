"""Made-up people keep the rules that real ones keep, and are the same ones each time."""

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

import orjson
import pytest

from domain.keys import shown_name, user_keys
from domain.users import InactiveReason, Role, UserSource, UserStatus
from gateway.demo.addresses import Addresses
from gateway.demo.chances import chance_of
from gateway.demo.names import MONONYMS, REGIONS
from gateway.demo.people import Employer, Person, people

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=900)
OUTSIDE = {UserSource.SCIM, UserSource.PBX, UserSource.MICLOUD_CONNECT}


def make(count: int, seed: int = 1) -> list[Person]:
    endless = people(chance_of(seed), Employer("0" * 32, SINCE), Addresses("acme.example", {}), NOW)
    return list(islice(endless, count))


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return make(5000)


def test_makes_the_same_people_for_the_same_seed() -> None:
    def without_ids(persons: list[Person]) -> list[object]:
        return [(p.user[1:], p.source_record and p.source_record[1:], p.password_since) for p in persons]

    assert without_ids(make(300)) == without_ids(make(300))
    assert without_ids(make(300)) != without_ids(make(300, seed=2))


def test_everybody_has_a_name_as_it_is_stored(crowd: list[Person]) -> None:  # U1
    for person in crowd:
        names = (person.user.given_name, person.user.first_name, person.user.last_name)
        assert any(names)
        for name in names:
            assert name is None or (name and name == name.strip() == unicodedata.normalize("NFC", name))


def test_every_shape_of_name_occurs(crowd: list[Person]) -> None:
    shapes = Counter(
        tuple(name is not None for name in (p.user.given_name, p.user.first_name, p.user.last_name)) for p in crowd
    )
    assert set(shapes) == {
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (False, True, True),
        (True, True, True),
    }


def test_names_come_from_many_scripts(crowd: list[Person]) -> None:
    shown = [
        shown_name(given_name=p.user.given_name, first_name=p.user.first_name, last_name=p.user.last_name)
        for p in crowd
    ]
    scripts = {unicodedata.name(letter).split()[0] for name in shown for letter in name if letter.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "HANGUL", "THAI"} <= scripts
    assert any(name == name.lower() != name.upper() and " " in name for name in shown)
    assert any(len(name) > 40 for name in shown)
    assert any("'" in name for name in shown)


def test_nobody_shares_an_address(crowd: list[Person]) -> None:  # U2
    assert len({p.user.email_key for p in crowd}) == len(crowd)


def test_addresses_are_plain_and_of_nobody_real(crowd: list[Person]) -> None:
    for person in crowd:
        assert re.fullmatch(r"[A-Za-z]+([.-][A-Za-z]+)*[0-9]*@[a-z.-]+\.example", person.user.email), person.user
        assert len(person.user.email.partition("@")[0]) <= 64


def test_every_name_can_be_written_in_an_address() -> None:
    words = [*MONONYMS, *(word for region in REGIONS for word in (*region.given, *region.family))]
    assert [word for word in words if not re.fullmatch(r"[a-z]+(-[a-z]+)*", word.latin)] == []


def test_keys_follow_from_names_and_address(crowd: list[Person]) -> None:
    for user, *_ in crowd:
        keys = user_keys(
            given_name=user.given_name, first_name=user.first_name, last_name=user.last_name, email=user.email
        )
        assert (user.name_key, user.email_key, user.search_text) == keys


def test_mobile_numbers_are_numbers(crowd: list[Person]) -> None:  # U3
    mobiles = [p.user.mobile for p in crowd if p.user.mobile is not None]
    assert len(crowd) / 3 < len(mobiles) < len(crowd) * 2 / 3
    assert all(re.fullmatch(r"\+[1-9][0-9]{7,14}", mobile) for mobile in mobiles)


def test_all_sources_and_statuses_occur(crowd: list[Person]) -> None:
    found = {(p.user.source, p.user.status, p.user.inactive_reason) for p in crowd}
    active = {(source, status, None) for source in UserSource for status in UserStatus if status != "INACTIVE"}
    off = {(source, UserStatus.INACTIVE, InactiveReason.DEACTIVATED_BY_SOURCE) for source in OUTSIDE}
    removable = {UserSource.SCIM, UserSource.PBX}  # D3
    removed = {(source, UserStatus.INACTIVE, InactiveReason.ACCOUNT_REMOVED) for source in removable}
    assert found == active | off | removed


def test_what_happened_is_in_order(crowd: list[Person]) -> None:
    for user, record, password_since in crowd:
        past = (SINCE, user.created_at, user.welcomed_at, user.registered_at, user.last_signed_in_at, NOW)
        known = [moment for moment in past if moment is not None]
        assert known == sorted(known)
        assert (user.registered_at or user.welcomed_at or user.created_at) <= user.updated_at <= NOW
        assert user.version > 1 or user.updated_at == user.created_at
        assert password_since == user.registered_at
        assert record is None or user.updated_at <= record.last_synced_at <= NOW


def test_only_who_has_registered_has_a_password(crowd: list[Person]) -> None:
    for user, _, password_since in crowd:
        if user.status is UserStatus.REGISTERED:
            assert password_since is not None
        if user.status is UserStatus.UNREGISTERED or user.inactive_reason is InactiveReason.ACCOUNT_REMOVED:
            assert password_since is None
            assert user.last_signed_in_at is None


def test_who_lost_the_account_is_no_admin(crowd: list[Person]) -> None:  # D3
    roles = Counter((p.user.role, p.user.inactive_reason) for p in crowd)
    assert roles[Role.ACCOUNT_ADMIN, None] > 0
    assert roles[Role.ACCOUNT_ADMIN, InactiveReason.ACCOUNT_REMOVED] == 0


def test_outside_sources_sent_what_is_shown(crowd: list[Person]) -> None:  # U7
    for user, record, _ in crowd:
        assert (record is not None) == (user.source in OUTSIDE)
        if record is None:
            continue
        attributes = orjson.loads(record.attributes)
        names = {"given_name": user.given_name, "first_name": user.first_name, "last_name": user.last_name}
        assert attributes["displayName"] == shown_name(**names)
        active = user.inactive_reason is not InactiveReason.DEACTIVATED_BY_SOURCE
        assert attributes.get("active", attributes.get("enabled")) == active
        assert user.email in {attributes.get("userName"), attributes.get("email")}


def test_ids_at_a_source_are_unique(crowd: list[Person]) -> None:
    ids = [(p.user.source, p.source_record.external_id) for p in crowd if p.source_record is not None]
    assert len(set(ids)) == len(ids)
