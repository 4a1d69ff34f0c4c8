"""Two officers have the same request open: whatever the second one presses, nothing happens twice or breaks."""

from django.test import Client

from consents.copies.staff.admin import RequestWithCopyAdmin
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services import staff_members
from consents.rights.models import Draft
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import filing
from consents.rights.staff.checklist import is_open
from tests.forms import forms_on, sent
from tests.rights.handling import REFUSED
from tests.rights.officer_pages import fresh, record, text
from tests.world.cast import signed_in
from tests.world.rights_requests import answer, ask_back, entries, file, file_as_stranger, note_reply, search

FILLED = {
    "to": "",
    "text": "We looked twice.",
    "words": "Which one?",
    "about": "scope",
    "outcome": "complied_whole",
    "format": "email",
    "reason": "legal",
    "system": "the attic",
    "found": "no",
    "said_on": "2026-01-01",
    "channel": "phone",
    "answered_on": "2026-01-01",
    "who": "C-1001",
    "facts": "reference",
}
UNKNOWN = Reply(Outcome.DENIED, Format.EMAIL, "We do not know you.", Reason.UNVERIFIED)


def requests_of_every_kind(world) -> list:
    """Of which together every act on an open request is possible."""
    asked = file(world.ada)
    search(world, asked)
    waiting = ask_back(world, file(world.ben, Type.PORTABILITY))
    erasure = file(world.ben, Type.ERASURE)
    search(world, erasure)
    return [asked, waiting, erasure, file_as_stranger(), file(world.ada, Type.PORTABILITY)]


def act_page(request, act: str) -> str:
    return record(request).replace("change/", f"act/{act}/")


def press_begun(client: Client, request, act: str, page):
    """Send the page of an act that was opened before, as it is filled in."""
    forms = forms_on(page, "confirm")
    said = {"CHANGE_FORM-action": act}
    filled = {name: value for name, value in FILLED.items() if forms and name in forms[0].fields}
    return sent(client, forms[0], path=act_page(request, act), **filled, **said)


def test_whatever_a_second_officer_presses_after_an_answer_nothing_more_happens(world, subtests):
    pia = signed_in(world.pia.user)
    requests = requests_of_every_kind(world)
    begun = []
    for act in (act for act in RequestWithCopyAdmin.acts if act.asks):
        for request in requests:
            if is_open(request) and act.is_possible(fresh(request)):
                begun.append((act.name, request, pia.get(act_page(request, act.name))))
                break
    assert len(begun) >= 12
    answered = {request.pk: close(world, request) for _act, request, _page in begun}
    for act, request, page in begun:
        with subtests.test(act=act):
            response = press_begun(pia, request, act, page)
            assert response.status_code in (302, 422), response
            assert entries(request) == answered[request.pk] or act == "note_told"


def close(world, request) -> list[str]:
    """As a colleague does; returns what is on record then."""
    if not fresh(request).is_answered:
        if fresh(request).waiting_since:
            note_reply(world, request, fresh(request).waiting_since.date())
        reply = REFUSED if fresh(request).customer_id else UNKNOWN
        answer(world, request, reply, officer=world.otto)
    return entries(request)


def test_who_loses_the_role_amid_a_letter_does_nothing_more_and_its_draft_goes(real_world):
    """Moved to a team of requesters while the page is open."""
    world, pia = real_world, signed_in(real_world.pia.user)
    request = file(world.ada)
    search(world, request)
    page = pia.get(act_page(request, "answer"))
    letter = {"text": "We looked twice.", "outcome": "complied_whole", "format": "email"}
    assert pia.post(f"{act_page(request, 'answer')}draft/", letter).status_code == 204
    staff_members.move_staff_member(member=world.pia, role=Role.REQUESTER, team="Shop", by=PORTAL)

    answers = [press_begun(pia, request, "answer", page), pia.get(record(request))]
    answers.append(pia.post(f"{act_page(request, 'answer')}draft/", letter))

    assert {response.status_code for response in answers} <= {302, 404}
    assert not any("We looked twice." in text(response) for response in answers)
    assert not fresh(request).is_answered and entries(request)[-1] == "system_searched"
    filing.discard_old_drafts()
    assert not Draft.objects.exists()
