"""The keys in their directory, and the tokens that they sign."""

import json
import stat
from base64 import urlsafe_b64decode
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from domain.refusals import Unauthenticated
from gateway.identity.keys import KeysMissing, load_keys, make_key
from gateway.identity.tokens import Tokens
from gateway.setup_errors import SetupError

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
USER = "01a206eaeff57057bdaff14f1dafa01a"


class HastyTokens(Tokens):
    """Tokens that notice keys at once and remember little."""

    remembers_at_most = 10
    looks_again_after_seconds = 0


class CuriousTokens(Tokens):
    """Tokens that look at once for a key that they do not know."""

    looks_for_unknown_after_seconds = 0


def kid_of(token: str) -> str:
    """Tell which key a token says it is signed with."""
    kid: str = json.loads(urlsafe_b64decode(f"{token.partition('.')[0]}=="))["kid"]
    return kid


def signing_key(directory: Path) -> str:
    return load_keys(directory, create=True).signing


def test_a_key_is_for_its_owner_only(tmp_path: Path):
    Tokens.load(tmp_path / "keys", create=True)
    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_directory_that_is_none_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    directory = tmp_path / "file" / "keys"
    with pytest.raises(SetupError, match=r"^The keys in .* cannot be read \(Not a directory\): correct its owner\.$"):
        load_keys(directory, create=True)
    with pytest.raises(SetupError, match=r"^The keys in .* cannot be written \(Not a directory\): correct its owner"):
        make_key(directory)


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path):
    directories = [tmp_path / str(number) for number in range(5)]
    with ProcessPoolExecutor(8, mp_context=get_context("spawn")) as pool:
        for directory in directories:
            keys = set(pool.map(signing_key, [directory] * 16))
            assert len(keys) == 1
            assert len(list(directory.iterdir())) == 1, "and nothing is left lying about"


def test_takes_none_that_is_valid_for_longer_than_any_is_issued_for(tmp_path: Path):
    tokens = Tokens.load(tmp_path, create=True)
    ahead = tokens.issue(USER, NOW + timedelta(seconds=50)).token
    assert tokens.verify(ahead, NOW).user_id == USER, "the clock of another gateway may be ahead"
    for much in (timedelta(minutes=2), timedelta(days=365)):
        with pytest.raises(Unauthenticated):
            tokens.verify(tokens.issue(USER, NOW + much).token, NOW)


def test_warns_now_and_then_of_keys_and_clocks_that_differ(tmp_path: Path):
    tokens, others = Tokens.load(tmp_path / "keys", create=True), Tokens.load(tmp_path / "others", create=True)
    foreign, early = others.issue(USER, NOW).token, tokens.issue(USER, NOW + timedelta(minutes=2)).token
    for token, word in ((foreign, "key"), (early, "clocks")):
        tokens = Tokens.load(tmp_path / "keys", create=False)
        with capture_logs() as logged:
            for _ in range(3):
                with pytest.raises(Unauthenticated):
                    tokens.verify(token, NOW)
        (line,) = logged
        assert (line["log_level"], line["event"]) == ("warning", "token refused")
        assert word in line["reason"]


def test_makes_no_key_unless_it_may(tmp_path: Path):
    with pytest.raises(KeysMissing, match=r"run `python -m gateway key`\.$"):
        Tokens.load(tmp_path, create=False)
    assert not list(tmp_path.iterdir())


def test_the_newest_key_signs_and_the_older_ones_are_accepted(tmp_path: Path):
    old = Tokens.load(tmp_path, create=True)
    token = old.issue(USER, NOW)
    make_key(tmp_path)
    make_key(tmp_path)
    new = Tokens.load(tmp_path, create=False)
    assert new.verify(token.token, NOW).user_id == USER
    max(tmp_path.iterdir()).unlink()
    with pytest.raises(Unauthenticated):
        Tokens.load(tmp_path, create=False).verify(new.issue(USER, NOW).token, NOW)


def test_notices_keys_that_come_and_go_while_it_runs(tmp_path: Path):
    running = HastyTokens.load(tmp_path, create=True)
    token = running.issue(USER, NOW)
    (first,) = tmp_path.iterdir()
    make_key(tmp_path)
    from_elsewhere = Tokens.load(tmp_path, create=False).issue(USER, NOW)
    assert running.verify(from_elsewhere.token, NOW).user_id == USER
    assert running.verify(token.token, NOW).user_id == USER
    first.unlink()
    with pytest.raises(Unauthenticated):
        running.verify(token.token, NOW)
    (tmp_path / "z.pem").write_text("nonsense")
    assert running.verify(from_elsewhere.token, NOW).user_id == USER, "a bad file leaves the known keys in force"


def test_a_new_key_signs_from_the_next_start_on_and_is_known_at_once(tmp_path: Path):
    running = CuriousTokens.load(tmp_path, create=True)
    old = running.issue(USER, NOW)
    make_key(tmp_path)
    started = Tokens.load(tmp_path, create=False)
    assert kid_of(started.issue(USER, NOW).token) != kid_of(old.token)
    assert running.verify(started.issue(USER, NOW).token, NOW).user_id == USER
    assert kid_of(running.issue(USER, NOW).token) == kid_of(old.token)


def test_a_token_lasts_a_quarter_of_an_hour(tmp_path: Path):
    tokens = Tokens.load(tmp_path, create=True)
    issued = tokens.issue(USER, NOW)
    assert issued.expires_at == datetime(2026, 1, 2, 3, 19, 5, tzinfo=UTC)
    assert tokens.verify(issued.token, NOW).expires_at == issued.expires_at
    with pytest.raises(Unauthenticated):
        tokens.verify(issued.token, issued.expires_at)


def test_remembers_only_so_many_tokens(tmp_path: Path):
    tokens = HastyTokens.load(tmp_path, create=True)
    issued = [tokens.issue(f"{number:032x}", NOW).token for number in range(50)]
    assert [tokens.verify(token, NOW).user_id for token in issued] == [f"{number:032x}" for number in range(50)]
    assert len(tokens) == 10


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
)
def test_says_which_file_is_no_key(tmp_path: Path, content: bytes):
    (tmp_path / "a.pem").write_bytes(content)
    with pytest.raises(SetupError, match=r"a\.pem holds no private Ed25519 key"):
        Tokens.load(tmp_path, create=True)


def test_takes_a_key_that_others_made(tmp_path: Path):
    made = tmp_path / "made"
    make_key(made)
    (path,) = made.iterdir()
    (tmp_path / "signing.pem").write_bytes(path.read_bytes())
    assert Tokens.load(tmp_path, create=False).verify(Tokens.load(made, create=False).issue(USER, NOW).token, NOW)
