"""A receipt as a document for people (PDF): whose it is, what was decided, and a QR code of the page that checks it.

It is not the proof: the signed text is, and lies inside the document as an attachment.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from consents.choices.receipts import presenting
from consents.choices.receipts.parts import Receipt
from consents.core.paper import Paper
from consents.ledger.models import Entry
from consents.people.models import Customer


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
    shown = presenting.build_receipt_context(entry, receipt, now, others)
    paper = Paper(str(shown["word"]), shown["at"], receipt.controller.name)
    paper.write_lines(shown["content"]["name"], size=14)
    paper.write_lines(
        _("On %(moment)s: %(state)s") % {"moment": presenting.describe_moment(now), "state": shown["now"]}
    )
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
        (_("When"), presenting.describe_moment(receipt.at)),
        (_("Who signed this"), f"{controller.name}, {controller.address}, {controller.contact}"),
    ]


def list_asked_facts(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """List what was asked for or agreed to."""
    titles = ", ".join(category["title"] for category in shown["categories"])
    recipients = "; ".join(f"{one['name']}, {one['address']}" for one in shown["content"]["recipients"])
    nobody = _("No one outside %(company)s") % {"company": settings.PORTAL_COMPANY}
    yeses = [f"{yes['who']}, {presenting.describe_moment(yes['at'])}" for yes in shown["yeses"]]
    return [
        (_("Who agreed"), "\n".join(yeses)),
        (_("Who asked"), shown["asker"]),
        (_("Data"), titles),
        (_("Who gets it"), recipients or nobody),
        (_("Until"), presenting.describe_moment(shown["until"]) if shown["until"] and shown["is_yes"] else ""),
        (_("How long it is kept"), str(shown["kept"])),
    ]
