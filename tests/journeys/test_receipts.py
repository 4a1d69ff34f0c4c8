"""A customer says yes, takes the receipt away and checks it."""

import json
import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import expect

from consents.catalogue.models import Party, Purpose, PurposeVersion, Recipient, Usage
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.choices.services import answering
from consents.disclosures.services import disclose_records
from consents.ledger.rules import PORTAL, Actor
from tests.choices.receipts.reading import statuses, verified
from tests.journeys.browsing import Clicks
from tests.journeys.opening import open_for, open_scriptless, read_text
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit
from tests.world.cast import LANGUAGES, answer, ask, make_notice
from tests.world.exemptions import by_staff
from tests.world.scene_fixtures import scene

# About 2,000 letters: longer than most notices are.
LONG = "We write to you once a month about what is new in our shop. " * 34


@scene
def world(real_world):
    """Ada agreed to offers: in two kinds of data, which a printer gets."""
    printer = Recipient(
        code="printer", name="Printers & Sons", kind=Party.PROCESSOR, address="2 Quay Street, Dublin",
        contact="hello@printers.example", country="IE",
    )  # fmt: skip
    categories.save_recipient(recipient=printer, by=PORTAL)
    purpose = versions.save_purpose(purpose=Purpose(code="offers", usage=Usage.STANDING), by=PORTAL)
    version = PurposeVersion(purpose=purpose, dpv_purpose="dpv:DirectMarketing", storage=["IE", "DE"])
    notices = [make_notice(language, "Send you offers", text=LONG) for language in LANGUAGES]
    draft = VersionDraft(version, notices, list(real_world.categories.values())[:2], [printer])
    versions.save_version(draft=draft, officer=real_world.quinn.user, by=PORTAL)
    real_world.offers = publishing.publish_version(
        version=version, officer=real_world.pia.user, by=Actor("staff", str(real_world.pia.pk))
    )
    ada = real_world.ada
    answering.give_consent(customer=ada.customer.id, purpose="offers", version=version.pk, by=ada.actor)
    return real_world


@pytest.fixture
def ada(world) -> ScriptlessVisit:
    return open_scriptless(world.ada)


def newest_receipt(one: AnyVisit) -> None:
    one.go("/receipts/")
    one.follow("R-")


def test_she_takes_the_receipt_away_and_checks_it(ada):
    newest_receipt(ada)
    ada.see("This consent is in force now.")
    text = ada.download("Signed receipt")

    ada.follow("Check whether a receipt is genuine")
    ada.fill("The signed receipt", text)
    ada.press("Check")

    ada.see("This receipt is genuine")
    ada.see("In force now: yes")


def test_receipts_and_looks_are_filtered_on_their_page(world, visit, script):
    """With script only the list is fetched; its address is as without."""
    ada = open_for(world.ada, visit, script=script)
    ada.go("/receipts/")
    ada.choose("What happened", "Consent ended")
    ada.press("Show")
    ada.see("No receipts match this filter.")

    grant = answer(world, ask(world, "orders")).grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    ada.go("/activity/")
    ada.fill("Search", "lamp")
    ada.press("Show")
    ada.see("Nothing matches this filter.")
    assert "=lamp" in ada.path


# How the links of a page end on paper.
ENDINGS = "[...document.querySelectorAll('main a[href]')].map(link => getComputedStyle(link, '::after').content)"


def test_it_prints_on_one_sheet_and_no_link_within_the_portal_carries_an_address(world, visit, tmp_path):
    ada = open_for(world.ada, visit)
    newest_receipt(ada)
    pdf = ada.page.pdf(format="A4", path=tmp_path / "receipt.pdf")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1

    ada.go("/trust/")
    ada.page.emulate_media(media="print")
    assert set(ada.page.evaluate(ENDINGS)) == {"none"}


def presses(one: AnyVisit, link: str, button: str) -> int:
    """From the page that shows the purpose; the clicks it took."""
    one.go("/choices/")
    clicks = Clicks(one)
    clicks.link(link, "purpose-offers")
    clicks.button(button)
    return clicks.count


def checked_offline(one: AnyVisit) -> dict:
    """The receipt that is open, downloaded and verified without the portal, by the keys it had published before."""
    published = Client().get("/.well-known/jwks.json").json()
    return verified(one.download("Signed receipt"), published)["receipt"]


def events_on_its_receipt(one: AnyVisit) -> list[str]:
    """Of the act that was done just now: its page links to the receipt."""
    one.follow("Your receipt")
    return statuses(checked_offline(one))


def test_each_act_takes_two_clicks_and_leads_to_a_receipt_that_others_verify(ada, later):
    newest_receipt(ada)
    assert statuses(checked_offline(ada)) == ["ConsentGiven"]

    assert presses(ada, "Withdraw consent", "Withdraw") == 2
    ada.see("You withdrew consent")
    assert events_on_its_receipt(ada) == ["ConsentGiven", "ConsentWithdrawn"]
    ada.see("You withdrew consent")
    ada.see("Consent was given.")
    ada.see("Consent was withdrawn.")
    ada.see("Nothing is allowed by it now.")

    assert presses(ada, "Give consent", "I agree") == 2
    ada.see("You agreed")
    assert events_on_its_receipt(ada)[2:] == ["ConsentGiven"]

    later(timedelta(days=330))
    assert presses(ada, "Renew consent", "I agree") == 2
    ada.see("You agreed")
    assert events_on_its_receipt(ada)[3:] == ["RenewedConsentGiven"]


def test_the_receipt_of_version_1_still_shows_its_words_after_version_2(world, ada):
    newest_receipt(ada)
    receipt, before = ada.path, ada.download("Signed receipt")
    with transaction.atomic():
        draft = versions.draft_next_version(purpose=world.offers.purpose, officer=world.quinn.user, by=PORTAL)
        draft.notices.update(text="We call you each week.")
    publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))
    ada.go("/choices/offers/give/")
    ada.see("We call you each week.")

    ada.go(receipt)

    ada.see("Version 1 of the text, in English.")
    shown = read_text(ada)
    assert LONG.strip() in shown and "We call you each week." not in shown
    assert ada.download("Signed receipt") == before
    (notice,) = checked_offline(ada)["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"]
    assert json.loads(notice["rdf:value"])["text"] == LONG


DROP = """(field, text) => {
    const files = new DataTransfer();
    files.items.add(new File([text], "receipt.jws"));
    field.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def test_a_chosen_or_dropped_file_gets_its_verdict_with_one_more_press(world, visit, tmp_path):
    ada = open_for(world.ada, visit)
    newest_receipt(ada)
    text = ada.download("Signed receipt")
    (tmp_path / "receipt.jws").write_text(text)
    field = ada.page.get_by_label("The signed receipt")
    ada.go("/receipts/verify/")
    ada.page.get_by_label("The file of the receipt").set_input_files(tmp_path / "receipt.jws")
    expect(field).not_to_have_value("")
    ada.press("Check")
    ada.see("This receipt is genuine")

    ada.go("/receipts/verify/")
    field.evaluate(DROP, text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:])
    expect(field).not_to_have_value("")
    ada.press("Check")
    ada.see("This receipt was changed")
