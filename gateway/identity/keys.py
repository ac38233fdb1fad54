"""The keys that sign access tokens: Ed25519, one PKCS #8 PEM file each, the private part included.

A key is known by its thumbprint (RFC 7638), so that every gateway knows it by the same `kid`. The file whose name sorts
last signs, whatever order the files were copied in; the others are accepted until they are taken away.
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from msgspec import Struct

from gateway.setup_errors import SetupError

_SUFFIX: Final = ".pem"
# Sorts before every time stamp: two gateways that start at once both try to make this one, and one of them does.
_FIRST: Final = f"0{_SUFFIX}"


class KeysMissing(SetupError):  # noqa: N818 - as in gateway.setup_errors: a state of the surroundings
    """There is no key that could sign, and none may be made up."""


class Keys(Struct, frozen=True):
    """All keys of a directory by their `kid`, and the one that signs."""

    signing: str
    by_id: Mapping[str, OKPKey]


def make_key(directory: Path, name: str = "") -> None:
    """Make a key that signs, named after the moment unless told otherwise. Raises SetupError as `write_once` does."""
    name = name or f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{_SUFFIX}"
    write_once(directory, name, OKPKey.generate_key("Ed25519").as_pem(private=True))


def write_once(directory: Path, name: str, secret: bytes) -> None:
    """Put a secret into the directory in one step, readable for its owner only.

    Nothing happens where a file of that name is already. Raises SetupError where the directory cannot be written.
    """
    draft = directory / f".{secrets.token_hex(8)}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        # Unlike renaming, linking leaves alone what another process put there first.
        with suppress(FileExistsError):
            (directory / name).hardlink_to(draft)
    except OSError as error:
        raise SetupError(f"The keys in {directory} cannot be written ({error.strerror}): correct its owner.") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def load_keys(directory: Path, *, create: bool) -> Keys:
    """Read all keys of a directory; with `create`, make the first one where there is none.

    Raises KeysMissing without one, and SetupError where the directory cannot be read, or a file is no such key.
    """
    paths = _paths(directory)
    if not paths and create:
        make_key(directory, _FIRST)
        paths = _paths(directory)
    if not paths:
        raise KeysMissing(f"There is no key in {directory} to sign access tokens with: run `python -m gateway key`.")
    keys = [_read_key(path) for path in paths]
    return Keys(signing=keys[-1].thumbprint(), by_id={key.thumbprint(): key for key in keys})


def key_files(directory: Path) -> frozenset[tuple[str, int]]:
    """Name the files of all keys with the time of their last change, to tell whether one came, went or was replaced.

    Raises SetupError where the directory cannot be read, and OSError for a file that has just gone.
    """
    return frozenset((path.name, path.stat().st_mtime_ns) for path in _paths(directory))


def _paths(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if path.suffix == _SUFFIX)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SetupError(f"The keys in {directory} cannot be read ({error.strerror}): correct its owner.") from error


def _read_key(path: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(path.read_bytes())
    except OSError as error:
        raise SetupError(f"The key {path} cannot be read ({error.strerror}): correct its owner.") from error
    except (ValueError, JoseError) as error:
        raise _no_key(path) from error
    if not isinstance(key.private_key, Ed25519PrivateKey):
        raise _no_key(path)
    return key


def _no_key(path: Path) -> SetupError:
    return SetupError(f"The file {path} holds no private Ed25519 key in PEM: take it away, or replace it.")
