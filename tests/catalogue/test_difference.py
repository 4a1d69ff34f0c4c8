"""What an officer reads of a change before publishing it."""

import pytest

from consents.catalogue import selectors
from consents.catalogue.models import Notice, PurposeVersion
from consents.catalogue.services import versions
from consents.catalogue.staff.purpose_admin import Change, compare_versions, split_pieces
from consents.ledger.rules import PORTAL
from tests.world.cast import make_recipient


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
