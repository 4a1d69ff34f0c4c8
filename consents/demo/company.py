"""Setting the demo company up: once, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from consents.core import clock, roles
from consents.core.embedded import CannotStart
from consents.core.owner import as_owner, move_clock
from consents.demo import accounts, catalogue, past, past_of_rights
from consents.demo.customers import Maker, Person, record_all, store_all
from consents.demo.rights_story import Asking
from consents.demo.story import Story
from consents.demo.timeline import Timeline
from consents.ledger import services as ledger
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Message
from consents.people.models import Acting, Customer, StaffMember

MARK = "demo.prepared"
LOCK = 0x68617262  # "harb"; any number that nobody else takes
FIRST_COMER = timedelta(days=170)
OTHERS = 12
OLD_NEWS = timedelta(days=2)


def set_up() -> bool:
    """Make the company unless it is there; true when it was made. Works as the owner of the database.

    Raises CannotStart when the database holds somebody else's customers.
    """
    with as_owner() as owner, transaction.atomic():
        owner.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if is_set_up():
            return False
        refuse_strangers()
        build(owner, clock.now())
        return True


def is_set_up() -> bool:
    return Entry.objects.filter(object="demo", event=MARK).exists()


def refuse_strangers() -> None:
    if Customer.objects.exists() or StaffMember.objects.exists():
        raise CannotStart(
            "This database holds another company's people: set PORTAL_VAR to another folder for the demo."
        )


def build(owner: BaseDatabaseWrapper, now: datetime) -> None:
    """Everything, with the clock set back; other connections see neither it nor the clock before the commit."""
    move_clock(owner, beginning(now) - now)
    ledger.append(event=MARK, by=PORTAL, object_type="portal", object="demo")
    staff = {account: accounts.employ(account) for account in accounts.STAFF}
    catalogue.publish_all(staff[accounts.NILS], staff[accounts.PIA])
    persons = Maker(now.date()).everybody()
    record_all(persons)
    with vault_writing(owner):
        store_all(persons)
    team = [staff[one] for one in (accounts.SAM, accounts.PIA, accounts.NILS)]
    play_last_year(Timeline(owner, now), team)
    timeline = Timeline(owner, now)
    maya, theo, jonas, lucia, dana, *others = sign_up_some(owner, persons)
    nora = accounts.become_guardian(theo, Customer.objects.get(reference=accounts.NORA.reference), staff[accounts.PIA])
    past.tell_of_maya(Story(timeline, maya, staff))
    past.tell_of_nora(Story(timeline, nora, staff))
    past.tell_of_jonas(Story(timeline, jonas, staff))
    past.tell_of_lucia(Story(timeline, lucia, staff))
    asking = {
        account: Asking(timeline, acting.customer_id, Actor("customer", str(acting.user_id)), *team)
        for account, acting in zip(accounts.CUSTOMERS, [maya, theo, jonas, lucia, dana], strict=True)
    }
    past_of_rights.tell_of_europe(asking)
    past_of_rights.tell_of_california(asking[accounts.DANA])
    past_of_rights.tell_of_strangers(asking[accounts.MAYA])
    past.tell_of_others([Story(timeline, acting, staff) for acting in others])
    with vault_writing(owner):
        timeline.play()
    forget_old_news(now)


def beginning(now: datetime) -> datetime:
    """So that a whole year before this one is on record."""
    return now.replace(year=now.year - 1, month=1, day=2, hour=8)


def play_last_year(timeline: Timeline, team: list[StaffMember]) -> None:
    """Before anybody had an account here."""
    ids = {account: Customer.objects.get(reference=account.reference).pk for account in accounts.CUSTOMERS}
    past_of_rights.tell_of_last_year(
        {account: Asking(timeline, id, Actor("visitor"), *team) for account, id in ids.items()}
    )
    timeline.play()


def sign_up_some(owner: BaseDatabaseWrapper, persons: list[Person]) -> list[Acting]:
    """Those with an account and a dozen others, one every few days. Rosa and the rest have never been here."""
    known = [*accounts.CUSTOMERS, accounts.ROSA, accounts.NORA]
    others = [person.account for person in persons if person.account not in known][:OTHERS]
    actings = []
    for number, account in enumerate([*accounts.CUSTOMERS, *others]):
        move_clock(owner, timedelta(days=5 * number, hours=number % 7) - FIRST_COMER)
        actings.append(accounts.sign_up(account.email, password=account in accounts.CUSTOMERS))
    return actings


WRITING = ("vault_store", "vault_correct", "vault_only_record", "vault_remove_kinds", "vault_holds_kinds")


@contextmanager
def vault_writing(owner: BaseDatabaseWrapper) -> Iterator[None]:
    """The functions that write the vault are the application's alone; the owner may let itself in until the commit."""
    statement = "{} EXECUTE ON FUNCTION " + ", ".join(WRITING) + " {} " + roles.OWNER
    with owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {roles.VAULT_WRITER}")
        cursor.execute(statement.format("GRANT", "TO"))
        cursor.execute("RESET ROLE")
        yield
        cursor.execute(f"SET LOCAL ROLE {roles.VAULT_WRITER}")
        cursor.execute(statement.format("REVOKE", "FROM"))
        cursor.execute("RESET ROLE")


def forget_old_news(now: datetime) -> None:
    """Mail and copies of weeks ago count as sent; what is new goes out when the worker starts."""
    old = Message.objects.filter(queued_at__lt=now - OLD_NEWS)
    ids = [str(id) for id in old.values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'message' = ANY(%s)", [ids])
        cursor.execute(
            "DELETE FROM procrastinate_jobs USING rights_rightsrequest AS r"
            " WHERE args->>'request' = r.id::text AND r.responded_at < %s",
            [now - OLD_NEWS],
        )
        cursor.execute(
            "UPDATE notifications_message SET sent_at = queued_at, outcome = 'sent' WHERE id = ANY(%s::uuid[])", [ids]
        )
