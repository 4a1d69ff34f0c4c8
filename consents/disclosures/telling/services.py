"""Note that there is news of looks, tell customers of it, and save how often they want to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.working_ahead import MOST_DUE, run_for_each
from consents.disclosures.models import LookNews
from consents.disclosures.telling import selectors
from consents.disclosures.telling.rules import REFUSED_EVERY, HowOften, Stream, find_next_digest
from consents.disclosures.telling.selectors import UntoldLook
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.ledger.services.appending import Change
from consents.notifications.services import queueing
from consents.notifications.services.queueing import confirm_act
from consents.people.selectors import get_customer_zone
from consents.people.services.holding import lock_existing_customer

CONFIRMATIONS = {
    HowOften.EACH: _("We will email you each time somebody looks at your data."),
    HowOften.DAILY: _("We will email you once a day if somebody looked at your data."),
    HowOften.WEEKLY: _("We will email you once a week if somebody looked at your data."),
    HowOften.NEVER: _(
        "We will no longer email you when somebody you allowed looks at your data. We still tell you of looks without"
        " your permission, and of tries that were refused."
    ),
}

# A row that waits already is left as it is, unless the news cannot wait.
NOTE_NEWS = """
INSERT INTO disclosures_looknews AS n (customer_id, due_at)
SELECT c.id, portal.now() FROM people_customer AS c WHERE c.id = %s AND c.erased_at IS NULL
ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at
WHERE n.due_at IS NULL OR (%s AND n.due_at > excluded.due_at)
"""


def build_look_news(*, customer: UUID, is_urgent: bool) -> Change:
    """Build the note that this customer is to be told of a look: for the statement that puts it on record."""
    return Change(NOTE_NEWS, (customer, is_urgent))


@transaction.atomic
def choose_look_emails(*, customer: UUID, how_often: HowOften, by: Actor) -> None:
    """Save how often this customer is told of looks, and confirm it to the address on file, whatever they chose.

    Choosing the same again changes nothing. Raises AlreadyErased.
    """
    lock_existing_customer(customer)
    if selectors.get_how_often(customer) == how_often:
        return
    news, _is_new = LookNews.objects.get_or_create(customer_id=customer)
    news.how_often, news.digest_at = how_often, None
    news.due_at = news.due_at and clock.now()
    news.save(update_fields=["how_often", "digest_at", "due_at"])
    entry = appending.append_entry(
        event="look_emails.chosen",
        by=by,
        customer=customer,
        object_type="customer",
        object=customer,
        outcome=str(how_often),
    )
    confirm_act(customer=customer, act=CONFIRMATIONS[how_often], key=f"look_emails.chosen:{entry}", actor=by)


def notify_due_customers() -> int:
    """Tell the customers for whom it is time, each in a transaction of its own. Returns how many there were."""
    due = LookNews.objects.filter(due_at__lte=clock.now()).order_by("due_at")
    customers = list(due.values_list("pk", flat=True)[:MOST_DUE])
    run_for_each(customers, lambda customer: notify_of_looks(customer=customer))
    return len(customers)


@transaction.atomic
def notify_of_looks(*, customer: UUID) -> None:
    """Tell one customer what it is time for, and plan the rest. Repeating it tells nothing twice."""
    appending.lock_people(customer)
    now = clock.now()
    news = LookNews.objects.select_for_update(of=["self"]).filter(pk=customer, due_at__lte=now).first()
    if news is None:
        return
    untold = selectors.list_untold_looks(news)
    if news.digest_at is None and news.how_often in (HowOften.DAILY, HowOften.WEEKLY):
        news.digest_at = find_next_digest(HowOften(news.how_often), now, get_customer_zone(news.customer))
    moments = [notify_of_stream(stream, untold, news, now) for stream in Stream]
    news.due_at = min((moment for moment in moments if moment), default=None)
    news.save()


def notify_of_stream(stream: Stream, untold: Sequence[UntoldLook], news: LookNews, now: datetime) -> datetime | None:
    """Tell of these looks or tries, or return when to."""
    looks = [look for look in untold if look.stream == stream]
    waits_until = find_waiting_time(stream, news, now) if looks else None
    if waits_until:
        return waits_until
    if looks and (stream != Stream.ALLOWED or news.how_often != HowOften.NEVER):
        queue_look_email(stream, looks, news)
    if untold:
        setattr(news, f"{stream}_until", untold[-1].sequence)
    if looks and stream == Stream.REFUSED:
        news.refused_told_at = now
    if stream == Stream.ALLOWED:
        news.digest_at = None
    return None


def find_waiting_time(stream: Stream, news: LookNews, now: datetime) -> datetime | None:
    """Return until when to wait: for the digest, or since tries are not told of twice in a day."""
    tried_again = news.refused_told_at + REFUSED_EVERY if news.refused_told_at else None
    until = {Stream.ALLOWED: news.digest_at, Stream.REFUSED: tried_again}.get(stream)
    return until if until and until > now else None


def queue_look_email(stream: Stream, looks: Sequence[UntoldLook], news: LookNews) -> None:
    """Queue one email for all of these. It names teams and a number, and nothing of the customer's."""
    queueing.notify(
        kind=f"looks_{stream}",
        key=f"looks_{stream}:{news.pk}:{looks[-1].sequence}",
        customer=news.customer,
        number=str(len(looks)),
        teams=", ".join(sorted({look.team for look in looks})),
    )


@transaction.atomic
def forget_look_news(*, customer: UUID, **_: Any) -> None:
    """Forget how an erased customer is told of looks: by signal, inside the act of erasing, whose entry covers it."""
    LookNews.objects.filter(customer=customer).delete()
