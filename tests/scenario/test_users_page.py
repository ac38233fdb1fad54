"""What people do on the Users page, from end to end: over HTTP, with the links read out of the mails that arrive."""

from typing import Any

from tests.accounts import FreshAccount
from tests.scenario.screens import OTHER_PASSWORD, PASSWORD, Screen


def new_user(account: FreshAccount, name: str) -> dict[str, Any]:
    email = f"{name.lower().replace(' ', '.')}@{account.number}.example"
    return {"accountId": account.node, "name": name, "email": email}


def test_1_a_new_user_registers_by_the_link_and_is_signed_in(screen: Screen, account: FreshAccount):
    given = new_user(account, "Ada Byron")
    assert screen.done("createUser", given)["user"]["status"] == "UNREGISTERED"
    mail = screen.mail(given["email"])
    assert mail.token in mail.body("html")
    assert mail.message["Auto-Submitted"] == "auto-generated"
    session = screen.register(given["email"])
    assert session["viewer"] == {
        "role": "USER",
        "user": {"email": given["email"]},
        "account": {"number": account.number},
    }
    assert screen.viewer(session["accessToken"]) == given["email"]


async def test_2_editing_locks_and_conflicts(screen: Screen, account: FreshAccount):
    user = screen.done("createUser", new_user(account, "Bob Byte"))["user"]
    edited = screen.done("editUser", {"userId": user["id"], "mobile": "+14155550100", "ifVersion": 1})
    assert edited["user"] == {"name": "Bob Byte", "mobile": "+14155550100", "version": 2}
    assert screen.done("editUser", {"userId": user["id"], "mobile": None})["user"]["mobile"] is None
    assert screen.refusals("editUser", {"userId": user["id"], "name": "B", "ifVersion": 1}) == ["VERSION_CONFLICT"]
    synced = await account.add_user("From SCIM", source="SCIM")
    assert screen.refusals("editUser", {"userId": f"user_{synced}", "name": "X"}) == ["FIELD_LOCKED_BY_SOURCE"]


async def test_3_the_admin_toggle(screen: Screen, account: FreshAccount):
    toggle = {"userId": f"user_{account.admin}", "isAccountAdmin": False}
    assert screen.refusals("toggleAdmin", toggle, who=account.admin) == ["LAST_ADMIN"]
    other = await account.add_user("Second", status="REGISTERED")
    raised = screen.done("toggleAdmin", {"userId": f"user_{other}", "isAccountAdmin": True}, who=account.admin)
    assert raised["user"]["role"] == "ACCOUNT_ADMIN"
    assert screen.done("toggleAdmin", toggle, who=other)["user"]["role"] == "USER"


async def test_4_password_resets(screen: Screen, account: FreshAccount):
    given = new_user(account, "Cleo Code")
    user = screen.done("createUser", given)["user"]["id"]
    session = screen.register(given["email"])
    await account.add_user("Not yet")
    target = {"matching": {"search": "e"}}
    bulk = {"accountId": account.node}
    assert screen.done("bulkResetPasswords", bulk | {"target": target, "dryRun": True})["mailing"] is None
    outcome = screen.done("bulkResetPasswords", bulk | {"target": {"all": True}})["outcome"]
    assert (outcome["matched"], outcome["changed"]) == (3, 2)
    assert outcome["skipped"] == [{"reason": "NOT_REGISTERED", "count": 1}]
    assert screen.done("bulkResetPasswords", bulk | {"target": {"ids": [user]}})["outcome"]["unchanged"] == 1
    link = {"token": screen.mail(given["email"], 2).token, "password": OTHER_PASSWORD}
    fresh = screen.done("completePasswordReset", link, who=None)["session"]
    assert screen.viewer(session["accessToken"]) is None, "the reset ends every session"
    assert screen.viewer(fresh["accessToken"]) == given["email"]
    forged = {"token": "x" * 43, "password": OTHER_PASSWORD}
    assert screen.do("completePasswordReset", link, who=None) == screen.do("completePasswordReset", forged, who=None)
    assert screen.refusals("completePasswordReset", link, who=None) == ["INVALID_TOKEN"]


async def test_5_welcome_mails_and_accounts_that_come_back(screen: Screen, account: FreshAccount):
    email = f"pbx@{account.number}.example"
    phone = await account.add_user("From the PBX", email, source="PBX", status="REGISTERED")
    await account.add_source_record(phone, "PBX")
    gone = {"accountId": account.node, "target": {"ids": [f"user_{phone}"]}, "confirmation": "delete"}
    assert screen.done("deleteUsers", gone)["deactivatedUsers"] == [
        {"status": "INACTIVE", "inactiveReason": "ACCOUNT_REMOVED"}
    ]
    welcome = {"accountId": account.node, "target": {"all": True}}
    outcome = screen.done("bulkSendWelcomeEmails", welcome)["outcome"]
    assert (outcome["changed"], outcome["skipped"]) == (1, [{"reason": "ALREADY_REGISTERED", "count": 1}])
    assert screen.viewer(screen.register(email)["accessToken"]) == email


async def test_6_licenses_and_the_message_when_too_few_are_left(screen: Screen, account: FreshAccount):
    product = await account.buy(quantity=2)
    users = [f"user_{await account.add_user(name)}" for name in ("Uno Person", "Duo Person", "Tre Person")]
    bulk = {"accountId": account.node, "productId": f"product_{product}"}
    assigned = screen.done("bulkAssignLicenses", bulk | {"target": {"ids": users[:1]}}, who=account.admin)
    assert assigned["licenseCount"] == {"total": 2, "assigned": 1, "available": 1}
    assert assigned["users"] == [{"licenses": [{"product": {"code": "MITEAM_MEETINGS"}}]}]
    everybody = bulk | {"target": {"all": True}, "expectedCount": 4}
    refused = screen.do("bulkAssignLicenses", everybody, who=account.admin)["userErrors"]
    (error,) = refused
    assert error["message"] == (
        "2 more license(s) are needed to apply to the selected users. "
        "Please purchase more or unassign existing licenses and try again"
    )
    assert screen.refusals("bulkAssignLicenses", everybody | {"expectedCount": 3}) == ["COUNT_CHANGED"]
    named = bulk | {"target": {"matching": {"search": "duo person"}}}
    assert screen.done("bulkAssignLicenses", named)["licenseCount"]["available"] == 0
    freed = screen.done("bulkUnassignLicenses", bulk | {"target": {"all": True}})
    assert (freed["outcome"]["changed"], freed["licenseCount"]["assigned"]) == (2, 0)


async def test_7_deleting(screen: Screen, account: FreshAccount):
    own, synced = await account.add_user("Own"), await account.add_user("Synced", source="MICLOUD_CONNECT")
    bulk = {"accountId": account.node, "target": {"all": True}}
    assert screen.refusals("deleteUsers", bulk | {"confirmation": "yes"}) == ["CONFIRMATION_REQUIRED"]
    deleted = screen.done("deleteUsers", bulk | {"confirmation": "delete"}, who=account.admin)
    assert deleted["deletedUserIds"] == [f"user_{own}"]
    assert deleted["outcome"]["skipped"] == [
        {"reason": "FORBIDDEN", "count": 1},
        {"reason": "MICLOUD_CONNECT_USER", "count": 1},
    ]
    assert await account.value("SELECT count(*) FROM users WHERE account_id = $1 AND id = $2", synced) == 1


async def test_8_signing_in_staying_signed_in_and_signing_out(screen: Screen, open_fresh: Any):
    accounts = [await open_fresh(), await open_fresh()]
    email = f"both@{accounts[0].number}.example"
    for number, account in enumerate(accounts, start=1):
        screen.done("createUser", {"accountId": account.node, "name": "Dora Data", "email": email})
        link = {"token": screen.mail(email, number).token, "password": PASSWORD}
        screen.done("completeRegistration", link, who=None)
    known = {"email": email.upper(), "password": PASSWORD}
    choice = screen.done("signIn", known, who=None)
    assert choice["session"] is None
    assert {account["number"] for account in choice["accounts"]} == {account.number for account in accounts}
    session = screen.done("signIn", known | {"accountId": accounts[1].node}, who=None)["session"]
    assert session["viewer"]["account"]["number"] == accounts[1].number

    wrong = screen.do("signIn", known | {"password": OTHER_PASSWORD}, who=None)
    assert wrong == screen.do("signIn", {"email": "nobody@acme.example", "password": PASSWORD}, who=None)
    assert [error["code"] for error in wrong["userErrors"]] == ["WRONG_CREDENTIALS"]

    turned = screen.done("refreshSession", {"refreshToken": session["refreshToken"]}, who=None)["session"]
    assert screen.viewer(turned["accessToken"]) == email
    assert screen.refusals("refreshSession", {"refreshToken": session["refreshToken"]}, who=None) == ["INVALID_TOKEN"]
    assert screen.viewer(turned["accessToken"]) is None, "a used one that comes back ends the session"

    again = screen.done("signIn", known | {"accountId": accounts[0].node}, who=None)["session"]
    screen.done("signOut", {"refreshToken": again["refreshToken"]}, who=None)
    assert screen.viewer(again["accessToken"]) is None

    await accounts[0].sql.execute("UPDATE accounts SET is_active = false WHERE id = $1", accounts[0].id)
    refused = screen.refusals("signIn", known | {"accountId": accounts[0].node}, who=None)
    assert refused == ["WRONG_CREDENTIALS"]

    screen.done("requestPasswordReset", {"email": email}, who=None)
    link = {"token": screen.mail(email, 3).token, "password": OTHER_PASSWORD}
    assert screen.done("completePasswordReset", link, who=None)["session"]["viewer"]["user"]["email"] == email
