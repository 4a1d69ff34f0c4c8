"""What is refused at publication, each with a sentence that says what to do."""

import re

import pytest
from django.utils import timezone
from django.utils.translation import override

from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion
from consents.catalogue.rules import find_joining_word
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.services.versions import AlreadyPublished
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role
from tests.catalogue.officer_forms import PURPOSES, acting, notices, text, words
from tests.forms import forms_on
from tests.world.cast import make_category, make_purpose, make_recipient, make_staff, signed_in
from tests.world.retirements import retire


@pytest.fixture
def draft(world):
    return versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)


def publish(world, version) -> PurposeVersion:
    return publishing.publish_version(version=version, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))


def refused(world, version) -> str:
    with pytest.raises(Refusal) as refusal:
        publish(world, version)
    assert not PurposeVersion.objects.get(pk=version.pk).published_at
    assert not Entry.objects.filter(event="purpose_version.published", object=str(version.pk)).exists()
    return str(refusal.value)


@pytest.mark.parametrize(("language", "name"), [("en", "English"), ("de", "Deutsch"), ("es", "Español")])
def test_a_version_with_a_missing_language_is_not_published(world, draft, language, name):
    Notice.objects.filter(version=draft, language=language).delete()

    assert refused(world, draft) == f"The text is missing in this language: {name}."


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("name", "name"),
        ("sentence", "sentence"),
        ("text", "text"),
        ("if_no", "if the customer says no"),
        ("retention", "how long it is kept"),
    ],
)
def test_a_version_with_a_missing_text_is_not_published(world, draft, word, label):
    Notice.objects.filter(version=draft, language="de").update(**{word: " "})

    assert refused(world, draft) == f"Something is missing in this language: Deutsch. Write: {label}."


def test_without_consent_it_must_say_where_to_object(world, draft):
    PurposeVersion.objects.filter(pk=draft.pk).update(legal_basis="A6-1-b")
    draft.categories.set([world.categories["contact"]])
    Notice.objects.filter(version=draft, language="es").update(objection="", if_no="")
    assert refused(world, draft) == "Something is missing in this language: Español. Write: where to object."

    Notice.objects.filter(version=draft, language="es").update(objection="Escríbanos.")
    assert publish(world, draft).published_at


def test_a_text_that_is_hard_to_read(world, draft):
    hard = "Processing is conducted exclusively on the basis of applicable statutory provisions. Yes. "
    Notice.objects.filter(version=draft, language="en").update(text=hard * 5)

    sentence = refused(world, draft)

    assert sentence.startswith("The text in this language is too hard to read: English (")
    assert "begin with this one: “Processing is conducted exclusively" in sentence


def test_the_reading_level_is_a_setting(world, draft, settings):
    settings.PORTAL_READING_EASE = 101
    assert "at least 101 is needed" in refused(world, draft)

    settings.PORTAL_READING_EASE = 0
    assert publish(world, draft).published_at


@pytest.mark.parametrize(
    ("language", "name", "word"),
    [
        ("en", "Answer you and show you ads", "and"),
        ("en", "Answer you / show ads", "/"),
        ("en", "Mail & post", "&"),
        ("de", "Ihnen antworten und werben", "und"),
        ("es", "Responder y anunciar", "y"),
        ("es", "Informar e invitar", "e"),
    ],
)
def test_a_bundle_of_two_purposes(world, draft, language, name, word):
    Notice.objects.filter(version=draft, language=language).update(name=name)

    assert refused(world, draft).startswith(f"“{name}” joins two things with “{word}”.")


@pytest.mark.parametrize(
    ("name", "language"),
    [("Hand over the island", "en"), ("Handwerker bestellen", "de"), ("Yogur para usted", "es"), ("y", "fr")],
)
def test_letters_inside_words_join_nothing(name, language):
    assert find_joining_word(name, language) == ""


def test_a_special_category_without_consent(world):
    notes = make_category("notes", "Notes", "note", sensitive=True, special=True)

    with pytest.raises(Refusal, match="needs explicit consent"):
        make_purpose("care", "Care for you", [notes], world.pia.user, legal_basis="A6-1-f")


def test_consent_to_a_special_category_is_explicit(world):
    notes = make_category("notes", "Notes", "note", sensitive=True, special=True)

    assert make_purpose("care", "Care for you", [notes], world.pia.user).explicit
    assert not world.version.explicit


def test_a_sale_without_a_recipient_is_not_published(world, draft):
    PurposeVersion.objects.filter(pk=draft.pk).update(sale=True)
    assert refused(world, draft) == "This purpose sells or shares data. Say who gets it."

    draft.recipients.add(make_recipient("buyer", kind="dpv:ThirdParty"))
    assert publish(world, draft).published_at


def test_a_version_without_a_dpv_purpose_is_not_published(world, draft):
    PurposeVersion.objects.filter(pk=draft.pk).update(dpv_purpose="")

    assert refused(world, draft) == "Choose what this purpose is in DPV before it is published."


def test_a_category_that_is_not_published(world, draft):
    half = categories.draft_category(code="half", words={}, sensitive=False, fields=[], by=PORTAL)
    draft.categories.add(half)

    assert "each of them published" in refused(world, draft)


def test_a_draft_older_than_the_version_in_force_is_not_published(world, draft):
    newer = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)
    publish(world, newer)

    assert "A newer version of this purpose is already in force" in refused(world, draft)


def test_a_version_of_a_retired_purpose_is_not_published(world, draft):
    retire(world.purpose)

    assert "This purpose is retired" in refused(world, draft)


def test_a_published_version_is_not_drafted_anew(world):
    before, draft = Entry.objects.count(), versions.VersionDraft(world.version, [], [])

    with pytest.raises(AlreadyPublished):
        versions.save_version(draft=draft, officer=world.quinn.user, by=PORTAL)

    assert world.version.categories.exists() and Entry.objects.count() == before


def test_there_is_no_next_version_of_a_purpose_that_has_none(world):
    bare = versions.save_purpose(purpose=Purpose(code="bare"), by=PORTAL)

    with pytest.raises(PurposeVersion.DoesNotExist):
        versions.draft_next_version(purpose=bare, officer=world.quinn.user, by=PORTAL)

    assert not bare.versions.exists()


def test_a_version_counts_as_lost_only_where_its_purpose_is_in_use_and_lacks_it(world, draft):
    published = PurposeVersion.objects.count()
    bare = versions.save_purpose(purpose=Purpose(code="bare"), by=PORTAL)
    old = make_purpose("old", "Look it up", [world.categories["orders"]], world.pia.user).purpose
    retire(old)
    for purpose, number in ((world.purpose, world.version.number), (bare, 1), (old, 2)):
        before = Entry.objects.count()
        publishing.record_lost_version(purpose=purpose, number=number, published_at=timezone.now(), by=PORTAL)
        assert Entry.objects.count() == before

    assert PurposeVersion.objects.count() == published + 1 and not PurposeVersion.objects.filter(lost=True).exists()


def test_an_officer_who_wrote_or_changed_a_version_does_not_publish_it(world, draft):
    with pytest.raises(Refusal, match="You wrote some of this version"):
        publishing.publish_version(version=draft, officer=world.quinn.user, by=Actor("staff", str(world.quinn.pk)))
    versions.save_version(
        draft=versions.VersionDraft(draft, [], draft.categories.all()), officer=world.pia.user, by=PORTAL
    )

    with pytest.raises(Refusal, match="You wrote some of this version"):
        publish(world, draft)
    third = make_staff("rita@example.com", Role.PRIVACY_OFFICER, "Privacy", "Rita")
    assert (
        publishing.publish_version(version=draft, officer=third.user, by=Actor("staff", str(third.pk))).drafted_by
        == world.quinn.user
    )


def test_a_version_reads_in_the_readers_language(world):
    for language, name in {"en": "Help you", "de": "Ihnen helfen", "es": "Ayudarle"}.items():
        draft = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)
        Notice.objects.filter(version=draft, language=language).update(name=name)
        with override(language):
            assert PurposeVersion.objects.get(pk=draft.pk).name == name
    with override("de-AT"):
        assert PurposeVersion.objects.get(pk=world.version.pk).notice.language == "de"
    with override("fr"):
        assert PurposeVersion.objects.get(pk=world.version.pk).notice.language == "en"


def test_words_cost_no_query_where_they_were_fetched(world, django_assert_num_queries):
    version = PurposeVersion.objects.prefetch_related("notices").get(pk=world.version.pk)

    with django_assert_num_queries(0):
        assert version.name and version.notice.text and version.notice.if_no
    with django_assert_num_queries(1):
        version = PurposeVersion(pk=world.version.pk)
        assert version.name and version.notice.retention


@pytest.fixture
def pia(world):
    return signed_in(world.pia.user)


@pytest.fixture
def address(world, pia) -> str:
    """Of a draft that Pia wrote."""
    return pia.post(f"{PURPOSES}{world.purpose.pk}/change/", acting("new_version", world.purpose)).url


def shown_on(response) -> str:
    return re.search(r'name="shown_record" value="(\w+)"', text(response)).group(1)


def test_who_saves_second_is_told_and_keeps_what_they_typed(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    typed = words(world.purpose, world.categories["orders"])
    opened = {"shown_record": shown_on(quinn.get(address))}
    theirs = typed | notices(draft.notices.all(), text="Pia's words.") | {"shown_record": shown_on(pia.get(address))}
    hers = typed | notices(draft.notices.all(), text="Quinn's words.") | opened
    assert pia.post(address, theirs | {"_save": ""}).status_code == 302

    for pressed in ({"_save": ""}, {"_next": "publish"}):
        page = quinn.post(address, hers | pressed)
        assert "This was changed since your page was loaded" in text(page) and "correct the error" not in text(page)
        assert "Quinn&#x27;s words." in text(page)
        assert {notice.text for notice in draft.notices.all()} == {"Pia's words."}

    assert quinn.post(address, hers | {"_save": "", "shown_record": shown_on(page)}).status_code == 302
    assert {notice.text for notice in draft.notices.all()} == {"Quinn's words."}


def test_nobody_publishes_what_was_changed_after_they_read_it(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    asked = shown_on(quinn.get(address.replace("/change/", "/act/publish/")))
    pia.post(address, words(world.purpose, world.categories["orders"]) | notices(draft.notices.all()) | {"_save": ""})

    told = quinn.post(address, acting("publish", draft, confirm="1", shown_record=asked), follow=True)

    assert "the record has changed since your page was loaded" in text(told)
    assert not Entry.objects.filter(event="purpose_version.published", object=str(draft.pk)).exists()
    again = shown_on(quinn.get(address.replace("/change/", "/act/publish/")))
    token = {"token": "6f1b4f0e-3a54-4c0c-9f7f-0d4b5c7f3a11"}
    for _ in range(2):
        done = quinn.post(address, acting("publish", draft, confirm="1", shown_record=again) | token, follow=True)
        assert "The version is published and in force." in text(done)


def test_who_saves_what_was_published_meanwhile_reads_that_it_changed(world, pia, address):
    draft, quinn = PurposeVersion.objects.get(number=2), signed_in(world.quinn.user)
    typed = words(world.purpose, world.categories["orders"]) | notices(draft.notices.all())
    pia.post(address, typed | {"_save": ""})
    opened = shown_on(pia.get(address))
    quinn.post(address, acting("publish", draft, confirm="1"))

    told = pia.post(address, typed | {"_save": "", "shown_record": opened}, follow=True)

    assert "the record has changed since your page was loaded" in text(told)


def test_its_title_is_not_written_anew(world):
    category, title = world.categories["orders"], world.categories["orders"].title
    entries = Entry.objects.count()
    category.words = {"en": {"title": "Everything", "description": ""}}

    with pytest.raises(categories.CategoryIsPublished):
        categories.save_category(category=category, fields=[], by=PORTAL)

    assert Category.objects.get(pk=category.pk).title == title
    assert Entry.objects.count() == entries


def test_publishing_it_again_changes_nothing(world):
    before = Entry.objects.count()

    categories.publish_category(category=world.categories["orders"], by=PORTAL)

    assert Entry.objects.count() == before


def test_who_goes_on_to_publish_it_without_a_change_writes_nothing(world):
    words = {code: {"title": "Calls", "description": ""} for code in ("en", "de", "es")}
    draft = categories.draft_category(
        code="calls", words=words, sensitive=False, fields=[], term="pd:Contact", by=PORTAL
    )
    pia, address = signed_in(world.pia.user), f"/admin/catalogue/category/{draft.pk}/change/"
    shown = next(form for form in forms_on(pia.get(address)) if "code" in form.fields)
    before = Entry.objects.count()

    led_to = pia.post(address, dict(shown.fields) | {"term": "pd:Contact", "_next": "publish"})

    assert led_to.url.endswith("/act/publish/") and Entry.objects.count() == before
