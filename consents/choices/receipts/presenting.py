"""How receipts read to people: the words of the pages. Decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

from consents.choices.receipts import selectors
from consents.choices.receipts.claims import Verified
from consents.choices.receipts.issuing import Group, Now, issuer_of
from consents.choices.receipts.parts import Event, Receipt, number_of
from consents.choices.receipts.terms import YES
from consents.core import countries
from consents.ledger import selectors as ledger
from consents.ledger.models import Entry


def lines(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The list: what happened, when, about what."""
    entries = list(entries)
    names = selectors.names_of({entry.purpose for entry in entries})
    return [
        {
            "at": entry.occurred_at,
            "word": issuer_of(entry).word(entry),
            "name": names.get(entry.purpose, entry.purpose),
            "number": number_of(bytes(entry.hash)),
            "sequence": entry.sequence,
        }
        for entry in entries
    ]


def page(entry: Entry, receipt: Receipt, now: datetime) -> dict[str, Any]:
    """Plain words first, then everything that the signed text says."""
    record, content = receipt.record, receipt.record.notice.content
    last, is_yes = record.events[-1], record.events[-1].status in YES
    standing = selectors.standing(entry, now)
    return {
        "sequence": entry.sequence,
        "number": receipt.number,
        "word": issuer_of(entry).word(entry),
        "at": last.at,
        "content": content,
        "notice": record.notice,
        "is_yes": is_yes,
        "was_asked": was_asked(entry),
        "now": now_line(standing),
        "stands": standing == Now.STANDS,
        "newer": standing in (Now.YES_AGAIN, Now.YES_SINCE),
        "until": last.lasts_until,
        "categories": [
            one for one in content["categories"] if record.categories is None or one["code"] in record.categories
        ],
        "kept": content["retention"],
        "storage": [countries.name(code) for code in content["storage"] or [receipt.controller.country]],
        "events": [{"at": event.at, "text": event_line(event)} for event in record.events],
        "page": issuer_of(entry).page(record),
        "withdraw": record.path,
        "controller": receipt.controller,
        "language": language_name(content["language"]),
        "entry": receipt.entry.hex(),
        "id": receipt.id,
        "record": record.id,
        "is_sealed": ledger.is_sealed(entry),
    }


def now_line(standing: Now) -> str:
    return {
        Now.STANDS: _("This consent is in force now."),
        Now.ENDED: _("This consent is not in force any more."),
        Now.YES_AGAIN: _("This consent ended. You have agreed again since."),
        Now.NO: _("Nothing is allowed by it now."),
        Now.YES_SINCE: _("You have agreed since."),
    }[standing]


def was_asked(entry: Entry) -> str:
    """Heads the data, recipients and storage on a receipt that is no yes, so that they do not read as allowed."""
    return {
        Group.AGREED: "",
        Group.SAID_NO: _("What you were asked, and did not agree to"),
        Group.ENDED: _("What you had agreed to, until it ended"),
    }[issuer_of(entry).outcomes[entry.outcome]]


def event_line(event: Event) -> str:
    return {
        "ConsentRequested": _("You were asked."),
        "ConsentRequestDeferred": _("Put off: a no for now."),
        "ConsentRefused": _("Refused."),
        "ConsentGiven": _("Given."),
        "RenewedConsentGiven": _("Given again."),
        "ConsentWithdrawn": _("Withdrawn."),
        "ConsentRevoked": _("Ended by us."),
        "ConsentExpired": _("Ended: its time was over."),
        "ConsentInvalidated": _("Found invalid."),
    }[event.status]


@dataclass(frozen=True)
class Verdict:
    """What a verified text proves, in sentences. `number` and `facts` are read from it."""

    proves: str
    proves_not: str
    in_force: str
    number: str
    facts: list[tuple[str, str]]


def verdict(receipt: Verified, in_force: str) -> Verdict:
    known = {"company": receipt.company, "date": moment_in_words(receipt.at), "name": receipt.name}
    return Verdict(
        proves=what_is_proven(receipt.status) % known,
        proves_not=_("It does not prove who the customer is, or that nothing has changed since."),
        in_force=in_force,
        number=receipt.number,
        facts=facts_of(receipt),
    )


def what_is_proven(status: str) -> str:
    """One sentence for each status, so that it can be translated whole."""
    return {
        "ConsentGiven": _("%(company)s signed that consent to “%(name)s” was given on %(date)s."),
        "RenewedConsentGiven": _("%(company)s signed that consent to “%(name)s” was given again on %(date)s."),
        "ConsentRefused": _("%(company)s signed that consent to “%(name)s” was refused on %(date)s."),
        "ConsentRequestDeferred": _("%(company)s signed that “%(name)s” was not agreed to on %(date)s."),
        "ConsentWithdrawn": _("%(company)s signed that consent to “%(name)s” was withdrawn on %(date)s."),
        "ConsentExpired": _("%(company)s signed that consent to “%(name)s” ran out on %(date)s."),
        "ConsentRevoked": _("%(company)s signed that it ended consent to “%(name)s” on %(date)s."),
        "ConsentInvalidated": _("%(company)s signed that consent to “%(name)s” was found invalid on %(date)s."),
    }.get(status, _("%(company)s signed this about “%(name)s” on %(date)s."))


def moment_in_words(at: datetime) -> str:
    local = localtime(at)
    return f"{date_format(local, pgettext('date and time format', 'j F Y, H:i'))} {local.tzname()}"


def in_force_now(entry: Entry | None, now: datetime) -> str:
    if entry is None:
        return _("Our journal has no such act, although we signed it. Please tell us: this must not happen.")
    return {
        Now.STANDS: _("In force now: yes, this consent stands."),
        Now.ENDED: _("In force now: no, nothing is allowed by it."),
        Now.YES_AGAIN: _("In force now: no, this consent ended. It was given again since: see the newest receipt."),
        Now.NO: _("In force now: no, nothing is allowed by it."),
        Now.YES_SINCE: _("This receipt allows nothing. Consent was given since: see the newest receipt."),
    }[selectors.standing(entry, now)]


def facts_of(receipt: Verified) -> list[tuple[str, str]]:
    """For a person to compare with what they were told."""
    process = receipt.record["dpv:hasProcess"][-1]
    notice = receipt.record["dpv:hasNotice"][-1]
    data = ", ".join(str(one.get("dct:title", "")) for one in process["dpv:hasPersonalData"])
    return [
        (_("Receipt"), receipt.number),
        (_("Data"), data),
        (_("Text shown"), _("version %(number)s, in %(language)s") % words_of(notice)),
        (_("Customer, by pseudonym"), str(receipt.customer)),
        (_("Signed by"), f"{receipt.company} ({receipt.portal})"),
    ]


def words_of(notice: dict[str, Any]) -> dict[str, str]:
    return {"number": notice["schema:version"], "language": language_name(notice["dct:language"])}


def language_name(code: str) -> str:
    """In the reader's language, as it stands within a sentence; the code itself for one that nobody knows."""
    try:
        return Locale.parse(to_locale(code)).get_display_name(to_locale(get_language() or "")) or code
    except (UnknownLocaleError, ValueError):
        return code
