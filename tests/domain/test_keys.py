"""What is stored for sorting and searching follows from names and address."""

import pytest

from domain.keys import MAX_SEARCH_TEXT, account_keys, shown_name, user_keys


@pytest.mark.parametrize(
    ("given_name", "first_name", "last_name", "shown"),
    [
        ("王芳", "芳", "王", "王芳"),
        (None, "José", "García", "José García"),
        (None, "Ósk", None, "Ósk"),
        (None, None, "Tenzin", "Tenzin"),
        ("Q", None, None, "Q"),
    ],
)
def test_shows_the_given_name_or_else_first_and_last(
    given_name: str | None, first_name: str | None, last_name: str | None, shown: str
) -> None:  # U1
    assert shown_name(given_name=given_name, first_name=first_name, last_name=last_name) == shown


def test_search_text_has_a_line_for_everything_that_is_searched() -> None:  # F3
    keys = user_keys(given_name="Pepe", first_name="José", last_name="Ibáñez", email="P.I@acme.example")
    assert keys.search_text == "p.i@acme.example\npepe\njose\nibanez"


def test_search_text_leaves_out_what_stands_in_an_earlier_line() -> None:
    keys = user_keys(given_name=None, first_name="Łukasz", last_name="Wójcik", email="lw@acme.example")
    assert keys.search_text == "lw@acme.example\nlukasz wojcik"


def test_search_text_keeps_the_address_of_somebody_with_endless_names() -> None:
    keys = user_keys(given_name="ﷺ" * 100, first_name="東" * 200, last_name=None, email="x@acme.example")
    assert keys.search_text.startswith("x@acme.example\n")
    assert len(keys.search_text.encode()) <= MAX_SEARCH_TEXT


def test_search_text_has_no_empty_line() -> None:
    keys = user_keys(given_name="\u0301", first_name=None, last_name=None, email="x@acme.example")
    assert keys == ("", "x@acme.example", "x@acme.example")


def test_addresses_are_the_same_whatever_their_case() -> None:  # U2
    keys = user_keys(given_name="A", first_name=None, last_name=None, email="Straße.A@Acme.Example")
    assert keys.email_key == "strasse.a@acme.example"


def test_every_word_of_an_account_begins_after_a_space() -> None:
    keys = account_keys(name="Żuraw  i Synowie", number="2005")
    assert keys == ("zuraw  i synowie", " zuraw i synowie 2005")
    assert account_keys(name="O'Malley (Saint-Denis)", number="AC-17 É").search_text == (
        " o'malley (saint-denis) ac-17 e malley saint-denis) denis) 17"
    )
    assert account_keys(name="हिन्दी", number="1").search_text == " हिन्दी 1"
