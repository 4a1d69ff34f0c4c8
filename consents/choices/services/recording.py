"""Lock the customer and read everything an act on a choice depends on, in one query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import LegalBasis, Purpose, get_in_active_language
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import ActContext, Lapse
from consents.core.refusals import NotPermitted, NotValid, Refusal, Unknown
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.ledger.services.appending import Change
from consents.people.services.holding import AlreadyErased
from consents.systems.services import queue_webhooks

PURPOSE = ("id", "code", "usage", "retired_at")
CHOICE = [field.attname for field in Choice._meta.concrete_fields]
# In the order of `lock_people`: the purpose of this version, for an act that must find its text in force, then the
# customer. The condition makes sure that the one is locked before the other is asked for.
LOCK_PURPOSE_AND_CUSTOMER = """
SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))
FROM (SELECT count(*) AS locked
      FROM (SELECT FROM catalogue_purpose AS p JOIN catalogue_purposeversion AS v ON v.purpose_id = p.id WHERE v.id = %s
            FOR SHARE OF p) AS purpose) AS purposes
WHERE locked >= 0
"""
# One row, of the version seen, the purpose and the customer. `select_standing`, `build_material_number` and
# `find_next_material_change` of `catalogue.selectors` answer the same questions in the ORM.
FACTS = f"""
SELECT portal.now(), c.erased_at IS NOT NULL, c.born_on, c.country, c.region,
    c.yes_of = 'all' AND (SELECT count(*) FROM people_acting AS a
                          WHERE a.customer_id = c.id AND a.capacity IN ('self', 'holder') AND a.ends_at IS NULL) > 1,
    EXISTS (SELECT FROM people_jointassent AS s
            WHERE s.customer_id = c.id AND s.matter = 'joint_consent' AND s.ended_at IS NULL),
    newest.id,
    coalesce((SELECT max(v.number) FROM catalogue_purposeversion AS v
              WHERE v.purpose_id = p.id AND v.material AND v.published_at IS NOT NULL), 0),
    (SELECT v.published_at FROM catalogue_purposeversion AS v
     WHERE v.purpose_id = p.id AND v.number > said.number AND v.material AND v.published_at IS NOT NULL
     ORDER BY v.number LIMIT 1),
    (SELECT json_object_agg(v.id, json_build_object(
        'number', v.number, 'legal_basis', v.legal_basis, 'months', v.consent_months, 'sale', v.sale,
        'special', EXISTS (SELECT FROM catalogue_purposeversion_categories AS has
                           JOIN catalogue_category AS k ON k.id = has.category_id AND k.special
                           WHERE has.purposeversion_id = v.id),
        'notices', (SELECT json_object_agg(n.language, n.hash) FROM catalogue_notice AS n WHERE n.version_id = v.id)))
     FROM catalogue_purposeversion AS v
     WHERE v.purpose_id = p.id AND v.published_at IS NOT NULL
       AND v.id IN (newest.id, h.version_id, %s::bigint)),
    {", ".join(f"p.{column}" for column in PURPOSE)}, {", ".join(f"h.{column}" for column in CHOICE)}
FROM people_customer AS c
JOIN catalogue_purpose AS p ON p.code = %s
LEFT JOIN LATERAL (SELECT v.id, v.lost FROM catalogue_purposeversion AS v
                   WHERE v.purpose_id = p.id AND v.published_at IS NOT NULL
                   ORDER BY v.number DESC LIMIT 1) AS newest
    ON p.usage <> 'per_request' AND p.retired_at IS NULL AND NOT newest.lost
LEFT JOIN choices_choice AS h ON h.customer_id = c.id AND h.purpose_id = p.id
LEFT JOIN catalogue_purposeversion AS said ON said.id = h.version_id
WHERE c.id = %s
"""


@dataclass(frozen=True)
class PublishedText:
    """A published version as far as acts depend on it; `notices` maps language to the hash of the text."""

    version: int
    number: int
    legal_basis: str
    months: int | None
    sale: bool
    special: bool
    notices: Mapping[str, str]

    @property
    def explicit(self) -> bool:
        return self.legal_basis == LegalBasis.CONSENT and self.special

    def words(self, language: str) -> tuple[str, str]:
        """Return language and hash of the notice in this language, or else in the active one."""
        notices = {code: (code, hash) for code, hash in self.notices.items()}
        return notices.get(language) or get_in_active_language(notices) or ("", "")


@dataclass(frozen=True)
class CustomerFacts:
    """Holds what an act depends on of the customer. `needs_all`: several holders decide together; `has_assents`: one of
    them has said yes to something that waits for the others.
    """

    born_on: date | None
    country: str
    region: str
    needs_all: bool
    has_assents: bool


@dataclass(frozen=True)
class LockedChoice:
    """A choice (unsaved where none was made) that no one else can change until this transaction ends.

    `in_force`: the standing version that is asked now. `seen`: the version the act names, in force or not. `said`: the
    one last answered. `material`: number of the newest material one; `changed_at`: since when that is not `said`.
    """

    now: datetime
    person: CustomerFacts
    purpose: Purpose
    choice: Choice
    in_force: PublishedText | None
    seen: PublishedText | None
    said: PublishedText | None
    material: int
    changed_at: datetime | None

    @property
    def status(self) -> Status:
        return Status(self.choice.status)

    @property
    def asked(self) -> PublishedText:
        """Raises NoSuchPurpose when it is not, or no longer, asked for."""
        if self.in_force is None:
            raise NoSuchPurpose
        return self.in_force

    @property
    def shown(self) -> PublishedText:
        """Return the version in force if it is the one the person was shown. Raises TextHasChanged."""
        if self.in_force is None or self.in_force.legal_basis != LegalBasis.CONSENT or self.in_force != self.seen:
            raise TextHasChanged
        return self.in_force

    @property
    def answered(self) -> PublishedText:
        """Return the text of the choice on record."""
        assert self.said is not None, "nothing is on record of a choice that was never made"
        return self.said

    @property
    def lapse(self) -> Lapse | None:
        return rules.find_lapse(
            self.status,
            retired_at=self.purpose.retired_at,
            changed_at=self.changed_at,
            valid_until=self.choice.valid_until,
            now=self.now,
        )


def lock_choice(
    customer: UUID, purpose: str, *, seen: int | None = None, is_for_yes: bool = False, is_erased: bool = False
) -> LockedChoice:
    """Lock the customer until the transaction ends and return the choice. `is_erased`: allow an erased customer.

    `is_for_yes`: first lock the purpose of the version that was `seen`; nobody publishes for it or retires it until
    the transaction ends. Raises NoSuchPurpose, AlreadyErased.
    """
    if is_for_yes:
        with connection.cursor() as cursor:
            cursor.execute(LOCK_PURPOSE_AND_CUSTOMER, [str(customer), seen])
    else:
        appending.lock_people(customer)
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [seen, purpose, customer])
        facts = cursor.fetchone()
    if facts is None:
        raise NoSuchPurpose
    now, was_erased, *rest = facts
    person, (newest, material, changed_at, versions), rest = rest[:5], rest[5:9], rest[9:]
    if was_erased and not is_erased:
        raise AlreadyErased
    reason = Purpose.from_db("default", PURPOSE, rest[: len(PURPOSE)])
    choice = build_choice(rest[len(PURPOSE) :], customer, reason)
    texts = {int(id): PublishedText(int(id), **text) for id, text in (versions or {}).items()}
    return LockedChoice(
        now=now,
        person=CustomerFacts(*person),
        purpose=reason,
        choice=choice,
        in_force=texts.get(newest),
        seen=texts.get(seen) if seen else None,
        said=texts.get(choice.version_id),
        material=material,
        changed_at=changed_at,
    )


def lock_choice_by_record(choice: UUID) -> LockedChoice:
    """Lock a choice by the number of its record, an erased customer's too. Raises NoSuchPurpose."""
    names = Choice.objects.filter(pk=choice).values_list("customer", "purpose__code").first()
    if names is None:
        raise NoSuchPurpose
    return lock_choice(*names, is_erased=True)


def build_choice(columns: list[object], customer: UUID, purpose: Purpose) -> Choice:
    if columns[0] is None:
        return Choice(customer_id=customer, purpose=purpose, status=Status.UNKNOWN)
    choice = Choice.from_db("default", CHOICE, columns)
    choice.purpose = purpose
    return choice


# Write choices, the only place that does: state and ledger entry in one statement.

WHOSE = ["customer_id", "purpose_id", "id"]
WRITTEN = [column for column in CHOICE if column not in WHOSE]
INSERT_CHOICE = f"""
INSERT INTO choices_choice ({", ".join(WRITTEN + WHOSE)}) VALUES ({", ".join(["%s"] * len(CHOICE))}) RETURNING id
"""
UPDATE_CHOICE = f"""
UPDATE choices_choice SET {", ".join(f"{column} = %s" for column in WRITTEN)}
WHERE {" AND ".join(f"{column} = %s" for column in WHOSE)} RETURNING id
"""


@dataclass(frozen=True)
class ChoiceAct:
    """An act on a choice. `now`: its moment; `since`: the earlier moment that it only records."""

    by: Actor
    now: datetime
    how: ActContext = ActContext()
    since: datetime | None = None


def settle_lapse(held: LockedChoice) -> Choice:
    """Record what time or the company has ended meanwhile, with its true moment, and return the choice."""
    lapse = held.lapse
    if lapse:
        how = ActContext(lapse.method, language=held.choice.language)
        record_move(held, lapse.status, held.answered, ChoiceAct(PORTAL, held.now, how, lapse.at))
    return held.choice


def record_move(held: LockedChoice, status: Status, text: PublishedText, act: ChoiceAct) -> Choice:
    """Change the choice and append its entry. Raises NotPossibleNow for a move that the table does not have."""
    if not rules.may_follow(held.status, status):
        raise NotPossibleNow
    choice, is_yes = held.choice, status in rules.YES
    agreed_in = held.choice.language if act.how.recorded_by else ""  # staff may read another language
    language, notice = text.words(agreed_in or act.how.language)
    choice.version_id, choice.language, choice.status = text.version, language, status
    choice.since = act.since or act.now
    if status != Status.EXPIRED:
        choice.valid_until = rules.compute_valid_until(act.now, text.months) if is_yes else None
    choice.despite_signal = is_yes and act.how.signal
    set_rest_period(held, text, act.now)
    append_choice_entry(held, text, notice, act)
    # Tell those who may ask about the purpose that the answer may be another one now.
    if status in rules.TOLD_TO_SYSTEMS:
        kind, code = rules.EVENTS[status], choice.purpose.code
        queue_webhooks(kind=kind, customer=choice.customer_id, purpose=code, record=choice.pk)
    return choice


def set_rest_period(held: LockedChoice, text: PublishedText, now: datetime) -> None:
    choice = held.choice
    choice.rests_until, choice.rest_rule = None, ""
    if choice.status in rules.NO:
        lives_in = {"country": held.person.country, "region": held.person.region}
        choice.rests_until, choice.rest_rule = rules.compute_rest(now, sale=text.sale, **lives_in)


def append_choice_entry(held: LockedChoice, text: PublishedText, notice: str, act: ChoiceAct) -> None:
    """Append the entry and write the row with it; receipts are built from it. Optional details come last."""
    choice = held.choice
    details = {
        "version": text.number,
        "language": choice.language,
        "notice": notice,
        "method": act.how.method,
        "interface": act.how.page,
        "explicit": choice.status in rules.YES and text.explicit,
        "valid_until": format_iso(choice.valid_until),
        "capacity": act.how.capacity,
    }
    if act.since:
        details["ended_at"] = format_iso(act.since)
    if choice.rests_until:
        details |= {"rests_until": format_iso(choice.rests_until), "rest_rule": str(choice.rest_rule)}
    if choice.despite_signal:
        details["despite_signal"] = True
    if act.how.channel:
        details |= {"channel": act.how.channel, "submitted_by": act.how.submitted_by}
    if act.how.recorded_by:
        details["recorded_by"] = act.how.recorded_by
    appending.append_entry(
        event=rules.EVENTS[Status(choice.status)],
        by=act.by,
        customer=choice.customer_id,
        object_type="choice",
        object=choice.pk,
        purpose=held.purpose.code,
        outcome=choice.status,
        details=details,
        change=Change(
            INSERT_CHOICE if choice._state.adding else UPDATE_CHOICE,
            [getattr(choice, column) for column in WRITTEN + WHOSE],
        ),
    )
    choice._state.adding = False


def format_iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


class TextHasChanged(Refusal):
    sentence = _("The text of this choice changed while your page was open. Read the new text; nothing was saved.")


class DamagedForm(NotValid):
    sentence = _("Your answer arrived incomplete. Read the text below and answer again; nothing was saved.")


class NoAnswerChosen(NotValid):
    sentence = _("Choose one of the buttons.")


class NoSuchPurpose(Unknown):
    sentence = _("There is no such choice.")


class NotPossibleNow(Refusal):
    sentence = _("Your choice has changed in the meantime. Read where it stands now; nothing was saved.")


class NeedsConfirmation(Refusal):
    sentence = _("This choice needs one more step: confirm that you agree. Nothing was saved.")


class NeedsGuardian(NotPermitted):
    sentence = _("You are not old enough to agree to this alone. Ask your parent or guardian. You can say no yourself.")


class OldEnough(NotPermitted):
    sentence = _("This customer is now old enough to decide alone. Only they can agree.")


class AskedTooSoon(Refusal):
    sentence = _("This customer said no recently. No one may ask again yet.")
