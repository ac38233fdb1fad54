"""The accounts of the demonstration, and the people in them who have a name from the start."""

from msgspec import Struct

from domain.accounts import Integration
from domain.products import MITEAM_MEETINGS
from domain.users import Role
from gateway.demo.chances import chance_of
from gateway.demo.people import Named
from gateway.demo.purchases import EVERY_STATE, MITEL_ONE, Purchase, Term

MEETINGS, MICOLLAB = Integration.MITEAM_MEETINGS, Integration.MICOLLAB
MICLOUD_CONNECT, PBX, SCIM = Integration.MICLOUD_CONNECT, Integration.PBX, Integration.SCIM

FOR_EVER = (Purchase(MITEAM_MEETINGS, Term.PERPETUAL, 1),)
RUNNING_OUT = (Purchase(MITEAM_MEETINGS, Term.EXPIRING_SOON, 0.5), Purchase(MITEL_ONE, Term.ACTIVE, 0.5))
NOT_YET = (Purchase(MITEAM_MEETINGS, Term.PENDING_ACTIVATION, 1), Purchase(MITEL_ONE, Term.PERPETUAL, 0.2))
OVER = (Purchase(MITEAM_MEETINGS, Term.EXPIRED, 1),)


class CustomerPlan(Struct, frozen=True):
    """A customer account to be made: so many users, the named ones among them."""

    number: str
    name: str
    domain: str
    users: int
    integrations: tuple[Integration, ...] = (MEETINGS,)
    purchases: tuple[Purchase, ...] = ()
    is_active: bool = True
    others: tuple[Named, ...] = ()

    @property
    def named(self) -> tuple[Named, ...]:
        """The named users: an account that has any users has an admin."""
        admin = Named("Amira", "Haddad", f"admin@{self.domain}", Role.ACCOUNT_ADMIN)
        return (admin, *self.others)[: self.users]


class PartnerPlan(Struct, frozen=True):
    """A partner account to be made, with its one user and its customers."""

    number: str
    name: str
    user: Named
    customers: tuple[CustomerPlan, ...]


PARTNER = PartnerPlan(
    "1000",
    "Northern Light Communications",
    Named("Paula", "Ferreira", "partner@partner.example", Role.PARTNER),
    (
        CustomerPlan(
            "2001",
            "Acme Instruments",
            "acme.example",
            400,
            (MEETINGS, MICLOUD_CONNECT, PBX, SCIM),
            EVERY_STATE,
            others=(Named("Ulrich", "Seidel", "user@acme.example", Role.USER),),
        ),
        CustomerPlan("2002", "Hafenkontor Lübeck", "hafenkontor.example", 120, (MEETINGS, MICOLLAB, PBX), FOR_EVER),
        CustomerPlan("2003", "Café Olé", "cafe-ole.example", 25),
        CustomerPlan(
            "2004", "Old Mill Printing", "old-mill.example", 40, (MEETINGS, PBX), RUNNING_OUT, is_active=False
        ),
        CustomerPlan("2005", "Żuraw i Synowie", "zuraw.example", 50, (MEETINGS, SCIM), RUNNING_OUT),
        CustomerPlan("2006", "東京光学", "tokyo-kogaku.example", 51, (MEETINGS, MICLOUD_CONNECT), NOT_YET),
        CustomerPlan("2007", "Aurora Field Hospital", "aurora.example", 0, (), FOR_EVER),
        CustomerPlan("2008", "Μικρό Ατελιέ", "mikro-atelier.example", 1, (MEETINGS,), FOR_EVER),
        CustomerPlan("2009", "O'Malley & Daughters", "omalley.example", 49, (SCIM,), OVER),
        CustomerPlan("2010", "Universidad del Río", "udelrio.example", 1200, (MEETINGS, PBX, SCIM), EVERY_STATE),
    ),
)
STRANGERS = PartnerPlan(
    "1100",
    "Southern Cross Telecom",
    Named("Sione", "Taufa", "partner@southern-cross.example", Role.PARTNER),
    (CustomerPlan("2101", "Acme Rivals", "rivals.example", 30, (MEETINGS, PBX), EVERY_STATE),),
)
"""A partner with a customer whom nobody of the other partner may see (P4)."""

_DOMAINS = {customer.number: customer.domain for plan in (PARTNER, STRANGERS) for customer in plan.customers}

_PLACES = ("Alder", "Bramble", "Copper", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Juniper", "Lantern")
_TRADES = ("Logistics", "Dental Care", "Robotics", "Textiles", "Insurance", "Breweries", "Airways", "Energy")


def new_customer(number: str, users: int) -> CustomerPlan:
    """Plan an account that is not of the demonstration: everything is on, but MiCollab, and bought."""
    chance = chance_of(number)
    name = f"{chance.choice(_PLACES)} {chance.choice(_TRADES)}"
    integrations = (MEETINGS, MICLOUD_CONNECT, PBX, SCIM)
    return CustomerPlan(number, name, domain_of(number), users, integrations, EVERY_STATE)


def domain_of(number: str) -> str:
    """Give the domain of the addresses that made-up users of an account get."""
    label = "".join(letter for letter in number.lower() if letter.isascii() and letter.isalnum())
    return _DOMAINS.get(number, f"a{label}.example")
