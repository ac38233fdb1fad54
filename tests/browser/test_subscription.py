"""A subscription runs in one tab of GraphiQL, while a mutation in another changes what it tells."""

from playwright.async_api import Page, expect

from tests.accounts import FreshAccount
from tests.browser.tabs import Tab
from tests.browser.test_graphiql import open_graphiql, until_noticed
from tests.conftest import ADMIN, RunningGateway

CREATE = """mutation {{ createUser(input: {{ accountId: "{account}", name: "From the other tab", email: "{email}",
  sendWelcomeEmail: false }}) {{ user {{ name }} }} }}"""


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
