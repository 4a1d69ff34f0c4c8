"""Build receipts from a customer's entries. Rooms that record acts of a customer register how to present them.

An issuer covers one kind of thing (`object_type` of the ledger): for which events there is a receipt, how its entries
make a record, and what stands now. Rooms above register theirs when they start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from consents.catalogue.display import build_displayed_notice
from consents.catalogue.models import Field, PurposeVersion
from consents.choices.receipts import claims
from consents.choices.receipts.parts import Controller, Receipt, Record, ShownNotice
from consents.core import signing
from consents.core.canonical import compute_digest, encode_canonical
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.services.names import get_log_name


class WordsAreLost(Refusal):
    """The catalogue no longer has what the customer was shown: a receipt would claim what cannot be proven."""

    sentence = _("The text you were shown is no longer on record as it was. Please tell us.")


class RecordIncomplete(Refusal):
    """An entry about the same thing was appended by no act of the portal: it lacks what a receipt says."""

    sentence = _("This record is not complete, so there is no receipt of it. Please tell us.")


class CurrentState(TextChoices):
    """The current state of the act behind a receipt, in words."""

    STANDS = "stands", _("This consent is in force now.")
    ENDED = "ended", _("This consent is no longer in force.")
    YES_AGAIN = "yes_again", _("This consent ended. It was given again since.")
    NO = "no", _("Nothing is allowed by it now.")
    YES_SINCE = "yes_since", _("Consent was given since.")


class OutcomeGroup(TextChoices):
    """Filters of the list of receipts."""

    AGREED = "agreed", _("Consent was given")
    SAID_NO = "said_no", _("Consent was refused")
    ENDED = "ended", _("Consent ended")


@dataclass(frozen=True)
class Issuer:
    """`outcomes` are those of the entries that have a receipt, each in its group.

    `build_record`: from all entries of one thing, oldest first, the last being the one the receipt is for.
    `describe`: what happened, as a heading for the customer; with the name of who else did it, where it was not the
    reader. `is_in_force`: whether the newest consent of this record is in force. `get_path`: the page where its
    customer continues. `list_earlier_yeses`: the entries of what other holders of a shared account had said yes to, of
    which this is the last yes. `name_asker`: which person asked; empty where the company did. `describe_joint`: the
    heading where all of them said yes; empty where `describe` says it as well.
    """

    object_type: str
    events: frozenset[str]
    outcomes: Mapping[str, OutcomeGroup]
    build_record: Callable[[list[Entry]], Record]
    describe: Callable[[Entry, str], str]
    is_in_force: Callable[[str, datetime], bool]
    get_path: Callable[[Record], str]
    list_earlier_yeses: Callable[[Entry], list[Entry]]
    name_asker: Callable[[Record], str] = lambda _record: ""
    describe_joint: Callable[[Entry], str] = lambda _entry: ""

    def build_filter(self, group: str = "") -> Q:
        """Build the filter for its entries that have a receipt, of one group or of all."""
        outcomes = sorted(outcome for outcome, its in self.outcomes.items() if group in ("", its))
        return Q(object_type=self.object_type, event__in=sorted(self.events), outcome__in=outcomes)


ISSUERS: dict[str, Issuer] = {}


def register_issuer(issuer: Issuer) -> None:
    ISSUERS[issuer.object_type] = issuer


def get_issuer(entry: Entry) -> Issuer:
    return ISSUERS[entry.object_type]


def build_receipt(entry: Entry) -> Receipt:
    """Build the receipt of one act, with the record as it was then. Raises WordsAreLost, RecordIncomplete."""
    entries = Entry.objects.filter(object=entry.object, object_type=entry.object_type, id__lte=entry.pk)
    # None should be about this object that is another customer's.
    own = [earlier for earlier in sorted(entries, key=attrgetter("pk")) if earlier.customer == entry.customer]
    try:
        UUID(entry.object)
        record = get_issuer(entry).build_record(own)
    except (KeyError, TypeError, ValueError, OverflowError, StopIteration) as odd:
        raise RecordIncomplete from odd
    return Receipt(record, build_controller())


def sign_with_portal_key(receipt: Receipt) -> str:
    """Sign a receipt with the portal's key. The same receipt gives the same text while the same key signs."""
    return claims.sign_receipt(
        receipt, get_log_name(), signing.load_newest_key(settings.PORTAL_KEYS, claims.KIND_OF_KEY)
    )


def build_controller() -> Controller:
    return Controller(
        portal=settings.PORTAL_URL,
        name=settings.PORTAL_COMPANY,
        address=settings.PORTAL_ADDRESS,
        contact=settings.PORTAL_EMAIL,
        country=settings.PORTAL_COUNTRY,
    )


def build_shown_notices(purpose: str, shown: Iterable[tuple[int, str, str]]) -> tuple[ShownNotice, ...]:
    """Return the notices of a purpose by (version, language, hash), each once, in the order they were shown first.

    As many queries whatever their number. Raises WordsAreLost when one is not what its hash says.
    """
    distinct = list(dict.fromkeys(shown))
    published = select_published_versions(purpose, {number for number, *_rest in distinct})
    versions = {version.number: version for version in published}
    return tuple(build_shown_notice(versions.get(number), language, hash) for number, language, hash in distinct)


def select_published_versions(purpose: str, numbers: set[int]) -> Iterable[PurposeVersion]:
    return (
        PurposeVersion.objects.filter(purpose__code=purpose, number__in=numbers, published_at__isnull=False)
        .select_related("purpose")
        .prefetch_related(
            "notices",
            "recipients",
            Prefetch("categories__fields", queryset=Field.objects.order_by("order", "id")),
        )
    )


def build_shown_notice(version: PurposeVersion | None, language: str, hash: str) -> ShownNotice:
    notices = {notice.language: notice for notice in version.notices.all()} if version else {}
    if version is None or version.published_at is None or language not in notices:
        raise WordsAreLost
    content = build_displayed_notice(notices[language], version)
    if compute_digest(content) != hash:
        raise WordsAreLost
    return ShownNotice(hash, encode_canonical(content).decode(), content, version.published_at)
