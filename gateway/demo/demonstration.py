"""Making the accounts of the demonstration, with their people and with what was done to these."""

from gateway.demo.accounts import PARTNER, STRANGERS, CustomerPlan, PartnerPlan
from gateway.demo.audits import audit_events
from gateway.demo.chances import chance_of
from gateway.demo.filling import Filling
from gateway.demo.opening import open_customer, open_partner, staff
from gateway.demo.people import Employer, Person, named_person
from persistence.copying import AuditEventRow, copy_rows

PARTNERS = (PARTNER, STRANGERS)
SIZE = sum(1 + sum(customer.users for customer in partner.customers) for partner in PARTNERS)
"""How many people the demonstration has."""


async def make_demonstration(filling: Filling) -> None:
    """Make all partners and their customers."""
    for plan in PARTNERS:
        await _make_partner(filling, plan)


async def _make_partner(filling: Filling, plan: PartnerPlan) -> None:
    chance = chance_of(plan.number)
    employer = await open_partner(filling.connection, plan, filling.now)
    partner = named_person(chance, employer, plan.user, filling.now)
    await filling.fill(employer, iter([partner]), chance)
    for customer in plan.customers:
        await _make_customer(filling, customer, employer, partner)


async def _make_customer(filling: Filling, plan: CustomerPlan, partner: Employer, partner_user: Person) -> None:
    chance = chance_of(plan.number)
    employer = await open_customer(filling.connection, plan, partner.id, filling.product_ids, filling.now)
    everybody = list(staff(chance, employer, plan, filling.now))
    await filling.fill(employer, iter(everybody), chance)
    users = [person.user for person in everybody]
    actors = (partner_user.user, *users[:1])
    await copy_rows(filling.connection, AuditEventRow, audit_events(chance, users, actors))
