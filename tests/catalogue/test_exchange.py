"""The catalogue as a file: a round trip changes nothing, and every fault is told with its line."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from consents.catalogue import selectors
from consents.catalogue.exchange.exporting import collect_catalogue, format_length, import_catalogue, write_catalogue
from consents.catalogue.exchange.parsing import parse_catalogue, parse_length
from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Recipient
from consents.catalogue.services import categories, publishing, versions
from consents.catalogue.staff.purpose_admin import Change, compare_versions, split_pieces
from consents.core.refusals import Refusal
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ops.demo.company import FILE
from consents.people.models import Role
from tests.world.cast import make_next_version, make_recipient, make_staff, signed_in
from tests.world.ground import empty_tables
from tests.world.retirements import retire

DEMO = FILE.read_text(encoding="utf-8")


def exported() -> str:
    return write_catalogue(collect_catalogue()[0])


def imported(text: str, officer=None):
    return import_catalogue(parse_catalogue(text), officer, PORTAL)


def without(text: str, *parts: str) -> str:
    for part in parts:
        assert part in text
        text = text.replace(part, "", 1)
    return text


def swapped(old: str, new: str) -> str:
    assert old in DEMO
    return DEMO.replace(old, new, 1)


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "catalogue.yaml"


def test_export_import_export_is_equal(db, file):
    imported(DEMO)
    call_command("catalogue", "export", file)
    first = file.read_text(encoding="utf-8")
    assert parse_catalogue(first) == parse_catalogue(DEMO)

    assert write_catalogue(parse_catalogue(first)) == first == exported()


def test_an_exported_catalogue_imports_into_an_empty_portal(real_world, file):
    """The whole way: published here, drafted there, the same file again."""
    first = exported()
    empty_tables()
    assert exported() != first

    imported(first)

    assert exported() == first
    assert not PurposeVersion.objects.filter(published_at__isnull=False).exists()


def test_importing_twice_drafts_nothing_new(db):
    assert len(imported(DEMO).drafted) == 5 + 4 + 12
    entries = Entry.objects.count()

    again = imported(DEMO)

    assert again.drafted == [] and again.unchanged == 21
    assert Entry.objects.count() == entries


def test_other_words_become_the_next_draft(world):
    text = exported().replace("We only look at what you allow.", "We look at nothing else.", 1)

    assert imported(text, world.pia.user).drafted == ["support"]

    draft = PurposeVersion.objects.get(purpose__code="support", number=2)
    assert draft.drafted_by == world.pia.user and not draft.published_at
    assert exported() != text  # what is in force stays what is exported


def test_what_is_published_is_not_imported_over(world):
    text = exported().replace("title: Orders", "title: Other", 1)

    with pytest.raises(Refusal, match="“orders” is already published with different content"):
        imported(text)


def test_all_of_a_file_or_nothing(world):
    text = exported().replace("title: Orders", "title: Other", 1).replace("  contact:\n", "  brandnew:\n", 1)

    with pytest.raises(Refusal):
        imported(text.replace("- contact", "- brandnew"))

    assert not Category.objects.filter(code="brandnew").exists()


def test_a_draft_that_nobody_answers_for_is_not_published(db):
    imported(DEMO)
    officer = make_staff("pia@example.com", Role.PRIVACY_OFFICER, "Privacy", "Pia").user
    for category in Category.objects.all():
        categories.publish_category(category=category, by=PORTAL)

    with pytest.raises(Refusal, match="No officer is responsible for this draft"):
        publishing.publish_version(
            version=PurposeVersion.objects.first(), officer=officer, by=Actor("staff", str(officer.pk))
        )


def test_drafts_that_are_not_whole_are_left_out_and_named(world, capsys, file):
    half = Category(code="half", words={"en": {"title": "Half"}})
    categories.save_category(category=half, fields=[], by=PORTAL)

    call_command("catalogue", "export", file)

    assert "Left out, not written in every language yet: half." in capsys.readouterr().err
    assert "half" not in file.read_text(encoding="utf-8")


def test_a_length_that_is_no_whole_number_of_minutes_is_written_in_whole_ones():
    assert format_length(timedelta(seconds=150)) == "2 minutes"
    assert parse_length("2 minutes") == timedelta(seconds=120)


def test_a_retired_purpose_is_not_exported(world):
    retire(world.purpose)

    assert "support" not in exported()


def test_what_is_in_force_is_exported_not_what_came_before(world):
    make_next_version(world.purpose, world.pia.user, material=False)

    assert [version.number for version in selectors.list_current_or_drafts()] == [2]


FAULTS = {
    "not a known personal-data term": (
        swapped("term: pd:Communication", "term: pd:Comunication"),
        r"Line 43, categories → support → term: “pd:Comunication” is not known here. Did you mean “pd:Communication”\?",
    ),
    "not a known purpose term": (
        swapped("dpv_purpose: dpv:DirectMarketing", "dpv_purpose: dpv:Spam"),
        r"Line \d+, purposes → send-offers → dpv_purpose: “dpv:Spam” is not known here.",
    ),
    "a term of the other list": (swapped("term: pd:Contact", "term: dpv:Marketing"), "→ contact → term: “dpv:Market"),
    "no such legal basis": (swapped("legal_basis: A6-1-b", "legal_basis: A6-1-g"), "deliver-orders → legal_basis"),
    "a language missing in a notice": (
        without(DEMO, DEMO[DEMO.index("      es:\n        name: Responder") : DEMO.index("  check-fraud:\n")]),
        r"Line \d+, purposes → answer-question → notices: a language is missing: es\.",
    ),
    "a language missing in a label": (
        swapped("{en: Name, de: Name, es: Nombre}", "{en: Name, de: Name}"),
        "fields → 1 → labels: a language is missing: es",
    ),
    "an unknown language": (swapped("{en: Name, de: Name,", "{en: Name, fr: Nom,"), "labels → fr: “fr” is not known"),
    "an empty word": (
        swapped("name: Recommend products", "name: ''"),
        "recommend-products → notices → en → name: it is empty",
    ),
    "a key twice": (
        DEMO.replace("  orders:\n    term", "  contact:\n    term", 1),
        r"Line 24, categories → contact: it appears twice, first on line 5\.",
    ),
    "a key twice inside": (swapped("    sale: false\n", "    sale: false\n    sale: true\n"), "→ sale: it appears tw"),
    "a field twice": (
        swapped("{key: email, labels: {en: Email", "{key: name, labels: {en: Email"),
        "→ 2 → key: it appears tw",
    ),
    "a category that is not there": (
        swapped("categories: [orders]", "categories: [ordrs]"),
        "recommend-products → categories → 1: “ordrs” is not known here. Did you mean “orders”",
    ),
    "a category twice": (swapped("categories: [orders]", "categories: [orders, orders]"), "→ 2: it appears twice"),
    "an unknown fact": (
        swapped("    sale: true\n", "    sale: true\n    price: 3\n"),
        "share-for-ads → price: “price” is",
    ),
    "a fact missing": (without(DEMO, "    sale: true\n"), "share-for-ads: “sale” is missing"),
    "a bad flag": (swapped("sale: true", "sale: yes"), "sale: “yes” is not known"),
    "a bad length": (swapped("answer_within: 7 days", "answer_within: a week"), "answer_within: a length is a number"),
    "too long an answer time": (swapped("answer_within: 7 days", "answer_within: 31 days"), "too short or too long"),
    "no months": (swapped("consent_months: 24", "consent_months: 0"), "consent_months: zero is not a length"),
    "many months": (swapped("consent_months: 24", "consent_months: 99999"), "whole number of at most 1200"),
    "half months": (swapped("consent_months: 24", "consent_months: 1.5"), "a whole number"),
    "no country": (swapped("storage: [IE, US]", "storage: [IE, Mars]"), "storage → 2: it is longer than 2"),
    "a small country": (swapped("storage: [IE, US]", "storage: [ie]"), "two capital letters"),
    "nothing that protects it abroad": (
        without(DEMO, "    safeguard: A46-2-c\n"),
        "recipients → outdoor-ads → country: This country is outside the European Economic Area",
    ),
    "protected where the law protects": (
        swapped("country: IE\n", "country: IE\n    safeguard: A45-3\n"),
        "northway → safeguard: Inside the European Economic Area",
    ),
    "an unknown safeguard": (swapped("safeguard: A46-2-c", "safeguard: A46-2-z"), "safeguard: “A46-2-z” is not known"),
    "not our own country": (swapped("safeguard: A46-2-c", "safeguard: own-country"), "not the company’s own country"),
    "an odd code": (swapped("  send-offers:", "  Send Offers:"), "a code is made of small letters"),
    "special, not sensitive": (swapped("sensitive: true", "sensitive: false"), "a special category is sensitive too"),
    "a list for a mapping": (swapped("{en: Name, de: Name, es: Nombre}", "[Name]"), "expected names"),
    "a mapping for a list": (swapped("storage: [IE, US]", "storage: {IE: 1}"), "expected a list"),
    "a list for a name": (swapped("{en: Name,", "{[en]: Name,"), "a name is plain text"),
    "a mapping for text": (swapped("name: Recommend products", "name: {a: b}"), "expected text"),
    "another format": (swapped("format: 1", "format: 2"), "this portal reads format 1"),
    "an alias": (swapped("storage: [IE, US]", "storage: &here [IE, US]"), "anchors and aliases"),
    "a tag": (swapped("sale: true", "sale: !!python/object:os.system x"), "tags .* are not allowed"),
    "no YAML": ("format: [1", r"Line \d+: this is not YAML"),
    "a tab": ("format:\t\t- 1\n\t- 2", "this is not YAML"),
    "a control character": ("format: \x07", "not YAML"),
    "half a letter": ("format: \ud800", "not YAML"),
    "two documents": ("format: 1\n---\nformat: 1\n", "not YAML"),
    "nothing": ("", "The file is empty"),
    "a word": ("catalogue", "expected names"),
    "a number": ("3", "expected names"),
    "deep nesting": ("[" * 500, "nested too deeply"),
    "bottomless nesting": ("[" * 5000, "nested too deeply|maximum nesting depth"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_file_is_refused_with_its_place(name):
    text, sentence = FAULTS[name]

    with pytest.raises(Refusal, match=sentence):
        parse_catalogue(text)


def test_the_country_code_no_is_not_read_as_false():
    catalogue = parse_catalogue(swapped("storage: [IE, US]", "storage: [NO]"))

    assert catalogue["purposes"]["share-for-ads"]["storage"] == ["NO"]
    assert parse_catalogue(write_catalogue(catalogue)) == catalogue


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\xff\xfe", "not UTF-8"), (b"x" * (5 * 1024 * 1024 + 1), "larger than a catalogue"), (b"format: 1", "missing")],
    ids=["bytes", "large", "unfinished"],
)
def test_the_command_refuses_in_one_sentence(db, file, content, sentence):
    file.write_bytes(content)

    with pytest.raises(CommandError, match=sentence):
        call_command("catalogue", "import", file)


def test_the_command_tells_a_missing_file_and_a_stranger(world, tmp_path, file):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("catalogue", "import", tmp_path / "none.yaml")
    file.write_text(DEMO)
    for email in ("sam@example.com", "nobody@example.com"):
        with pytest.raises(CommandError, match="is no privacy officer"):
            call_command("catalogue", "import", file, "--by", email)


def test_the_command_imports_and_checks(db, file, capsys):
    officer = make_staff("pia@example.com", Role.PRIVACY_OFFICER, "Privacy", "Pia").user
    file.write_text(DEMO)
    call_command("catalogue", "import", file, "--check")
    assert not Recipient.objects.exists()

    call_command("catalogue", "import", file, "--by", "pia@example.com")

    assert Recipient.objects.count() == 4 and Purpose.objects.count() == 12
    assert set(PurposeVersion.objects.values_list("drafted_by", flat=True)) == {officer.pk}
    assert "Unchanged: 0." in capsys.readouterr().out


def test_it_names_the_country_to_readers_and_keeps_the_code_for_writers(world):
    recipient = make_recipient("carrier", country="IE")
    path = f"/admin/catalogue/recipient/{recipient.pk}/change/"

    read = signed_in(world.otto.user).get(path).text
    written = signed_in(world.pia.user).get(path).text

    assert '<div class="readonly">Ireland</div>' in read and ">IE<" not in read
    assert 'name="country" value="IE"' in written and "Ireland" not in written


@pytest.fixture
def draft(world):
    return versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)


def found(version: PurposeVersion) -> list[Change]:
    version = PurposeVersion.objects.get(pk=version.pk)
    return compare_versions(selectors.find_version_before(version), version)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("We look.", "We look.", [("same", "We look.")]),
        ("We look.", "We look twice.", [("same", "We"), ("gone", "look."), ("new", "look twice.")]),
        ("", "All new.", [("new", "All new.")]),
        ("All gone.", "", [("gone", "All gone.")]),
        ("a b c d", "a x c d", [("same", "a"), ("gone", "b"), ("new", "x"), ("same", "c d")]),
        ("a b", "a  b", [("same", "a b")]),
    ],
    ids=["same", "one more word", "from nothing", "to nothing", "in the middle", "only space"],
)
def test_a_difference_is_shown_word_by_word(before, after, told):
    assert split_pieces(before, after) == told


def test_a_copy_is_no_different(draft):
    assert found(draft) == []


def test_it_tells_words_by_language_and_facts_once(world, draft):
    Notice.objects.filter(version=draft, language="de").update(text="Wir sehen nur, was Sie erlauben.")
    PurposeVersion.objects.filter(pk=draft.pk).update(consent_months=6, storage=["IE", "US"], sale=True)
    draft.recipients.add(make_recipient("buyer", name="Buyer Ltd", kind="dpv:ThirdParty"))
    draft.categories.remove(world.categories["health"])

    changes = {(change.language, change.what): change.pieces for change in found(draft)}

    assert changes[("", "consent lasts, in months")] == [("gone", "12"), ("new", "6"), ("same", "months")]
    assert changes[("", "stored in")][-1] == ("new", "Ireland, United States")
    assert changes[("", "sale or sharing")] == [("gone", "no"), ("new", "yes")]
    assert ("gone", "nobody") in changes[("", "recipients")] and "Buyer" in str(changes[("", "recipients")])
    assert ("gone", "Health notes,") in changes[("", "data categories")]
    assert [key for key in changes if key[0]] == [("de", "text")]


def test_with_nothing_before_all_of_it_is_new(world):
    changes = compare_versions(None, world.version)

    assert all(kind == "new" for change in changes for kind, _text in change.pieces)
    assert {change.language for change in changes} == {"", "en", "de", "es"}
