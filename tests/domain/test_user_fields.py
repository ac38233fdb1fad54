"""What is taken of what people type into the fields of a user (U1, U2, U3)."""

import pytest

from domain.user_errors import Declined, UserErrorCode
from domain.user_fields import MAX_NAME_LENGTH, clean_email, clean_mobile, clean_name

WRITTEN_OTHERWISE = "A mobile number is + and the country code, then digits, such as +14155550100."
NO_SUCH_NUMBER = "There is no such mobile number."


@pytest.mark.parametrize(
    "typed",
    [
        "+14155550100",
        " +1 415 555 0100 ",
        "+1 (415) 555-0100",
        "+1-415.555/0100",
        "+1\N{NO-BREAK SPACE}415\N{NON-BREAKING HYPHEN}555\N{EN DASH}0100",
    ],
)
def test_takes_a_mobile_number_however_it_is_set_out(typed: str) -> None:  # U3
    assert clean_mobile(typed) == "+14155550100"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("14155550100", WRITTEN_OTHERWISE),
        ("++14155550100", WRITTEN_OTHERWISE),
        ("+1*4155550100", WRITTEN_OTHERWISE),
        ("+1 415 555 0100 x3", WRITTEN_OTHERWISE),
        ("+1 415 555 0100, +1 415 555 0101", WRITTEN_OTHERWISE),
        ("+", WRITTEN_OTHERWISE),
        ("+1 415", NO_SUCH_NUMBER),
        ("+1 555 0100", NO_SUCH_NUMBER),
        ("+1 415 555 0100 1234 5678", NO_SUCH_NUMBER),
        ("+999 415 555 0100", NO_SUCH_NUMBER),
        (f"+{'1' * 1_000}", NO_SUCH_NUMBER),
    ],
)
def test_tells_what_is_wrong_with_a_mobile_number(typed: str, message: str) -> None:  # U3
    with pytest.raises(Declined) as declined:
        clean_mobile(typed)
    (error,) = declined.value.errors
    assert (error.code, error.message, error.path) == (UserErrorCode.INVALID_MOBILE, message, ("mobile",))


def test_a_name_before_the_at_sign_has_up_to_64_characters() -> None:  # U2; RFC 5321, section 4.5.3.1.1
    longest = f"{'a' * 64}@acme.example"
    assert clean_email(longest) == longest
    with pytest.raises(Declined) as declined:
        clean_email(f"a{longest}")
    assert [error.code for error in declined.value.errors] == [UserErrorCode.INVALID_EMAIL]


def test_white_space_round_a_name_does_not_make_it_too_long() -> None:  # U1
    longest = "x" * MAX_NAME_LENGTH
    assert clean_name(f"{' ' * 1_000}{longest}{chr(10) * 1_000}", "name") == longest
    with pytest.raises(Declined) as declined:
        clean_name(f"{longest}x", "name")
    assert [error.code for error in declined.value.errors] == [UserErrorCode.TOO_LONG]
