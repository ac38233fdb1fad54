"""What pgqueuer calls its tables, in every process and every migration alike.

It would take the names from the environment too, even from variables as common as `CHANNEL` and `FUNCTION`. A migration
and a gateway with other surroundings would then not meet.
"""

import os
from typing import Final

from pgqueuer.domain.settings import DBSettings, db_settings


def _without_surroundings() -> DBSettings:
    """Have pgqueuer read its settings, which it keeps, while the environment is empty."""
    surroundings = dict(os.environ)
    os.environ.clear()
    try:
        return db_settings()
    finally:
        os.environ.update(surroundings)


QUEUE_NAMES: Final = _without_surroundings()
