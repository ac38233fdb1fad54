"""A headless Chromium that reaches the gateway under test and nothing else."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Error, Route, async_playwright

from tests.browser.tabs import Gateway, Tab

BUILT_PAGE = Path(__file__).parents[2] / "gateway" / "graphiql" / "dist" / "index.html"

# As root Chromium has no sandbox; the rest keeps it from calling home.
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not BUILT_PAGE.is_file():
        pytest.fail("GraphiQL is not built: run `make graphiql`, which needs npm.")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("No Chromium is there: install Debian's package chromium, or Chrome.")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def tab(browser: Browser, gateway: Gateway) -> AsyncIterator[Tab]:
    context = await browser.new_context(base_url=gateway.url, viewport={"width": 1400, "height": 900})
    tab = Tab(await context.new_page())

    async def keep_to_the_gateway(route: Route) -> None:
        if route.request.url.startswith(f"{gateway.url.rstrip('/')}/"):
            await route.continue_()
        else:
            tab.other_hosts.append(route.request.url)
            await route.abort()

    def note_the_error(error: Error) -> None:
        tab.complaints.append(str(error))

    def note_the_message(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            tab.complaints.append(message.text)

    tab.page.on("pageerror", note_the_error)
    tab.page.on("console", note_the_message)
    await context.route("**/*", keep_to_the_gateway)
    yield tab
    await context.close()
