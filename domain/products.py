"""What is licensed to users."""

from msgspec import Struct

MITEAM_MEETINGS = "MITEAM_MEETINGS"
"""The code of the product that the Manage panel is about (L2)."""


class Product(Struct, frozen=True, gc=False):
    """An entry of the catalogue; the code is its name to machines."""

    id: str
    code: str
    name: str
