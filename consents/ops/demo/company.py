"""Setting the demo company up: once, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from consents.core import clock, roles
from consents.core.owner import as_owner, move_clock
from consents.insights.services import figures
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.models import Message
from consents.ops.demo import accounts, breaches, catalogue, insights, past, ready_made, rights_past
from consents.ops.demo.customers import Person, PersonFactory, record_customers, store_records
from consents.ops.demo.rights_story import RightsStory
from consents.ops.demo.story import Story
from consents.ops.demo.timeline import Timeline
from consents.ops.embedded import CannotStart
from consents.people.models import Acting, Customer, StaffMember

MARK = "demo.prepared"
LOCK = 0x68617262  # "harb"; any number that nobody else takes
FIRST_SIGN_UP = timedelta(days=170)
OTHER_ACCOUNTS = 12
OLD_MAIL_AGE = timedelta(days=2)


def set_up_company() -> bool:
    """Make the company unless it is there; true when it was made. Works as the owner of the database.

    Raises CannotStart when the database holds somebody else's customers.
    """
    with as_owner() as owner, transaction.atomic():
        owner.cursor().execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if is_set_up():
            return False
        check_no_other_company()
        build_company(owner, clock.now())
        return True


def is_set_up() -> bool:
    return Entry.objects.filter(object="demo", event=MARK).exists()


def mark_as_demo() -> None:
    """Put on record, for good, that this database holds the demo company: it never serves real customers."""
    appending.append_entry(event=MARK, by=PORTAL, object_type="portal", object="demo")


def check_no_other_company() -> None:
    if Customer.objects.exists() or StaffMember.objects.exists():
        raise CannotStart(
            "This database holds another company's people: set PORTAL_VAR to another folder for the demo."
        )


def build_company(owner: BaseDatabaseWrapper, now: datetime) -> None:
    """Build everything with the clock set back; other connections see neither before the commit."""
    move_clock(owner, find_first_moment(now) - now)
    mark_as_demo()
    staff = accounts.employ_everybody()
    catalogue.publish_catalogue(staff[accounts.NILS], staff[accounts.PIA])
    ready_made.save_ready_made_words(staff[accounts.NILS])
    persons = PersonFactory(now.date()).everybody()
    record_customers(persons)
    with allow_vault_writing(owner):
        store_records(persons)
    team = [staff[one] for one in (accounts.SAM, accounts.PIA, accounts.NILS)]
    play_last_year(Timeline(owner, now), team)
    move_clock(owner, -FIRST_SIGN_UP)
    ready_made.train_staff(staff.values(), staff[accounts.PIA])
    timeline = Timeline(owner, now)
    maya, theo, jonas, lucia, dana, *others = sign_up_customers(owner, persons)
    # Not Pia, who answers Nora's requests.
    officers = (staff[accounts.NILS], staff[accounts.INES])
    nora = accounts.appoint_guardian(theo, Customer.objects.get(reference=accounts.NORA.reference), officers)
    eli = accounts.share_account(accounts.ELI, dana.customer, (staff[accounts.OTTO], staff[accounts.INES]))
    past.schedule_maya(Story(timeline, maya, staff))
    past.schedule_theo(Story(timeline, theo, staff))
    past.schedule_nora(Story(timeline, nora, staff))
    past.schedule_jonas(Story(timeline, jonas, staff))
    past.schedule_lucia(Story(timeline, lucia, staff))
    past.schedule_dana(Story(timeline, dana, staff), Story(timeline, eli, staff))
    asking = {
        account: RightsStory(timeline, acting.customer_id, Actor("customer", str(acting.user_id)), *team)
        for account, acting in zip(accounts.CUSTOMERS, [maya, theo, jonas, lucia, dana], strict=True)
    }
    rights_past.schedule_europe(asking)
    rights_past.schedule_california(asking[accounts.DANA], eli)
    rights_past.schedule_strangers(asking[accounts.MAYA])
    breaches.schedule_breaches(timeline, staff, jonas)
    past.schedule_others([Story(timeline, acting, staff) for acting in others])
    counted = [maya, theo, jonas, lucia, dana, *others, eli]
    insights.schedule_consents([Story(timeline, acting, staff) for acting in counted])
    with allow_vault_writing(owner):
        timeline.play()
    insights.add_questions(staff[accounts.PIA], staff[accounts.SAM])
    figures.publish_due_months()
    mark_old_mail_as_sent(now)


def find_first_moment(now: datetime) -> datetime:
    """Return the start of last year, so that a whole year is on record."""
    return now.replace(year=now.year - 1, month=1, day=2, hour=8)


def play_last_year(timeline: Timeline, team: list[StaffMember]) -> None:
    """Play what happened before anybody had an account here."""
    ids = {account: Customer.objects.get(reference=account.reference).pk for account in accounts.CUSTOMERS}
    rights_past.schedule_last_year(
        {account: RightsStory(timeline, id, Actor("visitor"), *team) for account, id in ids.items()}
    )
    timeline.play()


def sign_up_customers(owner: BaseDatabaseWrapper, persons: list[Person]) -> list[Acting]:
    """Sign up the known accounts and a dozen others, one every few days. Rosa and the rest never sign up."""
    known = [*accounts.CUSTOMERS, accounts.ROSA, accounts.NORA]
    others = [person.account for person in persons if person.account not in known][:OTHER_ACCOUNTS]
    actings = []
    for number, account in enumerate([*accounts.CUSTOMERS, *others]):
        move_clock(owner, timedelta(days=5 * number, hours=number % 7) - FIRST_SIGN_UP)
        actings.append(accounts.sign_up_customer(account.email, password=account in accounts.CUSTOMERS))
    return actings


VAULT_FUNCTIONS = ("store_records", "correct_value", "only_record", "remove_categories")


@contextmanager
def allow_vault_writing(owner: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the owner write the vault until the commit: those functions are otherwise the application's alone."""
    functions = ", ".join(f"portal.{name}" for name in VAULT_FUNCTIONS)
    statement = "{} EXECUTE ON FUNCTION " + functions + " {} " + roles.OWNER
    with owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {roles.VAULT_WRITER}")
        cursor.execute(statement.format("GRANT", "TO"))
        cursor.execute("RESET ROLE")
        yield
        cursor.execute(f"SET LOCAL ROLE {roles.VAULT_WRITER}")
        cursor.execute(statement.format("REVOKE", "FROM"))
        cursor.execute("RESET ROLE")


def mark_old_mail_as_sent(now: datetime) -> None:
    """Mail and copies of weeks ago count as sent; what is new goes out when the worker starts."""
    old = Message.objects.filter(queued_at__lt=now - OLD_MAIL_AGE)
    ids = [str(id) for id in old.values_list("pk", flat=True)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'message' = ANY(%s)", [ids])
        cursor.execute(
            "DELETE FROM procrastinate_jobs USING rights_answer AS r"
            " WHERE args->>'rights_request' = r.rights_request_id::text AND r.responded_at < %s",
            [now - OLD_MAIL_AGE],
        )
        cursor.execute(
            "UPDATE notifications_message SET sent_at = queued_at, outcome = 'sent', sealed = NULL"
            " WHERE id = ANY(%s::uuid[])",
            [ids],
        )
