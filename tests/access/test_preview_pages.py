"""Officers read a draft as customers will: on the customer's own page, in each language, and nothing is saved."""

import pytest
from django.urls import reverse

from consents.access.models import AccessRequest
from consents.catalogue.models import Notice, Usage
from consents.catalogue.services import publishing, versions
from consents.choices.models import Choice
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from tests.world.cast import make_purpose, signed_in


@pytest.fixture
def draft(world):
    version = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)
    for language, name in {"en": "Help you", "de": "Ihnen helfen", "es": "Ayudarle"}.items():
        Notice.objects.filter(version=version, language=language).update(name=name)
    return version


def seen(client, version, language: str, how: str = "preview") -> str:
    return client.get(reverse(f"admin:access_{how}", args=[version.pk, language])).content.decode()


@pytest.mark.parametrize(("language", "name"), [("en", "Help you"), ("de", "Ihnen helfen"), ("es", "Ayudarle")])
def test_a_preview_is_the_customers_page_in_that_language(world, draft, language, name):
    page = seen(signed_in(world.pia.user), draft, language)

    assert f'<html lang="{language}"' in page
    assert f"<h1>{name}</h1>" in page and "We only look at what you allow." in page
    assert 'value="given"' in page and 'value="refused"' in page


def test_a_preview_is_word_for_word_what_customers_read_later(world, draft):
    """The main part of the page, before and after publication, without tokens and the line above it."""
    officer, customer = signed_in(world.pia.user), signed_in(world.ada.user)
    before = main_of(seen(officer, draft, "en"))

    publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    after = customer.get(reverse("choices:give", args=["support"]), headers={"accept-language": "en"})
    assert main_of(after.content.decode()) == before


def main_of(page: str) -> list[str]:
    lines = page[page.index('<p class="crumb">') : page.index("</main>")].splitlines()
    return [line.strip() for line in lines if line.strip() and 'type="hidden"' not in line]


def test_a_purpose_of_requests_is_read_on_a_request(world):
    asked = make_purpose("ask", "Ask you", [world.categories["contact"]], world.pia.user, Usage.PER_REQUEST)

    page = seen(signed_in(world.pia.user), asked, "en")

    assert "Pia from Privacy wants to see your data" in page and "Do not allow" in page
    assert not AccessRequest.objects.exists()


def test_both_ways_of_reading_are_offered(world, draft):
    client = signed_in(world.pia.user)

    assert reverse("admin:access_preview_request", args=[draft.pk, "en"]) in seen(client, draft, "en")
    assert "wants to see your data" in seen(client, draft, "en", "preview_request")


def test_a_purpose_on_another_basis_is_read_in_the_list(world):
    billed = make_purpose(
        "bill", "Send your bill", [world.categories["contact"]], world.pia.user, Usage.STANDING, legal_basis="A6-1-b"
    )

    page = seen(signed_in(world.pia.user), billed, "en")

    assert "What we do without your consent, and why" in page and "Send your bill" in page
    assert "Write to us, and we look at it again." in page


def test_buttons_of_a_preview_save_nothing(world, draft):
    entries = Entry.objects.count()

    response = signed_in(world.pia.user).post(
        reverse("admin:access_preview", args=[draft.pk, "en"]), {"answer": "given", "version": draft.pk}
    )

    assert "This is a preview: nothing was saved." in response.content.decode()
    assert not Choice.objects.exists() and Entry.objects.count() == entries


def test_a_language_without_words_says_so(world, draft):
    Notice.objects.filter(version=draft, language="de").delete()

    page = seen(signed_in(world.pia.user), draft, "de")

    assert "no text in this language yet" in page and "Help you" in page


@pytest.mark.parametrize("who", ["sam", "ada"])
def test_others_do_not_read_drafts(world, draft, who):
    response = signed_in(getattr(world, who).user).get(reverse("admin:access_preview", args=[draft.pk, "en"]))

    assert response.status_code in (302, 404)


@pytest.mark.parametrize(("id", "language"), [(0, "en"), (10**18, "en"), (1, "fr"), (10**30, "en")])
def test_unknown_versions_and_languages_are_not_there(world, id, language):
    path = f"/admin/preview/{id}/{language}/"

    assert signed_in(world.pia.user).get(path).status_code == 404
