"""People who share an account: holders of one record, each with a sign-in of their own."""

from types import SimpleNamespace

from consents.choices.rules import ActContext
from consents.choices.services import answering
from consents.ledger.rules import Actor
from consents.people.models import Acting, Customer
from consents.people.services import claiming
from tests.world.cast import make_user, put_on_list
from tests.world.claim_codes import make_claim_code


def agree_alone(world: SimpleNamespace) -> None:
    """One of Ben's two holders agrees to a consent, which waits for the other."""
    mia, customer = share_account(world, of=world.ben), world.ben.customer.id
    how = ActContext(capacity=mia.acting.capacity)
    answering.give_consent(customer=customer, purpose="support", version=world.version.pk, by=mia.actor, how=how)


def share_account(
    world: SimpleNamespace, email: str = "mia@example.com", yes_of: str = "all", of: SimpleNamespace | None = None
) -> SimpleNamespace:
    """Mia comes to share Ada's account, by a code of two officers: `.user`, `.customer`, `.acting`, `.actor`."""
    customer = Customer.objects.get(pk=(of or world.ada).customer.id)
    if customer.yes_of != yes_of:
        put_on_list(customer, yes_of=yes_of)
    user = make_user(email)
    by = Actor("customer", str(user.pk))
    code = make_claim_code(customer=customer, officer=world.pia.user, capacity=Acting.Capacity.HOLDER)
    claiming.claim_record_by_code(user=user, code=code, by=by)
    return SimpleNamespace(user=user, customer=customer, acting=user.actings.get(), actor=by)
