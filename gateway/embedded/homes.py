"""The directory that a server lives in: its files, its log, its socket, the locks of its users."""

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from gateway.embedded.privileges import SERVER_USER, is_root, server_user_id
from gateway.setup_errors import SetupError

LONGEST_SOCKET_PATH = 103
"""Bytes that the path of a Unix socket may have on macOS; Linux allows 107."""


def make_home(path: Path) -> Path:
    """Make the directory, closed to everybody but the server, and give its absolute path.

    Raises SetupError where that cannot be done.
    """
    home = path.resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_root():
            shutil.chown(home, SERVER_USER)
    except OSError as error:
        raise SetupError(
            f"The data directory {home.parent} cannot be written ({error.strerror}): "
            "set GATEWAY_DATA_DIR to a directory that you may write to."
        ) from error
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise SetupError(f"The directory {home} belongs to another user: set GATEWAY_DATA_DIR to one of your own.")
    return home


def socket_directory(home: Path, socket_name: str) -> Path:
    """Choose where the server puts its socket: into its home, unless that path is too long for a socket.

    The short way out lies in the system's directory for temporary files, where everybody may make directories.
    Raises SetupError where somebody else made this one.
    """
    if len(os.fsencode(home / socket_name)) <= LONGEST_SOCKET_PATH:
        return home
    short = _short_directory(home)
    try:
        short.mkdir(mode=0o700)
    except FileExistsError as error:
        found = short.lstat()
        ours = found.st_uid in {os.geteuid(), server_user_id()}
        if not (ours and stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU):
            raise SetupError(f"{short} was not made by the gateway: remove it.") from error
    if is_root():
        shutil.chown(short, SERVER_USER)
    return short


def drop_socket_directory(home: Path) -> None:
    """Take the short way out away again, if there is one and nothing is left in it."""
    with suppress(OSError):
        _short_directory(home).rmdir()


def _short_directory(home: Path) -> Path:
    return Path(tempfile.gettempdir()) / f"gateway-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
