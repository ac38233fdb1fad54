"""A subscription runs in one tab of GraphiQL, while a mutation in another changes what it tells."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Route, expect

from tests.accounts import FreshAccount
from tests.browser.tabs import Tab
from tests.browser.test_graphiql import open_graphiql, until_noticed
from tests.conftest import ADMIN, RunningGateway
from tests.house.houses import House

CREATE = """mutation {{ createUser(input: {{ accountId: "{account}", name: "From the other tab", email: "{email}",
  sendWelcomeEmail: false }}) {{ user {{ name }} }} }}"""
LICENSES = """mutation {{ {verb}(input: {{ accountId: "{account}", productId: "{product}",
  target: {{ matching: {{ search: "jose" }} }} }}) {{ outcome {{ changed }} }} }}"""


async def write(page: Page, text: str) -> None:
    """Have the editor hold an operation."""
    await page.get_by_label("Operation Editor").locator(".view-lines").click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text(text)
    await until_noticed(page, text[:30])


async def execute(page: Page) -> None:
    await page.get_by_role("button", name="Execute query").click()


async def test_tells_in_one_tab_what_a_mutation_did_in_another(
    tab: Tab, gateway: RunningGateway, account: FreshAccount
):
    (own,) = gateway.data("{ accounts { nodes { id } } }", who=ADMIN)["accounts"]["nodes"]
    other = await tab.page.context.new_page()
    await open_graphiql(tab.page)
    await open_graphiql(other)

    await write(tab.page, f'subscription {{ userChanges(accountId: "{own["id"]}") {{ kind user {{ name }} }} }}')
    await execute(tab.page)
    await expect(tab.page.get_by_role("button", name="Stop query")).to_be_visible()
    await write(other, CREATE.format(account=own["id"], email=f"tab@{account.number}.example"))
    await execute(other)

    results = tab.page.get_by_label("Result Window")
    await expect(results).to_contain_text("From the other tab")
    await expect(results).to_contain_text("CREATED")
    await tab.page.get_by_role("button", name="Stop query").click()
    assert tab.other_hosts == []
    assert tab.complaints == []


async def choose_tab(page: Page, name: str) -> None:
    await page.get_by_role("tab", name=name, exact=True).click()
    await until_noticed(page, name)


async def run_one_of_several(page: Page, name: str) -> None:
    await execute(page)
    await page.get_by_role("menuitem", name=name, exact=True).click()


async def test_counts_move_in_one_browser_tab_as_the_examples_run_in_another(tab: Tab) -> None:
    other = await tab.page.context.new_page()
    await open_graphiql(tab.page)
    await open_graphiql(other)
    await choose_tab(tab.page, "Live")
    await choose_tab(other, "Assign")
    await execute(tab.page)
    live, answers = tab.page.get_by_label("Result Window"), other.get_by_label("Result Window")
    await expect(live).to_contain_text("assigned")

    await run_one_of_several(other, "Assign")
    await expect(answers).to_contain_text('"changed": 7')
    await expect(live).to_contain_text('"assigned": 94')
    await run_one_of_several(other, "Unassign")
    await expect(answers).to_contain_text("bulkUnassignLicenses")
    await expect(live).to_contain_text('"assigned": 87')

    await expect(live).to_contain_text("Mitel One")
    assert tab.other_hosts == []
    assert tab.complaints == []


@pytest.fixture
async def house(gateway: RunningGateway) -> AsyncIterator[House]:
    """Give a house for gateways on the same servers that a test may end."""
    house = House(gateway.house.data_dir, environment=gateway.house.environment)
    yield house
    for running in house.processes:
        if running.process.poll() is None:
            await asyncio.to_thread(running.end, signal.SIGTERM)


async def watch_a_count(page: Page, address: str, product: str) -> None:
    """Subscribe to the count of one product, at another gateway."""

    async def let_through(route: Route) -> None:
        await route.continue_()

    await page.route(f"{address}/**", let_through)
    await open_graphiql(page, address)
    await write(page, f'subscription {{ licenseCounts(productIds: ["{product}"]) {{ assigned }} }}')
    await execute(page)
    await expect(page.get_by_label("Result Window")).to_contain_text("assigned")


def product_id(gateway: RunningGateway) -> str:
    products = gateway.data("{ products { id code } }", who=ADMIN)["products"]
    (found,) = [str(product["id"]) for product in products if product["code"] == "MITEL_ONE"]
    return found


def change(gateway: RunningGateway, verb: str, product: str) -> None:
    """Assign licenses of a product to seven users, or take them away."""
    (account,) = gateway.data("{ accounts { nodes { id } } }", who=ADMIN)["accounts"]["nodes"]
    mutation = LICENSES.format(verb=verb, account=account["id"], product=product)
    assert gateway.data(mutation, who=ADMIN)[verb]["outcome"]["changed"] == 7


async def test_a_subscription_goes_on_when_the_gateway_is_started_again(
    tab: Tab, gateway: RunningGateway, house: House
) -> None:
    product = product_id(gateway)
    running = await asyncio.to_thread(house.serve, "--no-worker")
    await watch_a_count(tab.page, running.address, product)

    async with tab.page.expect_websocket():
        await asyncio.to_thread(running.end, signal.SIGTERM)
    async with tab.page.expect_websocket():  # it tries more than once
        change(gateway, "bulkAssignLicenses", product)
    await asyncio.to_thread(house.serve, "--no-worker")

    results = tab.page.get_by_label("Result Window")
    await expect(results).to_contain_text('"assigned": 94', timeout=30_000)
    change(gateway, "bulkUnassignLicenses", product)
    await expect(results).to_contain_text('"assigned": 87')


async def test_says_that_the_gateway_cannot_be_reached(tab: Tab, gateway: RunningGateway, house: House) -> None:
    running = await asyncio.to_thread(house.serve, "--no-worker")
    await tab.page.clock.install()
    await watch_a_count(tab.page, running.address, product_id(gateway))

    await asyncio.to_thread(running.end, signal.SIGTERM)

    stop = tab.page.get_by_role("button", name="Stop query")
    while await stop.is_visible():
        await tab.page.clock.fast_forward(5_000)
    await expect(tab.page.get_by_label("Result Window")).to_contain_text("The gateway cannot be reached.")
