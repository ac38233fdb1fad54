"""What the outside sources of made-up users would send of them (U7)."""

import hashlib
from datetime import datetime, timedelta
from random import Random

import orjson

from domain.users import InactiveReason, UserSource
from gateway.demo.chances import between
from gateway.demo.made_up_names import name_of
from persistence.copying import SourceRecordRow, UserRow

SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SCIM_ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DEPARTMENTS = ("Sales", "Field Service", "Finance", "Research", "Logistics", "People", "Support", "Legal")
SITES = ("Head Office", "Warehouse", "North", "Airport")
PHONES = ("6920", "6930", "6940w", "5634", "Softphone")
PROFILES = ("Essentials", "Premier", "Elite")


def source_record(chance: Random, user: UserRow, now: datetime) -> SourceRecordRow | None:
    """Make up what the source of a user sent; None for users that no outside source owns."""
    match user.source:
        case UserSource.SCIM:
            external_id, attributes = _scim(chance, user)
        case UserSource.PBX:
            external_id, attributes = _pbx(chance, user)
        case UserSource.MICLOUD_CONNECT:
            external_id, attributes = _micloud_connect(chance, user)
        case UserSource.CONSOLE | UserSource.IMPORT:
            return None
    synced = between(chance, max(user.updated_at, now - timedelta(days=1)), now)
    return SourceRecordRow(
        user.id, user.account_id, user.source, external_id, synced, orjson.dumps(attributes).decode()
    )


def _is_active(user: UserRow) -> bool:
    """Tell what the source thinks: a user removed here is still there for it (D3)."""
    return user.inactive_reason is not InactiveReason.DEACTIVATED_BY_SOURCE


def _scim(chance: Random, user: UserRow) -> tuple[str, dict[str, object]]:
    """Write a user as Entra ID does, in the schema of RFC 7643."""
    digest = _digest(user)
    external_id = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
    names = {"givenName": user.first_name, "familyName": user.last_name, "formatted": name_of(user)}
    attributes: dict[str, object] = {
        "schemas": [SCIM_USER, SCIM_ENTERPRISE_USER],
        "externalId": external_id,
        "userName": user.email,
        "displayName": name_of(user),
        "active": _is_active(user),
        "name": {field: name for field, name in names.items() if name is not None},
        "emails": [{"value": user.email, "type": "work", "primary": True}],
        SCIM_ENTERPRISE_USER: {
            "employeeNumber": str(chance.randrange(10_000, 99_999)),
            "department": chance.choice(DEPARTMENTS),
        },
    }
    if user.mobile is not None:
        attributes["phoneNumbers"] = [{"value": user.mobile, "type": "mobile"}]
    return external_id, attributes


def _pbx(chance: Random, user: UserRow) -> tuple[str, dict[str, object]]:
    """Write a user as a PBX does."""
    external_id = _digest(user)[:32].upper()
    return external_id, {
        "guid": external_id,
        "pbx": f"MiVoice {chance.choice(SITES)}",
        "extension": str(chance.randrange(1_000, 99_999)),
        "displayName": name_of(user),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phoneModel": chance.choice(PHONES),
        "enabled": _is_active(user),
    }


def _micloud_connect(chance: Random, user: UserRow) -> tuple[str, dict[str, object]]:
    """Write a user as MiCloud Connect does."""
    external_id = str(int(_digest(user)[:15], 16))
    return external_id, {
        "personId": external_id,
        "displayName": name_of(user),
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "mobile": user.mobile,
        "extension": str(chance.randrange(100, 9_999)),
        "profile": chance.choice(PROFILES),
        "department": chance.choice(DEPARTMENTS),
        "active": _is_active(user),
    }


def _digest(user: UserRow) -> str:
    """Give hex digits that the address decides, so that they differ in an account and are the same each time."""
    return hashlib.sha256(user.email_key.encode()).hexdigest()
