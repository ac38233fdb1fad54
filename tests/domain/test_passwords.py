"""Which passwords are taken (M7)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from domain.passwords import check_password, clean_password
from domain.user_errors import Declined
from domain.users import Role, User, UserSource, UserStatus

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ADA = User(
    id="1" * 32,
    account_id="2" * 32,
    name="Ada Byron",
    name_key="ada byron",
    given_name=None,
    first_name="Ada",
    last_name="Byron",
    email="a.byron@lovelace.example",
    email_key="a.byron@lovelace.example",
    mobile=None,
    role=Role.USER,
    status=UserStatus.UNREGISTERED,
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
JOSE = replace(ADA, name="José Gonçalves", first_name=None, last_name=None, email="jg@acme.example")


@pytest.mark.parametrize(
    "password",
    [
        "bottle-garden-7",
        "Annotated-Anning!",
        "x7$kQ2!p",
        "correct horse",
        "пароль-фонарь-7",
        "garden-of-byron",
        "$#!(*&^%@)~+;:<>?|",
        "k9$T!q#W",
    ],
)
def test_takes_what_is_hard_to_guess(password: str):
    check_password(password, ADA)


@pytest.mark.parametrize(
    ("password", "person"),
    [
        ("1234567", ADA),
        ("x7$kQ2!" + "p" * 122, ADA),
        ("password1", ADA),
        ("qwertyuiop", ADA),
        ("aaaaaaaaaaaaaaaa", ADA),
        ("x" * 128, ADA),
        ("Ada.Byron.1815", ADA),
        ("a.byron@lovelace.example", ADA),
        ("LOVELACE-42!", ADA),
        ("JoseGoncalves77", JOSE),
        ("JOSÉ-gonçalves", JOSE),
    ],
)
def test_refuses_what_is_easy_to_guess_or_the_persons_own(password: str, person: User):
    with pytest.raises(Declined) as declined:
        check_password(password, person)
    (error,) = declined.value.errors
    assert (error.code, error.path) == ("PASSWORD_TOO_WEAK", ("password",))
    assert password not in str(declined.value) + error.message


def test_is_the_same_from_every_keyboard():
    assert clean_password("a\u0308") == clean_password("ä")


def test_the_words_of_one_person_do_not_count_for_another():
    """zxcvbn keeps the person's words in a place that all threads share."""
    people = [replace(ADA, name=f"Zweifel{number}qx", first_name=None, last_name=None) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(check_password, ["zweifel-garden"] * 8, people):
            pass


def test_leaves_as_it_is_what_nobody_has_for_a_password():
    marks = "e" + "\u0301\u0323" * 30_000  # whose NFC takes the square of their number
    assert clean_password(marks) == marks
    assert clean_password("e\u0301") == "\xe9"
