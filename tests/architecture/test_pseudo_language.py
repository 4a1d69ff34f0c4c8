"""No customer page and no mail shows a word that did not go through gettext, unless it is data; and whatever did go
through it, Django's and allauth's words too, exists in every language."""

import re
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from consents.catalogue import terms
from consents.copies.models import Download
from consents.copies.services import packages
from consents.core import countries
from consents.notifications.email_texts import render_email_text
from consents.people import languages, selectors
from consents.people.models import User
from tests.forms import Form, forms_on
from tests.pseudo import CODE, Pseudo, bracketed, data_of_the_world, odd_words, untranslated
from tests.world import rights_requests as requests
from tests.world.cast import PASSWORD, signed_in
from tests.world.lived_in import candidates, refusals_drawn_once

TEMPLATES = settings.BASE_DIR / "templates"
MAILS = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix("_subject.txt") for path in TEMPLATES.rglob("email/*_subject.txt")
)
TERMS = terms.list_term_choices([*terms.PERSONAL_DATA, *terms.PURPOSES])
# What stands on pages for staff as it is: terms of DPV by the names that it gives them, laws, places by their code,
# formats, and what Django says of a tick to those who cannot see it.
FOR_STAFF = [
    *(label for _code, label in TERMS),
    *(label.partition(" (")[0] for _code, label in TERMS),
    *("GDPR Art", "Art", "CCR", "Civ", "ISO/IEC TS", "SHA-256", "CSV", "PDF", "XLSX", "US-CA", "IE"),
    *("(en)", "(de)", "(es)", "True", "False"),
]
ERRORS = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "refused.html"]


@pytest.fixture
def pseudo(monkeypatch) -> Pseudo:
    """Everybody is spoken to in it, signed in or not."""
    made = Pseudo()
    monkeypatch.setitem(trans_real._translations, CODE, made)
    monkeypatch.setattr(translation, "get_language_from_request", lambda *_, **__: CODE)
    monkeypatch.setattr(languages, "get_customer_language", lambda customer: CODE)
    named = {code: bracketed(name) for code, name in countries.get_country_names("en").items()}
    monkeypatch.setattr(countries, "get_country_names", lambda language: named)
    return made


def visitor(world, who: str) -> Client:
    """Ada has signed in with her password just now; the careful one has a second step as well."""
    client, ada = Client(), world.ada.user
    if who != "stranger":
        ada.set_password(PASSWORD)
        ada.save()
        client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    if who == "careful":
        TOTP.activate(ada, "A" * 32)
        RecoveryCodes.activate(ada)
    return client


# Whatever she has as a second step, elsewhere she is shown the same.
OF_ACCOUNT = ("/accounts/", "/lock/", "/locked/")
ADAS_FORMS: dict[UUID, dict[str, list[Form]]] = {}  # by scene: those that a worker found, by the path of their page


def pages(world, who: str) -> list[tuple[str, str]]:
    """(address, HTML) of every page this person gets, then of what comes of pressing each button on each of them."""
    client = visitor(world, who)
    adas = ADAS_FORMS.setdefault(world.waiting.pk, {})
    known = {path: forms for path, forms in adas.items() if who == "careful" and not path.startswith(OF_ACCOUNT)}
    paths = [path for path in candidates(world) if not path.startswith("/admin/")]
    with refusals_drawn_once():
        found = [(path, client.get(path)) for path in paths if path not in known]
    forms = known | {path: forms_on(response) for path, response in found if is_page(response)}
    if who == "ada":
        adas.update(forms)
    for path, form in [(path, form) for path, some in forms.items() for form in some if form.action != "/language/"]:
        # The careful one says no first: other pages follow from it.
        for way in ways(form)[:: -1 if who == "careful" else 1]:
            found.append((f"{form.action or path} {way}", client.post(form.action or path, way, follow=True)))
    return [(path, response.content.decode()) for path, response in found if is_page(response)]


def ways(form: Form) -> list[dict[str, str]]:
    """Each thing that can be chosen with each button, as a form of its own; nothing typed."""
    options = [{name: value} for name, values in form.offers.items() for value in values] or [{}]
    presses = [{name: value} for name, value in form.buttons] or [{}]
    return [form.fields | {"token": str(uuid4())} | one | press for one in options for press in presses]


def is_page(response) -> bool:
    """A file to keep is none: it is in the language of when it was made (see below)."""
    if "Content-Disposition" in response:
        return False
    return response.status_code != 302 and response.get("Content-Type", "").startswith("text/html")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["stranger", "ada", "careful"])
def test_every_word_on_a_page_is_translated_or_data(lived_in, pseudo, who):
    found = pages(lived_in, who)
    data = data_of_the_world()

    faults = {f"{path}: {words}" for path, html in found for words in untranslated(html, data)}
    assert len(found) > (12 if who == "stranger" else 60)
    assert not faults, "\n".join(sorted(faults))
    assert not without_translation(pseudo, "".join(html for _path, html in found))


def staff_pages(world, who: str) -> list[tuple[str, str]]:
    """(address, HTML) of every page of this member of staff, then of what comes of each form sent as it stands."""
    client = signed_in(getattr(world, who).user)
    # Without what customers read in German there, and what answers everybody 404.
    others = re.compile(r"/de/|/delete/|/history/")
    paths = [path for path in candidates(world) if path.startswith("/admin/") and not others.search(path)]
    with refusals_drawn_once():
        found = [(path, client.get(path)) for path in paths]
    forms = {form.action or path: form for path, response in found if is_page(response) for form in forms_on(response)}
    for path, form in forms.items():
        if path.startswith("/admin/"):
            found.append((f"{path} sent", client.post(path, form.fields | {"token": str(uuid4())}, follow=True)))
    return [(path, response.content.decode()) for path, response in found if is_page(response)]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["sam", "pia", "otto"])
def test_every_word_on_a_page_for_staff_is_translated_or_data(lived_in, pseudo, who):
    found = staff_pages(lived_in, who)
    names = [user.get_full_name() for user in User.objects.exclude(last_name="")]
    data = sorted([*names, *data_of_the_world(), "Please write to me.", *FOR_STAFF], key=len, reverse=True)

    faults = {f"{path}: {words}" for path, html in found for words in untranslated(html, data)}
    assert len(found) > 15
    assert not faults, "\n".join(sorted(faults))
    assert not without_translation(pseudo, "".join(html for _path, html in found))


def test_every_word_of_a_copy_of_ones_data_is_translated_or_data(lived_in, pseudo, monkeypatch):
    monkeypatch.setattr(selectors, "get_customer_language", lambda customer: CODE)
    request = requests.confirm(lived_in, lived_in.rights[0])
    requests.search(lived_in, request)
    packages.make_package(rights_request=requests.answer(lived_in, request).pk)
    taken = {"part": Download.Part.PAGE, "acting": lived_in.ada.acting, "by": lived_in.ada.actor}
    html = b"".join(packages.download_package(rights_request=request.pk, **taken)).decode()

    assert not untranslated(html, data_of_the_world())
    assert not without_translation(pseudo, html)


@pytest.mark.parametrize("name", ERRORS)
def test_every_word_of_an_error_page_is_translated(pseudo, name):
    with translation.override(CODE):
        html = render_to_string(name)

    assert not untranslated(html, [])
    assert not without_translation(pseudo, html)


@pytest.mark.parametrize("stem", MAILS)
def test_every_word_of_a_mail_is_translated_or_data(pseudo, stem):
    names = ["company", "phone", "portal_url", "team", "answer_by", "code", "user", "email"]
    data = {name: f"DATA-{name.upper()}" for name in names} | {"number": "7", "count": 7}
    with translation.override(CODE):
        letter = render_email_text(stem, data)

    text = re.sub(r"DATA-PORTAL_URL/\S*", "", letter.text)  # the address of a page is in no language
    assert not list(odd_words(f"{letter.subject} {text}", map(str, data.values())))
    assert not without_translation(pseudo, letter.subject + letter.text)


def without_translation(pseudo: Pseudo, shown: str) -> list[str]:
    """What was shown and has no words in one of the languages. Of a plural, gettext gives the singular."""
    known = {code: trans_real.translation(code)._catalog for code in ("de", "es")}
    keys = pseudo.shown(unescape(shown))
    assert keys
    return [
        f"{code}: {key}" for code, words in known.items() for key in keys if key not in words and (key, 0) not in words
    ]


def test_the_test_sees_what_is_not_translated():
    html = '<p>⟦Ñàmé⟧: Ada <b>left</b> over ⟦ôñé <i>twô</i> ⟦X⟧⟧</p><img alt="Pictured"><script>not read</script>'

    assert untranslated(html, ["Ada"]) == ["left over", "Pictured"]


def test_the_templates_of_mails_are_found():
    assert len(MAILS) > 15 and Path(TEMPLATES / f"{MAILS[0]}_message.txt").exists()
