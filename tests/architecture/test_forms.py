"""Every form of ours that changes something carries a token of its own: it counts once, however often it is sent.

Pages come from the resolver; on each, whatever is pressed first (a check page, a question "really?") is looked at too.
"""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from tests.forms import Form, ask_first, forms_on, sent
from tests.world.cast import make_user, signed_in
from tests.world.lived_in import read_pages

# Looking, not changing: each look and search is on record every time, and a second one is a second one.
LOOKS = {
    "package",
    "entry",
    "collect",
    "answer_question",
    "disclosures_open",
    "verify_receipt",
    "access_accessrequest_add",
    "exports_check",
    "exports_history",
    "insights_note",
    "rights_rightsrequest_changelist",  # its boxes lead to a page that asks
}
# What stands is what was pressed last, here or on the page gone back to; pressing it again changes nothing.
LAST_COUNTS = {"language", "act_for"}
# Sign-in and account: allauth's own forms, which change no answer of anybody.
ACCOUNT = ("/accounts/", "/admin/login/", "/admin/logout/")
PEOPLE = ["ada", "sam", "kim", "pia", "otto", "stranger", "newcomer"]
# What the walk must at least have met.
REACHED = {
    "ada": {"answer", "stop", "ask_again", "give", "withdraw", "settings"},
    "newcomer": {"claim"},
    "pia": {"catalogue_purpose_add"},
}


@pytest.fixture
def clients(lived_in) -> dict[str, Client]:
    known = {who: signed_in(getattr(lived_in, who).user) for who in ["ada", "sam", "kim", "pia", "otto"]}
    return known | {"stranger": Client(), "newcomer": signed_in(make_user("new@example.com"))}


def posted_forms(client: Client, pages: list[tuple[str, HttpResponse]]) -> list[tuple[str, Form]]:
    """(the path it is sent to, the form) of every page, and of the page after a first press."""
    found = []
    for path, response in pages:
        for form in forms_on(response):
            found.append((form.action or path, form))
            found += after_first_press(client, form, form.action or path)
    return found


def after_first_press(client: Client, form: Form, path: str) -> list[tuple[str, Form]]:
    """What asks once more before it counts: acts on a record, and the check of a yes."""
    presses = [{name: value} for name, value in form.buttons if name == "CHANGE_FORM-action" and value != "new_version"]
    presses += [{"decision": "all"}] if "decision" in form.fields else []
    answers = [ask_first(client, sent(client, form, path=path, **press)) for press in presses]
    return [(one.action or path, one) for answer in answers if answer.status_code == 200 for one in forms_on(answer)]


def name_of(path: str) -> str:
    return resolve(path.partition("?")[0]).url_name or ""


def has_its_token(path: str, form: Form) -> bool:
    """True too of what needs none."""
    name = name_of(path)
    is_exempt = path.startswith(ACCOUNT) or name in LAST_COUNTS | LOOKS or not form.can_be_sent
    return is_exempt or "token" in form.fields


@pytest.mark.parametrize("who", PEOPLE)
def test_every_form_that_changes_something_has_a_token(lived_in, clients, who):
    found = posted_forms(clients[who], read_pages(lived_in, who, clients[who]))

    assert [(path, form) for path, form in found if not has_its_token(path, form)] == []
    acts = {name_of(path) for path, form in found if form.can_be_sent and "token" in form.fields}
    assert acts >= REACHED.get(who, set())


def test_what_asks_once_more_is_seen(lived_in, clients):
    """The walk above reaches the pages that only a press leads to."""
    path = f"/requests/{lived_in.waiting.pk}/"
    forms = [form for _, form in posted_forms(clients["ada"], [(path, clients["ada"].get(path))])]

    assert any(("confirm", "1") in form.buttons for form in forms)
    path = f"/admin/people/staffmember/{lived_in.kim.pk}/change/"
    staff = posted_forms(clients["pia"], [(path, clients["pia"].get(path))])
    assert any(form.fields.get("confirm") == "1" for _, form in staff)
