"""From a customer's entries to receipts. A room that records acts of a customer says here how they read.

An issuer tells of one kind of thing (`object_type` of the ledger): for which events there is a receipt, how its entries
make a record, and what stands now. Rooms above register theirs when they start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Field, Notice, PurposeVersion
from consents.catalogue.shown import shown
from consents.choices.receipts import claims
from consents.choices.receipts.parts import Controller, Receipt, Record, ShownNotice
from consents.core import signing
from consents.core.canonical import canonical, digest
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.services import origin


class WordsAreLost(Refusal):
    """The catalogue no longer has what the customer was shown: a receipt would claim what cannot be proven."""

    sentence = _("The words you were shown are not on record as they were. Please tell us: this must not happen.")


class Now(StrEnum):
    """What has become of the act that a receipt is for. YES_AGAIN: the yes ended, and another one stands."""

    STANDS = "stands"
    ENDED = "ended"
    YES_AGAIN = "yes_again"
    NO = "no"
    YES_SINCE = "yes_since"


class Group(StrEnum):
    """What the list of receipts is filtered by."""

    AGREED = "agreed"
    SAID_NO = "said_no"
    ENDED = "ended"


@dataclass(frozen=True)
class Issuer:
    """`outcomes` are those of the entries that have a receipt, each in its group.

    `record`: from all entries of one thing, oldest first, the last being the one the receipt is for. `word`: what
    happened, as a heading says it to the customer. `stands`: whether the newest consent of this record is in force.
    `page`: where to go on, by the customer who holds it.
    """

    object_type: str
    events: frozenset[str]
    outcomes: Mapping[str, Group]
    record: Callable[[list[Entry]], Record]
    word: Callable[[Entry], str]
    stands: Callable[[str, datetime], bool]
    page: Callable[[Record], str]

    @property
    def entries(self) -> Q:
        return Q(object_type=self.object_type, event__in=sorted(self.events), outcome__in=sorted(self.outcomes))

    def in_group(self, group: Group) -> list[str]:
        return sorted(outcome for outcome, its in self.outcomes.items() if its == group)


ISSUERS: dict[str, Issuer] = {}


def register(issuer: Issuer) -> None:
    ISSUERS[issuer.object_type] = issuer


def issuer_of(entry: Entry) -> Issuer:
    return ISSUERS[entry.object_type]


def receipt_of(entry: Entry) -> Receipt:
    """The receipt of one act: the record as it was then. Raises WordsAreLost."""
    entries = Entry.objects.filter(object=entry.object, object_type=entry.object_type, id__lte=entry.pk)
    return Receipt(issuer_of(entry).record(list(entries_about(entry, entries))), controller())


def entries_about(entry: Entry, entries: Iterable[Entry]) -> Iterable[Entry]:
    """A thing belongs to one customer; another's entry about it would be a fault, and is left out."""
    return (one for one in sorted(entries, key=lambda one: one.pk) if one.customer == entry.customer)


def signed(receipt: Receipt) -> str:
    """As text to take away. The same receipt is the same text while the same key signs."""
    return claims.signed(receipt, origin(), signing.signer(settings.PORTAL_KEYS, claims.KIND_OF_KEY))


def controller() -> Controller:
    return Controller(
        portal=settings.PORTAL_URL,
        name=settings.PORTAL_COMPANY,
        address=settings.PORTAL_ADDRESS,
        contact=settings.PORTAL_EMAIL,
        country=settings.PORTAL_COUNTRY,
    )


def notices_shown(purpose: str, told: Iterable[tuple[int, str, str]]) -> tuple[ShownNotice, ...]:
    """The notices of a purpose by (version, language, hash), each once, in the order they were shown first.

    As many queries whatever their number. Raises WordsAreLost when one is not what its hash says.
    """
    wanted = list(dict.fromkeys(told))
    versions = {version.number: version for version in versions_of(purpose, {number for number, *_rest in wanted})}
    return tuple(notice_shown(versions.get(number), language, hash) for number, language, hash in wanted)


def versions_of(purpose: str, numbers: set[int]) -> Iterable[PurposeVersion]:
    return (
        PurposeVersion.objects.filter(purpose__code=purpose, number__in=numbers, published_at__isnull=False)
        .select_related("purpose")
        .prefetch_related(
            "notices",
            "recipients",
            Prefetch("categories__fields", queryset=Field.objects.order_by("order", "id")),
        )
    )


def notice_shown(version: PurposeVersion | None, language: str, hash: str) -> ShownNotice:
    notice = one_in(version, language)
    if version is None or notice is None or version.published_at is None:
        raise WordsAreLost
    content = shown(notice, version)
    if digest(content) != hash:
        raise WordsAreLost
    return ShownNotice(hash, canonical(content).decode(), content, version.published_at)


def one_in(version: PurposeVersion | None, language: str) -> Notice | None:
    return next((one for one in version.notices.all() if one.language == language), None) if version else None
