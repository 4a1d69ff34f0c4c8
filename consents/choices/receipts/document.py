"""Words of the pages about receipts. Decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from consents.catalogue.selectors import map_purpose_names
from consents.choices.receipts import issuing
from consents.choices.receipts.claims import VerifiedReceipt
from consents.choices.receipts.issuing import CurrentState, OutcomeGroup, get_issuer
from consents.choices.receipts.jsonld import list_agreed_categories
from consents.choices.receipts.parts import Event, Receipt, compute_receipt_number
from consents.choices.rules import YES
from consents.core import countries, signing
from consents.core.durations import format_local_moment, keep_counts
from consents.core.paper import Paper
from consents.ledger.models import Entry
from consents.ledger.selectors import proofs
from consents.people.models import Customer

# A receipt as a document for people (PDF): whose it is, what was decided, and a QR code of the page that checks it.
#
# It is not the proof: the signed text is, and lies inside the document as an attachment.


def render_receipt_document(
    entry: Entry,
    receipt: Receipt,
    customer: Customer,
    signed: str,
    spoken_name: str,
    now: datetime,
    others: Mapping[str, str],
) -> bytes:
    """Render the document. `spoken_name`: what a representative calls the customer, if one asks for it; `others`: as
    in `build_receipt_context`.
    """
    shown = build_receipt_context(entry, receipt, now, others)
    paper = Paper(str(shown["word"]), shown["at"], receipt.controller.name)
    paper.write_lines(shown["content"]["name"], size=14)
    paper.write_lines(_("On %(moment)s: %(state)s") % {"moment": describe_moment(now), "state": shown["now"]})
    paper.ln(3)
    paper.write_facts(list_customer_facts(customer, spoken_name))
    paper.write_facts(list_document_facts(receipt))
    if not shown["is_yes"]:
        paper.write_heading(shown["was_asked"])
    paper.write_facts(list_asked_facts(shown))
    paper.write_heading(shown["text_title"])
    for part in ("name", "sentence", "text"):
        paper.write_lines(shown["content"][part])
        paper.ln(1)
    paper.write_facts([(_("If you do not allow it"), shown["content"]["if_no"])])
    paper.write_heading(_("Is it genuine?"))
    paper.write_lines(_("Anyone can print such a page. What counts is the signed receipt, the file in this document."))
    address = settings.PORTAL_URL.rstrip("/") + reverse("verify_receipt")
    paper.draw_qr_code(address, _("Check the signed receipt, and whether it is still in force, here:"))
    paper.embed_file(bytes=signed.encode(), basename=f"receipt-{receipt.number}.jws", desc=_("Signed receipt"))
    return paper.finish()


def list_customer_facts(customer: Customer, spoken_name: str) -> list[tuple[str, str]]:
    """List who the receipt is about, as the company and the receipt itself name them."""
    return [
        (_("Name"), spoken_name),
        (_("Customer number"), customer.reference or ""),
        (_("Customer, by pseudonym"), str(customer.pk)),
    ]


def list_document_facts(receipt: Receipt) -> list[tuple[str, str]]:
    controller = receipt.controller
    return [
        (_("Receipt"), receipt.number),
        (_("When"), describe_moment(receipt.at)),
        (_("Who signed this"), f"{controller.name}, {controller.address}, {controller.contact}"),
    ]


def list_asked_facts(shown: dict[str, Any]) -> list[tuple[str, str]]:
    titles = ", ".join(category["title"] for category in shown["categories"])
    recipients = "; ".join(f"{one['name']}, {one['address']}" for one in shown["content"]["recipients"])
    nobody = _("No one outside %(company)s") % {"company": settings.PORTAL_COMPANY}
    yeses = [f"{yes['who']}, {describe_moment(yes['at'])}" for yes in shown["yeses"]]
    return [
        (_("Who agreed"), "\n".join(yeses)),
        (_("Who asked"), shown["asker"]),
        (_("Data"), titles),
        (_("Who gets it"), recipients or nobody),
        (_("Until"), describe_moment(shown["until"]) if shown["until"] and shown["is_yes"] else ""),
        (_("How long it is kept"), str(shown["kept"])),
    ]


def build_lines(entries: Iterable[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build the lines of the list: what happened, when, about what. `others`: names of everybody but the reader who
    acts for the customer, by user id.
    """
    entries = list(entries)
    names = map_purpose_names({entry.purpose for entry in entries})
    return [
        {
            "at": entry.find_moment("ended_at") or entry.occurred_at,
            "word": describe_outcome(entry, others),
            "name": names.get(entry.purpose, entry.purpose),
            "number": compute_receipt_number(bytes(entry.hash)),
            "sequence": entry.sequence,
        }
        for entry in entries
    ]


def build_receipt_context(
    entry: Entry, receipt: Receipt, now: datetime, others: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Build the page: plain words first, then everything that the signed text says. `others`: names of everybody but
    the reader who acts or has acted for the customer, by user id.
    """
    others = others or {}
    record, content = receipt.record, receipt.record.notice.content
    last, is_yes = record.events[-1], record.events[-1].status in YES
    standing = issuing.find_current_state(entry, now)
    return {
        "sequence": entry.sequence,
        "number": receipt.number,
        "word": describe_outcome(entry, others),
        "at": last.at,
        "yeses": list_yeses(entry, others),
        "asker": get_issuer(entry).name_asker(record),
        "content": content,
        "notice": record.notice,
        "is_yes": is_yes,
        "was_asked": describe_question(entry, is_of_several=bool(others)),
        "text_title": _("The text that was shown") if others else _("The text you were shown"),
        "now": str(standing.label),
        "stands": standing == CurrentState.STANDS,
        "newer": standing in (CurrentState.YES_AGAIN, CurrentState.YES_SINCE),
        "until": last.lasts_until,
        "categories": list_agreed_categories(record, record.notice),
        "kept": content["retention"],
        "storage": [countries.get_country_name(code) for code in content["storage"] or [receipt.controller.country]],
        "events": [{"at": event.at, "text": describe_receipt_event(event)} for event in record.events],
        "page": get_issuer(entry).get_path(record),
        "withdraw": record.path,
        "withdraw_word": _("Withdraw consent") if entry.object_type == "choice" else _("Stop access"),
        "controller": receipt.controller,
        "language": get_language_name(content["language"]),
        "entry": receipt.entry.hex(),
        "id": receipt.id,
        "record": record.id,
        "is_sealed": proofs.is_sealed(entry),
    }


def describe_outcome(entry: Entry, others: Mapping[str, str]) -> str:
    issuer = get_issuer(entry)
    if others and (joint := issuer.describe_joint(entry)) and issuer.list_earlier_yeses(entry):
        return joint
    return issuer.describe(entry, others.get(entry.actor, ""))


def list_yeses(entry: Entry, others: Mapping[str, str]) -> list[dict[str, Any]]:
    """List who of the holders of a shared account agreed, and when; empty where one yes was enough."""
    earlier = get_issuer(entry).list_earlier_yeses(entry) if others else []
    yeses = [*earlier, entry] if earlier else []
    return [{"who": capfirst(others.get(yes.actor) or _("You")), "at": yes.occurred_at} for yes in yeses]


def name_customer(customer: Customer, spoken_name: str) -> str:
    """Name whose receipt it is: by the company's number, and as a representative calls them."""
    number = (
        _("Customer number %(number)s") % {"number": customer.reference} if customer.reference else str(customer.pk)
    )
    return f"{spoken_name}, {number}" if spoken_name else number


def describe_question(entry: Entry, *, is_of_several: bool) -> str:
    """Describe data, recipients and storage of a receipt that is no yes, so that they do not read as allowed."""
    no, ended = _("What you were asked, and did not agree to"), _("What you had agreed to, until it ended")
    if is_of_several:
        no, ended = _("What was asked for, and not agreed to"), _("What had been agreed to, until it ended")
    titles = {OutcomeGroup.AGREED: "", OutcomeGroup.SAID_NO: no, OutcomeGroup.ENDED: ended}
    return titles[get_issuer(entry).outcomes[entry.outcome]]


def describe_receipt_event(event: Event) -> str:
    return {
        "ConsentRequested": _("You were asked."),
        "ConsentRequestDeferred": _("Put off: a no for now."),
        "ConsentRefused": _("Consent was refused."),
        "ConsentGiven": _("Consent was given."),
        "RenewedConsentGiven": _("Consent was given again."),
        "ConsentWithdrawn": _("Consent was withdrawn."),
        "ConsentRevoked": _("Ended by us."),
        "ConsentExpired": _("Ended: its time was over."),
        "ConsentInvalidated": _("Found invalid."),
    }[event.status]


class Verdict(NamedTuple):
    """The verdict on a verified text, in sentences. `facts` come from the text."""

    proves: str
    proves_not: str
    in_force: str
    facts: list[tuple[str, str]]


def judge_receipt(receipt: VerifiedReceipt, now: datetime) -> Verdict:
    facts = {"company": receipt.company, "date": keep_counts(describe_moment(receipt.at)), "name": receipt.name}
    return Verdict(
        proves=describe_proof(receipt.status) % facts,
        proves_not=_("It does not prove who the customer is, or that nothing has changed since."),
        in_force=describe_force(issuing.find_verified_entry(receipt), now),
        facts=list_receipt_facts(receipt),
    )


def describe_not_genuine(refusal: signing.NotGenuine) -> dict[str, str]:
    """Say what a text is that is no genuine receipt, and why; the title names which of the three it is."""
    if isinstance(refusal, signing.WrongSignature):
        title = _("This receipt was changed, or we did not sign it")
    elif isinstance(refusal, (signing.UnknownKey, signing.WithdrawnKey)):
        title = _("This receipt has no key that counts")
    else:
        title = _("This is not a signed receipt")
    return {"title": title, "why": str(refusal)}


def describe_proof(status: str) -> str:
    """Return one whole sentence for each status, so that each can be translated as a whole."""
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


def describe_moment(at: datetime) -> str:
    return f"{format_local_moment(at)} {localtime(at).tzname()}"


def describe_force(entry: Entry | None, now: datetime) -> str:
    if entry is None:
        return _("We signed this receipt, but our journal has no record of it. Please tell us.")
    return {
        CurrentState.STANDS: _("In force now: yes, this consent stands."),
        CurrentState.ENDED: _("In force now: no, nothing is allowed by it."),
        CurrentState.YES_AGAIN: _(
            "In force now: no, this consent ended. It was given again since: see the newest receipt."
        ),
        CurrentState.NO: _("In force now: no, nothing is allowed by it."),
        CurrentState.YES_SINCE: _("This receipt allows nothing. Consent was given since: see the newest receipt."),
    }[issuing.find_current_state(entry, now)]


def list_receipt_facts(receipt: VerifiedReceipt) -> list[tuple[str, str]]:
    process = receipt.record["dpv:hasProcess"][-1]
    notice = receipt.record["dpv:hasNotice"][-1]
    data = ", ".join(str(category.get("dct:title", "")) for category in process["dpv:hasPersonalData"])
    words = {"number": notice["schema:version"], "language": get_language_name(notice["dct:language"])}
    return [
        (_("Receipt"), receipt.number),
        (_("Data"), data),
        (_("Text shown"), _("version %(number)s, in %(language)s") % words),
        (_("Customer, by pseudonym"), str(receipt.customer)),
        (_("Signed by"), f"{receipt.company} ({receipt.portal})"),
    ]


def get_language_name(code: str) -> str:
    """Name a language in the reader's language, as within a sentence; return an unknown code itself."""
    try:
        return Locale.parse(to_locale(code)).get_display_name(to_locale(get_language() or "")) or code
    except (UnknownLocaleError, ValueError):
        return code
