"""Who is asking."""

from datetime import datetime

from domain.viewers import Viewer
from persistence.database import Database
from persistence.viewers import find_viewer


async def authenticate(database: Database, user_id: str, expires_at: datetime, session_id: str | None) -> Viewer | None:
    """Give the viewer that a valid token of this user stands for now, or None where it stands for nobody (P5, P6)."""
    user = await database.read(lambda connection: find_viewer(connection, user_id, session_id))
    return None if user is None else Viewer(user, expires_at, session_id)
