"""What the garbage collector need not look at."""

import gc
from typing import Final

# Objects that are made before the collector looks at the young ones: about what one large page takes.
_YOUNG: Final = 10_000


def spare_what_stays() -> None:
    """Let the collector pass over what the start has made, which stays for as long as the process runs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
