"""What is licensed to users."""

from dataclasses import dataclass

MITEAM_MEETINGS = "MITEAM_MEETINGS"
"""The code of the product that the Manage panel is about (L2)."""


@dataclass(frozen=True, slots=True)
class Product:
    """An entry of the catalogue; the code is its name to machines."""

    id: str
    code: str
    name: str
