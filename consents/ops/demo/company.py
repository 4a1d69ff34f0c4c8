"""Setting the demo company up: once, whole or not at all."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from consents.access.models import Reason, SentenceTemplate
from consents.access.services import enquiring
from consents.catalogue.exchange.exporting import import_catalogue
from consents.catalogue.exchange.parsing import parse_catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services import categories, publishing
from consents.core import clock, roles
from consents.core.owner import as_owner, move_clock
from consents.insights.services import counting
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications.models import Message
from consents.ops.demo import customers, past, rights_past
from consents.ops.demo.customers import Person, PersonFactory, by_staff, record_customers, store_records
from consents.ops.demo.rights_past import RightsStory
from consents.ops.demo.story import Story
from consents.ops.demo.timeline import Timeline
from consents.ops.embedded import CannotStart
from consents.people.models import Acting, Customer, StaffMember
from consents.rights.models import QuestionTemplate
from consents.rights.rules import About
from consents.rights.services.clarifying import save_question_template
from consents.training import rules, services
from consents.training.models import ModuleVersion

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
    # Return the start of last year, so that a whole year is on record.
    move_clock(owner, now.replace(year=now.year - 1, month=1, day=2, hour=8) - now)
    mark_as_demo()
    staff = customers.employ_everybody()
    publish_catalogue(staff[customers.NILS], staff[customers.PIA])
    save_ready_made_words(staff[customers.NILS])
    persons = PersonFactory(now.date()).everybody()
    record_customers(persons)
    with allow_vault_writing(owner):
        store_records(persons)
    team = [staff[one] for one in (customers.SAM, customers.PIA, customers.NILS)]
    play_last_year(Timeline(owner, now), team)
    move_clock(owner, -FIRST_SIGN_UP)
    train_staff(staff.values(), staff[customers.PIA])
    timeline = Timeline(owner, now)
    maya, theo, jonas, lucia, dana, *others = sign_up_customers(owner, persons)
    # Not Pia, who answers Nora's requests.
    officers = (staff[customers.NILS], staff[customers.INES])
    nora = customers.appoint_guardian(theo, Customer.objects.get(reference=customers.NORA.reference), officers)
    eli = customers.share_account(customers.ELI, dana.customer, (staff[customers.OTTO], staff[customers.INES]))
    past.schedule_maya(Story(timeline, maya, staff))
    past.schedule_theo(Story(timeline, theo, staff))
    past.schedule_nora(Story(timeline, nora, staff))
    past.schedule_jonas(Story(timeline, jonas, staff))
    past.schedule_lucia(Story(timeline, lucia, staff))
    past.schedule_dana(Story(timeline, dana, staff), Story(timeline, eli, staff))
    asking = {
        account: RightsStory(timeline, acting.customer_id, Actor("customer", str(acting.user_id)), *team)
        for account, acting in zip(customers.CUSTOMERS, [maya, theo, jonas, lucia, dana], strict=True)
    }
    rights_past.schedule_europe(asking)
    rights_past.schedule_california(asking[customers.DANA], eli)
    rights_past.schedule_strangers(asking[customers.MAYA])
    past.schedule_breaches(timeline, staff, jonas)
    past.schedule_others([Story(timeline, acting, staff) for acting in others])
    counted = [maya, theo, jonas, lucia, dana, *others, eli]
    past.schedule_consents([Story(timeline, acting, staff) for acting in counted])
    with allow_vault_writing(owner):
        timeline.play()
    past.add_questions(staff[customers.PIA], staff[customers.SAM])
    counting.publish_due_months()
    mark_old_mail_as_sent(now)


def play_last_year(timeline: Timeline, team: list[StaffMember]) -> None:
    """Play what happened before anybody had an account here."""
    ids = {account: Customer.objects.get(reference=account.reference).pk for account in customers.CUSTOMERS}
    rights_past.schedule_last_year(
        {account: RightsStory(timeline, id, Actor("visitor"), *team) for account, id in ids.items()}
    )
    timeline.play()


def sign_up_customers(owner: BaseDatabaseWrapper, persons: list[Person]) -> list[Acting]:
    """Sign up the known accounts and a dozen others, one every few days. Rosa and the rest never sign up."""
    known = [*customers.CUSTOMERS, customers.ROSA, customers.NORA]
    others = [person.account for person in persons if person.account not in known][:OTHER_ACCOUNTS]
    actings = []
    for number, account in enumerate([*customers.CUSTOMERS, *others]):
        move_clock(owner, timedelta(days=5 * number, hours=number % 7) - FIRST_SIGN_UP)
        actings.append(customers.sign_up_customer(account.email, password=account in customers.CUSTOMERS))
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


FILE = Path(__file__).with_name("catalogue.yaml")


def publish_catalogue(writer: StaffMember, officer: StaffMember) -> None:
    import_catalogue(parse_catalogue(FILE.read_text(encoding="utf-8")), writer.user, by_staff(writer))
    for category in Category.objects.all():
        categories.publish_category(category=category, by=by_staff(officer))
    for version in PurposeVersion.objects.order_by("purpose__code"):
        publishing.publish_version(version=version, officer=officer.user, by=by_staff(officer))


MAX_MAILS = 100
NAME = re.compile(r"([0-9]{8}-[0-9]{6}-[0-9]{1,20})-([0-9]{1,6})", re.ASCII)
SEPARATOR = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Mail:
    """`name` finds it again: the file it lies in and its place there."""

    name: str
    subject: str
    to: str
    at: datetime | None
    text: str


def list_newest_mail() -> list[Mail]:
    """List the latest emails, newest first."""
    files = sorted(settings.PORTAL_MAIL_FOLDER.glob("*.log"), reverse=True)[:MAX_MAILS]
    mails = [mail for file in files for mail in reversed(list(read_mail_file(file)))]
    return mails[:MAX_MAILS]


def find_mail(name: str) -> Mail | None:
    """Find an email by its name; None if there is none."""
    found = NAME.fullmatch(name)
    if found is None:
        return None
    file = settings.PORTAL_MAIL_FOLDER / f"{found[1]}.log"
    return next((mail for mail in read_mail_file(file) if mail.name == name), None)


def read_mail_file(file: Path) -> Iterator[Mail]:
    try:
        parts = file.read_bytes().split(SEPARATOR)
    except OSError:
        return
    for place, part in enumerate(parts):
        if part.strip():
            yield parse_mail(f"{file.stem}-{place}", part)


def parse_mail(name: str, content: bytes) -> Mail:
    message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        name,
        subject=" ".join(str(message["Subject"] or "").split()),  # as programs show it: folding adds spaces
        to=str(message["To"] or ""),
        at=parsedate_to_datetime(message["Date"]) if message["Date"] else None,
        text=str(body.get_content()) if body else "",
    )


# Make what the demo's privacy officers keep ready: questions and sentences in the languages of its customers, and the
# module that comes with the portal, which staff attest to.

READY_MADE = {
    "which-period": (
        About.SCOPE,
        {
            "en": "You asked us on {arrived}: {right}. For which period? Without dates we take all of it.",
            "de": "Sie haben am {arrived} gefragt: {right}. Für welchen Zeitraum? Sonst nehmen wir alles.",
            "es": "El {arrived} nos pidió: {right}. ¿Para qué periodo? Sin fechas, lo tomamos todo.",
        },
    ),
    "which-entry": (
        About.SCOPE,
        {
            "en": "Your request {number} is about an entry that we hold more than once. Which one do you mean?",
            "de": "In Ihrem Antrag {number} geht es um einen Eintrag, den wir mehrfach haben. Welchen meinen Sie?",
            "es": "Su solicitud {number} se refiere a un dato que tenemos varias veces. ¿A cuál se refiere?",
        },
    ),
    "who-asks": (
        About.IDENTITY,
        {
            "en": "To be sure that request {number} is yours: what is your customer number, and your last order?",
            "de": "Damit wir sicher sind, dass der Antrag {number} von Ihnen ist: Wie lautet Ihre Kundennummer, und "
            "was haben Sie zuletzt bestellt?",
            "es": "Para estar seguros de que la solicitud {number} es suya: ¿cuál es su número de cliente y su último "
            "pedido?",
        },
    ),
}

SENTENCES = {
    "wrong-bill": (
        Reason.ORDER_PROBLEM,
        {
            "en": "You told us that a bill is wrong. I want to compare it with your order.",
            "de": "Sie haben uns gesagt, dass eine Rechnung falsch ist. Ich will sie mit der Bestellung vergleichen.",
            "es": "Usted nos dijo que una factura no es correcta. Quiero compararla con su pedido.",
        },
    ),
    "your-call": (
        Reason.YOU_CONTACTED_US,
        {
            "en": "You called us today. I want to answer what you asked.",
            "de": "Sie haben uns heute angerufen. Ich möchte Ihre Frage beantworten.",
            "es": "Usted nos llamó hoy. Quiero responder a lo que preguntó.",
        },
    ),
}


def save_ready_made_words(writer: StaffMember) -> None:
    by = by_staff(writer)
    for code, (subject, texts) in READY_MADE.items():
        save_question_template(template=QuestionTemplate(code=code, about=subject, texts=texts), by=by)
    for code, (reason, texts) in SENTENCES.items():
        draft = SentenceTemplate(code=code, reason=reason, texts=texts)
        enquiring.save_sentence_template(template=draft, by=by)
        enquiring.publish_sentence_template(template=draft, officer=writer, by=by)


def train_staff(members: Iterable[StaffMember], officer: StaffMember) -> None:
    words, solution = rules.parse_module()
    draft = ModuleVersion(code=rules.CODE, words=words, solution=solution)
    by_officer = by_staff(officer)
    services.save_module(version=draft, by=by_officer)
    version = services.publish_module(version=draft, officer=officer.user, by=by_officer)
    for member in members:
        services.record_attempt(version=version, answers=solution, member=member, by=by_staff(member))
