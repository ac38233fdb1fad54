"""What `serve` prints when it is ready: where the gateway is, who can sign in, and a token to begin with."""

import asyncio

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from gateway.demo.filling import PASSWORD
from gateway.http.page import Page
from gateway.identity.access import issue_token
from gateway.settings import Settings
from gateway.setup_errors import SetupError

PEOPLE = {
    "partner@partner.example": "partner: account 1000 and its customers",
    "admin@acme.example": "account admin of 2001",
    "user@acme.example": "plain user of 2001",
}
FIRST_VIEWER = "admin@acme.example"


def introduce(settings: Settings, database_url: str, console: Console) -> None:
    """Print it all; the people and the token only where the demo accounts are."""
    rows = [("API", f"{_address(settings)}/graphql")]
    if settings.shows_graphiql:
        cdn = Page.available().cdn
        rows.insert(0, ("GraphiQL", f"{_address(settings)}/" + (f" (loaded from {cdn})" if cdn else "")))
    try:
        token = asyncio.run(issue_token(settings, database_url, FIRST_VIEWER, None)).token
    except SetupError:
        console.print(_panel(rows))
    else:
        console.print(_panel([*rows, ("", ""), *PEOPLE.items(), ("password of all", PASSWORD)]))
        console.print(f"Access token of {FIRST_VIEWER}, valid for 15 minutes:")
        console.print(token, soft_wrap=True, highlight=False)
    console.print("Ctrl-C stops everything.")


def _panel(rows: list[tuple[str, str]]) -> Panel:
    """Lay out what belongs together in two columns."""
    grid = Table.grid(padding=(0, 2))
    for row in rows:
        grid.add_row(*row)
    return Panel(grid, title="Accounts gateway", expand=False)


def _address(settings: Settings) -> str:
    """Give the address that a browser takes."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
