"""What every act on a choice begins with: the customer held, and all that judging the act takes, asked at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from consents.catalogue.models import LegalBasis, Purpose, in_active_language
from consents.choices import rules
from consents.choices.models import Choice, Status
from consents.choices.rules import Lapse
from consents.choices.services.refusals import NoSuchPurpose, TextHasChanged
from consents.ledger import services as ledger
from consents.people.services import AlreadyErased

PURPOSE = ("id", "code", "usage", "retired_at")
CHOICE = (
    "id",
    "customer_id",
    "purpose_id",
    "version_id",
    "language",
    "status",
    "since",
    "valid_until",
    "rests_until",
    "rest_rule",
    "despite_signal",
)
# One row. `catalogue.selectors.standing`, `last_material` and `next_material_at` say the same of the catalogue.
FACTS = f"""
SELECT portal_now(), c.erased_at IS NOT NULL, c.born_on, c.country, c.region, newest.id,
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
       AND v.id IN (newest.id, h.version_id, %(seen)s::bigint)),
    {", ".join(f"p.{column}" for column in PURPOSE)}, {", ".join(f"h.{column}" for column in CHOICE)}
FROM people_customer AS c
JOIN catalogue_purpose AS p ON p.code = %(purpose)s
LEFT JOIN LATERAL (SELECT v.id, v.lost FROM catalogue_purposeversion AS v
                   WHERE v.purpose_id = p.id AND v.published_at IS NOT NULL
                   ORDER BY v.number DESC LIMIT 1) AS newest
    ON p.usage <> 'per_request' AND p.retired_at IS NULL AND NOT newest.lost
LEFT JOIN choices_choice AS h ON h.customer_id = c.id AND h.purpose_id = p.id
LEFT JOIN catalogue_purposeversion AS said ON said.id = h.version_id
WHERE c.id = %(customer)s
"""


@dataclass(frozen=True)
class Text:
    """A published version, as far as acts ask: what follows from a yes to it, and the hash of its words by language."""

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
        """Language and hash of the words in this language; of those in the active one where there are none in it."""
        found = {code: (code, hash) for code, hash in self.notices.items()}
        return found.get(language) or in_active_language(found) or ("", "")


@dataclass(frozen=True)
class Person:
    born_on: date | None
    country: str
    region: str


@dataclass(frozen=True)
class Held:
    """One choice, an unsaved one where none was made, that nobody else changes until this transaction ends.

    `in_force`: the standing version that is asked now. `seen`: the version the act names, in force or not. `said`: the
    one last answered. `material`: number of the newest material one; `changed_at`: since when that is not `said`.
    """

    now: datetime
    person: Person
    purpose: Purpose
    choice: Choice
    in_force: Text | None
    seen: Text | None
    said: Text | None
    material: int
    changed_at: datetime | None

    @property
    def status(self) -> Status:
        return Status(self.choice.status)

    @property
    def asked(self) -> Text:
        """Raises NoSuchPurpose when nobody asks for it (any more)."""
        if self.in_force is None:
            raise NoSuchPurpose
        return self.in_force

    @property
    def shown(self) -> Text:
        """The version in force, if it is the one that the person had before them. Raises TextHasChanged."""
        if self.in_force is None or self.in_force.legal_basis != LegalBasis.CONSENT or self.in_force != self.seen:
            raise TextHasChanged
        return self.in_force

    @property
    def answered(self) -> Text:
        """The text of what is on record."""
        assert self.said is not None, "nothing is on record of a choice that was never made"
        return self.said

    @property
    def lapse(self) -> Lapse | None:
        return rules.lapse(
            self.status,
            retired_at=self.purpose.retired_at,
            changed_at=self.changed_at,
            valid_until=self.choice.valid_until,
            now=self.now,
        )


def hold(customer: UUID, purpose: str, *, seen: int | None = None, is_erased: bool = False) -> Held:
    """Other acts about this customer wait until the transaction ends. `is_erased`: the act goes on after an erasure.

    Raises NoSuchPurpose, AlreadyErased.
    """
    ledger.hold(customer)
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"customer": customer, "purpose": purpose, "seen": seen})
        found = cursor.fetchone()
    if found is None:
        raise NoSuchPurpose
    now, was_erased, born_on, country, region, newest, material, changed_at, versions, *rest = found
    if was_erased and not is_erased:
        raise AlreadyErased
    reason = Purpose.from_db("default", PURPOSE, rest[: len(PURPOSE)])
    choice = choice_from(rest[len(PURPOSE) :], customer, reason)
    texts = {int(id): Text(int(id), **facts) for id, facts in (versions or {}).items()}
    return Held(
        now=now,
        person=Person(born_on, country, region),
        purpose=reason,
        choice=choice,
        in_force=texts.get(newest),
        seen=texts.get(seen) if seen else None,
        said=texts.get(choice.version_id),
        material=material,
        changed_at=changed_at,
    )


def hold_record(choice: UUID) -> Held:
    """The same by the number of the record, an erased customer's too. Raises NoSuchPurpose."""
    row = Choice.objects.filter(pk=choice).values_list("customer", "purpose__code").first()
    if row is None:
        raise NoSuchPurpose
    return hold(*row, is_erased=True)


def choice_from(columns: list[object], customer: UUID, purpose: Purpose) -> Choice:
    if columns[0] is None:
        return Choice(customer_id=customer, purpose=purpose, status=Status.UNKNOWN)
    made = Choice.from_db("default", CHOICE, columns)
    made.purpose = purpose
    return made
