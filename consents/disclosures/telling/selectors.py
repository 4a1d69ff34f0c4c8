"""Read which looks a customer has not been told of, and how often they want to be."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast

from consents.access.models import Grant
from consents.choices.selectors import select_outdated_since
from consents.disclosures.models import LookNews
from consents.disclosures.telling.rules import HowOften, Stream
from consents.exemptions import selectors as exemptions
from consents.ledger.models import Entry

MOST_NEWS = 1000
OUTDATED = "outdated"
LOOKED, REFUSED = "vault.opened", "vault.opening_refused"


@dataclass(frozen=True)
class UntoldLook:
    """A look, or a refused try. `sequence`: its place in the customer's chain of the ledger."""

    sequence: int
    stream: Stream
    team: str


def get_how_often(customer: UUID) -> HowOften:
    chosen = LookNews.objects.filter(pk=customer).values_list("how_often", flat=True).first()
    return HowOften(chosen or HowOften.DAILY)


def count_news(
    customer: UUID, since: datetime, events: Collection[str], *, reader: UUID, also_own: Collection[str]
) -> dict[str, int]:
    """Count the newest entries about a customer since then, by event; of all there are, MOST_NEWS at most. One query.

    Without what the reader did, but for `also_own`, and without what a law forbids to tell the customer of. Consents
    that a new text has ended are counted as OUTDATED: no entry about the customer tells of them.
    """
    withheld = (
        exemptions.select_withheld_exemptions(customer).annotate(told_of=Cast("pk", CharField())).values("told_of")
    )
    by_others = ~Q(actor=str(reader)) | Q(event__in=also_own)
    newest = Entry.objects.filter(by_others, customer=customer, occurred_at__gt=since, event__in=events)
    shown = newest.exclude(object_type="exemption", object__in=withheld).order_by("-id")[:MOST_NEWS]
    outdated = select_outdated_since(customer, since).order_by().values_list(Value(OUTDATED, CharField()))
    return Counter(event for (event,) in shown.values_list("event").union(outdated, all=True))


def list_untold_looks(news: LookNews) -> list[UntoldLook]:
    """List what the customer has not been told of, oldest first; nothing that a law forbids to tell them yet.

    Of a look under a delayed exemption they are told with the exemption itself, once its delay is over.
    """
    told_until: dict[Stream, int] = {stream: getattr(news, f"{stream}_until") for stream in Stream}
    entries = list(select_look_entries(news.pk, after=min(told_until.values())))
    named = {entry.find_fact("grant", UUID) for entry in entries} - {None}
    grants = Grant.objects.select_related("access_request").in_bulk(named)
    exempted = exemptions.map_exemptions(grants.values())
    withheld = set(exemptions.list_withheld_ids(news.pk))
    looks = []
    for entry in entries:
        grant = grants.get(entry.find_fact("grant", UUID))
        origin = grant and (exempted[grant.exemption] if grant.exemption else grant.access_request)
        if grant and origin and grant.exemption not in withheld:
            looks.append(UntoldLook(entry.sequence, get_stream(entry, grant), origin.asked_team))
    return [look for look in looks if look.sequence > told_until[look.stream]]


def select_look_entries(customer: UUID, *, after: int) -> QuerySet[Entry]:
    """Select the looks and refused tries of staff in a customer's chain, after this place in it."""
    chain = Entry.objects.filter(chain=str(customer), sequence__gt=after)
    return chain.filter(event__in=[LOOKED, REFUSED]).order_by("sequence")


def get_stream(entry: Entry, grant: Grant) -> Stream:
    if entry.event == REFUSED:
        return Stream.REFUSED
    return Stream.EXEMPTED if grant.exemption else Stream.ALLOWED
