"""What the tests of the page hold in their hands."""

from dataclasses import dataclass, field
from typing import Protocol

from playwright.async_api import Page


class Gateway(Protocol):
    """A running gateway."""

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        ...


@dataclass
class Tab:
    """A browser tab, with what went wrong in it."""

    page: Page
    other_hosts: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])
