"""Privacy officers write the catalogue; what is published never changes."""

import re

import pytest
from django.test import Client

from consents.access.models import AccessRequest
from consents.catalogue import selectors
from consents.catalogue.models import Category, Purpose, PurposeVersion, Retirement, Usage
from consents.catalogue.services import versions
from consents.choices.services import answering
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from tests.catalogue.officer_forms import PURPOSES, acting, notices, text, words
from tests.world.cast import ask, make_purpose, signed_in
from tests.world.systems import let_ask

CATEGORIES = "/admin/catalogue/category/"
VERSIONS = "/admin/catalogue/purposeversion/"


def category_form(**changes) -> dict:
    return {
        "title_en": "Deliveries",
        "title_de": "Lieferungen",
        "title_es": "Entregas",
        "code": "deliveries",
        "term": "pd:Transactional",
        "order": "5",
        "fields-TOTAL_FORMS": "1",
        "fields-INITIAL_FORMS": "0",
        "fields-0-key": "parcel",
        "fields-0-label_en": "Parcel number",
        "fields-0-label_de": "Paketnummer",
        "fields-0-label_es": "Número de paquete",
        "fields-0-order": "1",
    } | changes


@pytest.fixture
def pia(world) -> Client:
    return signed_in(world.pia.user)


@pytest.mark.parametrize("address", [CATEGORIES, PURPOSES, VERSIONS])
def test_compliance_officers_read_and_requesters_do_not(world, address):
    otto, sam = signed_in(world.otto.user), signed_in(world.sam.user)

    assert otto.get(address).status_code == 200 and otto.get(f"{address}add/").status_code == 403
    assert sam.get(address).status_code == 403


def test_a_category_is_drafted_with_its_fields_and_an_entry(pia):
    pia.post(f"{CATEGORIES}add/", category_form())

    category = Category.objects.get(code="deliveries")
    assert not category.published and category.fields.get().label == "Parcel number"
    entry = Entry.objects.get(event="category.drafted", outcome="deliveries")
    assert entry.actor_kind == "staff" and entry.facts["fields"] == ["parcel"]


def test_a_category_is_published_after_asking_once_more(pia):
    pia.post(f"{CATEGORIES}add/", category_form())
    category = Category.objects.get(code="deliveries")
    address = f"{CATEGORIES}{category.pk}/change/"

    assert "Publish this kind of data?" in text(pia.post(address, acting("publish", category), follow=True))
    pia.post(address, acting("publish", category, confirm="1"))

    category.refresh_from_db()
    assert category.published


def test_a_published_category_is_read_only(pia, world):
    orders = world.categories["orders"]

    response = pia.post(f"{CATEGORIES}{orders.pk}/change/", category_form(title_en="Other"))

    assert response.status_code == 403
    assert Category.objects.get(pk=orders.pk).title == "Orders"


def test_a_published_category_is_read_in_every_language(pia):
    pia.post(f"{CATEGORIES}add/", category_form())
    category = Category.objects.get(code="deliveries")
    pia.post(f"{CATEGORIES}{category.pk}/change/", acting("publish", category, confirm="1"))

    page = text(pia.get(f"{CATEGORIES}{category.pk}/change/"))

    for word in ("English: Deliveries", "Deutsch: Lieferungen", "Español: Entregas", "Deutsch: Paketnummer"):
        assert word in page
    assert "None" not in page


@pytest.mark.parametrize("part", ["title_es", "fields-0-label_de", "term"])
def test_a_category_without_all_of_its_words_is_not_published(pia, part):
    pia.post(f"{CATEGORIES}add/", category_form(**{part: ""}))
    category = Category.objects.get(code="deliveries")

    page = text(pia.post(f"{CATEGORIES}{category.pk}/change/", acting("publish", category, confirm="1"), follow=True))

    assert "missing in this language" in page or "Choose what this kind of data is" in page
    assert not Category.objects.get(pk=category.pk).published


def test_a_special_category_is_sensitive(pia):
    pia.post(f"{CATEGORIES}add/", category_form(special="on"))

    assert Category.objects.get(code="deliveries").sensitive


def test_a_purpose_is_drafted_with_lengths_in_words(pia):
    page = text(pia.get(f"{PURPOSES}add/"))
    assert '<option value="7200" selected>2 hours</option>' in page

    form = {"code": "deliveries", "usage": "both", "answer_within": "86400", "access_default": "3600"}
    pia.post(f"{PURPOSES}add/", form | {"access_most": "7200"})

    assert Purpose.objects.get(code="deliveries").access_default.total_seconds() == 3600
    assert Entry.objects.get(event="purpose.drafted", purpose="deliveries")
    # Customers read of a purpose only in a version that is in force.
    shown = re.findall(r'<span class="state state-(\w+)">([^<]+)', pia.get(PURPOSES).text)
    assert ("wait", "No version in force") in shown and ("yes", "In use") in shown


@pytest.mark.parametrize(
    "changes",
    [
        {"access_default": "86400"},
        {"access_most": "999999999"},
        {"answer_within": "1"},
        {"code": "a b"},
        {"code": "\0"},
    ],
)
def test_an_odd_purpose_gets_a_sentence(pia, changes):
    form = {"code": "x", "usage": "both", "answer_within": "86400", "access_default": "3600", "access_most": "7200"}

    response = pia.post(f"{PURPOSES}add/", form | changes)

    assert response.status_code == 200 and "errorlist" in text(response)
    assert not Purpose.objects.filter(code="x").exists()


def test_the_first_version_of_a_purpose_is_written_anew(pia, world):
    purpose = versions.save_purpose(purpose=Purpose(code="deliveries"), by=PORTAL)
    to_new = pia.post(f"{PURPOSES}{purpose.pk}/change/", acting("new_version", purpose))

    pia.post(to_new.url, words(purpose, world.categories["orders"]) | notices())

    version = PurposeVersion.objects.get(purpose=purpose)
    assert version.number == 1 and list(version.categories.all()) == [world.categories["orders"]]
    assert Entry.objects.get(event="purpose_version.drafted", purpose="deliveries")


def test_the_form_for_a_version_says_why_it_offers_no_data(pia, monkeypatch):
    missing = "No data category is published yet."
    assert missing not in text(pia.get(f"{VERSIONS}add/"))
    monkeypatch.setattr(selectors, "select_published_categories", Category.objects.none)
    assert missing in text(pia.get(f"{VERSIONS}add/"))


def test_the_next_version_begins_as_a_copy(pia, world):
    response = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose))

    draft = PurposeVersion.objects.get(purpose=world.purpose, number=2)
    assert str(draft.pk) in response.url and draft.name == world.version.name
    assert pia.get(response.url).status_code == 200


def test_a_draft_is_changed_and_published(pia, world):
    address = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url
    draft = PurposeVersion.objects.get(number=2)
    pia.post(address, words(world.purpose, world.categories["orders"]) | notices(draft.notices.all()))

    quinn = signed_in(world.quinn.user)
    page = text(quinn.post(address, acting("publish", draft), follow=True))
    assert "Customers read “Check a delivery” from now on, as version 2." in page
    page = text(quinn.post(address, acting("publish", draft, confirm="1"), follow=True))
    assert "The version is published and in force." in page

    draft.refresh_from_db()
    assert draft.published_by == world.quinn.user and draft.drafted_by == world.pia.user
    assert draft.name == "Check a delivery" and draft.storage == ["DE", "IE"]


def test_publishing_saves_first_what_was_typed(pia, world):
    address = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url
    draft = PurposeVersion.objects.get(number=2)
    pages = [text(client.get(address)) for client in (pia, signed_in(world.quinn.user))]

    typed = words(world.purpose, world.categories["orders"]) | notices(draft.notices.all())
    told = text(pia.post(address, typed | {"_next": "publish"}, follow=True))

    draft.refresh_from_db()
    # Who wrote it, and may not publish it, is offered no button that refuses.
    offered = 'form="purposeversion_form" name="_next" value="publish"'
    assert [offered in page for page in pages] == [False, True]
    assert draft.name == "Check a delivery" and not draft.published_at
    assert "You wrote some of this version" in told


def test_who_publishes_without_a_change_writes_nothing(pia, world):
    address = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url
    draft = PurposeVersion.objects.get(number=2)
    typed = words(world.purpose, world.categories["orders"]) | notices(draft.notices.all())
    pia.post(address, typed)
    draft.refresh_from_db()
    quinn = signed_in(world.quinn.user)
    written = words(world.purpose, world.categories["orders"]) | notices(draft.notices.all())

    led_to = quinn.post(address, written | {"_next": "publish"})

    assert led_to.url.endswith("/act/publish/") and "Publish this version?" in text(quinn.get(led_to.url))
    assert list(draft.writers.all()) == [world.pia.user]


def test_publishing_says_who_must_be_asked_again(pia, world):
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    address = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url

    draft = PurposeVersion.objects.get(number=2)
    pages = [pia.get(address), signed_in(world.quinn.user).post(address, acting("publish", draft), follow=True)]

    assert ["1 customer must be asked again." in text(page) for page in pages] == [True, True]


def test_the_writer_reads_at_once_why_another_must_publish(pia, world):
    address = pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url
    draft = PurposeVersion.objects.get(number=2)
    assert "You wrote some of this version" in text(pia.get(address))
    assert "You wrote some of this version" not in text(signed_in(world.quinn.user).get(address))

    for more in ({}, {"confirm": "1"}):
        page = text(pia.post(address, acting("publish", draft, **more), follow=True))
        assert "You wrote some of this version" in page
    assert not PurposeVersion.objects.get(pk=draft.pk).published_at


def test_a_published_version_is_read_only(pia, world):
    address = f"{VERSIONS}{world.version.pk}/change/"
    assert "<textarea" not in text(pia.get(address))

    assert pia.post(address, words(world.purpose, world.categories["orders"])).status_code == 403
    assert PurposeVersion.objects.get(pk=world.version.pk).name == "Answer your questions"


def test_a_published_version_is_read_in_words_not_in_codes(pia, world):
    facts = {"storage": ["DE", "IE"]}
    version = make_purpose("ship", "Ship it", [world.categories["contact"]], world.pia.user, Usage.STANDING, **facts)

    page = text(pia.get(f"{VERSIONS}{version.pk}/change/"))

    assert "Germany, Ireland" in page and "Deutsch" in page
    assert not re.search(r"readonly[^<]*>\s*(\[|en<|de<|es<)", page)


def test_asking_to_retire_says_what_would_end_and_ends_nothing(pia, world):
    request = ask(world, "orders")
    address = f"{PURPOSES}{world.purpose.pk}/change/"

    page = text(pia.post(address, acting("retire", world.purpose), follow=True))
    assert "1 unanswered request ends." in page and "running access" not in page
    pia.post(address, acting("retire", world.purpose, confirm="1"))

    assert AccessRequest.objects.get(pk=request.pk).state == "pending"
    assert Retirement.objects.get().proposed_by == world.pia.user
    assert Purpose.objects.get(pk=world.purpose.pk).retired_at is None


def test_compliance_officers_cannot_act(world):
    signed_in(world.otto.user).post(
        f"{PURPOSES}{world.purpose.pk}/change/", acting("retire", world.purpose, confirm="1")
    )

    assert not Retirement.objects.exists()


@pytest.mark.parametrize("address", [CATEGORIES, PURPOSES, VERSIONS])
def test_nothing_is_deleted(pia, world, address):
    for id in (world.purpose.pk, world.version.pk, world.categories["orders"].pk):
        assert pia.post(f"{address}{id}/delete/", {"post": "yes"}).status_code in (403, 404)
    assert Purpose.objects.count() == 1 and Category.objects.count() == 3


@pytest.mark.parametrize("officer", ["pia", "otto"])
def test_officers_read_which_systems_may_ask(world, settings, officer):
    let_ask(settings, "support")
    client, support = signed_in(getattr(world, officer).user), Purpose.objects.get(code="support")

    page = text(client.get(f"{PURPOSES}{support.pk}/change/"))

    assert "Systems that may ask" in page and "newsletter" in page


@pytest.mark.parametrize("id", ["0", "999999", "x", "99999999999999999999999", "_00"])
def test_an_unknown_record_is_not_found(pia, id):
    for address in (CATEGORIES, PURPOSES, VERSIONS):
        assert pia.get(f"{address}{id}/change/").status_code == 404


def test_no_month_at_all_is_refused_at_its_field_and_in_words(world):
    """The database has a rule for it, too, whose name says nothing to an officer."""
    form = words(world.version.purpose, consent_months="0", retention_months="0") | notices()
    page = text(signed_in(world.pia.user).post(f"{VERSIONS}add/", form))

    assert page.count("greater than or equal to 1") >= 2 and "months_count" not in page
