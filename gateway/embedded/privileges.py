"""Who the servers run as when the gateway runs as root, since PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
from pathlib import Path

from gateway.setup_errors import SetupError

SERVER_USER = "nobody"


def is_root() -> bool:
    """Tell whether this process runs as root."""
    return os.geteuid() == 0


def server_user_id() -> int:
    """Give the number of the user that the servers run as."""
    return pwd.getpwnam(SERVER_USER).pw_uid if is_root() else os.geteuid()


def without_root(command: list[str], *, reads: list[Path]) -> list[str]:
    """Change a command line so that it does not run as root; an ordinary user's is returned as it is.

    Where something that it `reads` lies below a directory that is closed to others, such as /root, the server may
    pass all the same (CAP_DAC_OVERRIDE). Opening the directory would let every user of the machine in, whereas the
    server may do no more than the gateway, the only one who can talk to it. Raises SetupError where setpriv is not
    there.
    """
    if not is_root():
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise SetupError(
            "PostgreSQL refuses to run as root, and the program setpriv is not there to change that: "
            "start the gateway as another user, or set DATABASE_URL and REDIS_URL."
        )
    user = pwd.getpwnam(SERVER_USER)
    prefix = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not all(_is_open(path) for path in reads):
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*prefix, *command]


def _is_open(path: Path) -> bool:
    """Tell whether everybody may pass all directories above a path, and read it if it is a file."""
    passable = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    return passable and (path.is_dir() or bool(path.stat().st_mode & stat.S_IROTH))
