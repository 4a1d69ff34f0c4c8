"""Compare what a caller says of themselves with what is on file, blindly: the officer learns only whether it agrees.

On record are the facts and whether they agreed, never what was said. Three comparisons a day that differ are the last,
whatever requests and officers they are spread over (`rights_facts_compared_thrice`).
"""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from consents.core import clock
from consents.law.identity import Fact
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.people.models import Customer, StaffMember
from consents.rights.models import RightsRequest
from consents.rights.refusals import NothingToCompare, TooManyComparisons
from consents.rights.services.recording import append_rights_entry, assign_to, lock_open_rights_request

MOST_DIFFERENT = 3
EVENT = "rights_request.facts_compared"
AGREES, DIFFERS, NOT_ON_FILE = "agrees", "differs", "not_on_file"


@transaction.atomic
def compare_facts(
    *, rights_request: UUID, reference: str, born_on: date | None, officer: StaffMember, by: Actor
) -> dict[Fact, str]:
    """Say of each fact that was named whether it agrees with the record of the request's customer.

    Raises Unknown, NotAnOfficer, OwnMatter, AlreadyAnswered, NothingToCompare (nothing was named, or it is not known
    whose the request is), TooManyComparisons.
    """
    locked = lock_open_rights_request(rights_request, officer)
    typed: dict[Fact, object] = {Fact.REFERENCE: reference.strip(), Fact.BIRTH: born_on}
    claims = {fact: value for fact, value in typed.items() if value}
    if locked.customer is None or locked.customer.erased_at or not claims:
        raise NothingToCompare
    if count_differing(locked.customer_id) >= MOST_DIFFERENT:
        raise TooManyComparisons
    results = {fact: compare_fact(locked.customer, fact, value) for fact, value in claims.items()}
    assign_to(locked, officer)
    outcome = DIFFERS if DIFFERS in results.values() else AGREES
    append_rights_entry(
        locked, "facts_compared", by, outcome, **{fact.value: result for fact, result in results.items()}
    )
    return results


def compare_fact(customer: Customer, fact: Fact, claim: object) -> str:
    on_file: object = {Fact.REFERENCE: customer.reference, Fact.BIRTH: customer.born_on}[fact]
    if on_file is None:
        return NOT_ON_FILE
    return AGREES if str(claim).casefold() == str(on_file).casefold() else DIFFERS


def count_differing(customer: UUID | None) -> int:
    """Count the comparisons of the last day that differed, about this customer."""
    since = clock.now() - timedelta(days=1)
    return Entry.objects.filter(customer=customer, event=EVENT, outcome=DIFFERS, occurred_at__gt=since).count()


def list_compared_facts(rights_request: RightsRequest) -> dict[Fact, str]:
    """Return what the last comparison on this request found; empty if there was none."""
    last = Entry.objects.filter(object=str(rights_request.pk), event=EVENT).order_by("-id").first()
    return {fact: last.facts[fact.value] for fact in Fact if fact.value in last.facts} if last else {}
