"""Make requests by right in every state, for the scene of the rules."""

from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from consents.catalogue.models import Recipient
from consents.choices.models import Mark
from consents.choices.services import marking
from consents.copies.rules import LeftOut
from consents.copies.services import codes, collection, files, packages
from consents.copies.services.files import NewFile
from consents.core import clock
from consents.core.owner import as_owner
from consents.law.kinds import Type
from consents.law.reasons import Extension, Reason
from consents.ledger.rules import PORTAL, Actor
from consents.people.services import customer_records
from consents.rights.models import QuestionTemplate, RightsRequest
from consents.rights.rules import Appealed, Format, Outcome, PlaceChoice, PlaceReason, Reply, TellingWay
from consents.rights.services import answering, filing, requester_actions, saved_views, waiting
from consents.rights.services import erasing as rights_erasing
from consents.rights.services import handling as rights_handling
from consents.rights.services.clarifying import save_question_template
from tests.rights.noting import decide as decide_redaction
from tests.rights.noting import leave_out
from tests.rights.noting import write as write_note
from tests.world import breaches as breaches
from tests.world import exports as exports
from tests.world import insights as insights
from tests.world import rights_requests as requests
from tests.world.cast import (
    make_customer,
    make_purpose,
    put_in_vault,
)


def rights_of_every_kind(world) -> dict[str, Any]:
    """In every state that a request, its clock, its answer and its copy can be in."""
    found = identities_of_every_kind(world) | clocks_of_every_kind(world)
    found |= answers_of_every_kind(world) | copies_of_every_kind(world) | objections_of_every_kind(world)
    found |= notes_of_every_kind(world)
    parted = parts_of_every_kind(world)
    begun = {"act": "answer", "fields": [("text", ["Not yet"])], "officer": world.pia}
    filing.save_draft(rights_request=found["right"], **begun)
    saved_views.keep_queue_view(name="Mine", query={"officer": "me"}, is_first=True, officer=world.pia)
    record_what_no_act_leaves(found["answered_right"], world.otto.pk)
    return found | {"parted_right": parted.pk, "parted": parted.customer_id}


def identities_of_every_kind(world) -> dict[str, Any]:
    """Of a stranger; in another place than was said; not proved yet; a restriction that its own customer lifted."""
    strangers = requests.file_as_stranger(said={"email": "eve@example.com"})
    briton = customer_records.open_customer_record(reference="C-14", country="GB", by=PORTAL)
    place = PlaceChoice("GB", PlaceReason.TOLD, Type.ERASURE)
    requests.confirm(world, requests.file_as_stranger(Type.DELETION, jurisdiction="US-CA"), briton, place=place)
    right = requests.file(world.ben, is_fresh=False)
    handling = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    rights_handling.record_search(rights_request=right.pk, system="vault", found=True, **handling)
    eli = make_customer("C-13", "eli@example.com")
    pause = requests.confirm(world, requests.type_in(world, Type.RESTRICTION, customer=eli.customer))
    marking.lift_mark(mark=Mark.objects.get(request=pause.pk).pk, by=eli.actor)
    return {
        "strangers_right": strangers.pk,
        "briton": briton.id,
        "right": right.pk,
        "pause": pause.pk,
    }


def notes_of_every_kind(world) -> dict[str, Any]:
    """Mentioning a colleague; with a part left out, and another part that waits for a second officer."""
    noa = make_customer("C-77", "noa@example.com")
    noted = requests.file(noa, Type.ACCESS)
    requests.search(world, noted)
    first = write_note(world, noted, "For @Otto.")
    decide_redaction(world.otto, leave_out(world, first, "For"))
    leave_out(world, first, "Otto")
    write_note(world, noted)
    return {"noted_right": noted.pk, "noa": noa.customer.pk}


def clocks_of_every_kind(world) -> dict[str, Any]:
    """Answered, searched and unanswered, not acknowledged; paused, extended and paused again."""
    handling = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    whole = requests.answer(world, requests.file(world.ada, Type.AUTOMATED))
    rights_handling.record_recipient_notices(
        rights_request=whole.pk, recipients=[Recipient.objects.first().pk], way=TellingWay.LETTER, **handling
    )
    unanswered = requests.file(world.ben, Type.AUTOMATED)
    rights_handling.record_search(rights_request=unanswered.pk, system="vault", found=False, **handling)
    unreached = customer_records.open_customer_record(reference="C-12", by=PORTAL)
    unacknowledged = requests.type_in(world, customer=unreached)
    paused = requests.file(world.ben, Type.PORTABILITY)
    requests.ask_back(world, paused)
    waiting.stop_waiting(rights_request=paused.pk, **handling)
    requests.note_reply(world, paused, timezone.localdate())
    rights_handling.extend_deadline(rights_request=paused.pk, reason=Extension.COMPLEX, **handling)
    requests.ask_back(world, paused)
    requests.ask_back(world, requests.file_as_stranger(jurisdiction="DE"), "identity")
    template = QuestionTemplate(code="born", about="identity", texts={"en": "When were you born?"})
    save_question_template(template=template, by=PORTAL)
    return {
        "answered_right": whole.pk,
        "unanswered": unanswered.pk,
        "unacknowledged": unacknowledged.pk,
        "paused": paused.pk,
    }


def answers_of_every_kind(world) -> dict[str, Any]:
    """Refused; refused and appealed against; the appeal decided."""
    handling = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    refusal = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")
    for type in (Type.RECTIFICATION, Type.AUTOMATED):
        refused = requests.answer(world, requests.file(world.ada, type), refusal)
        requester_actions.appeal_answer(
            rights_request=refused.pk, customer=world.ada.customer.id, why="", by=world.ada.actor
        )
    denied = requests.answer(world, requests.file(world.ben, Type.RECTIFICATION), refusal)
    appealed = RightsRequest.objects.get(appeal__isnull=False, request_type=Type.RECTIFICATION)
    answering.record_answer_sent(rights_request=appealed.pk, sent_on=clock.now().date(), **handling)
    deciding = {"officer": world.otto, "by": Actor("staff", str(world.otto.pk))}
    answering.decide_appeal(rights_request=refused.pk, outcome=Appealed.REVERSED, text="", **deciding)
    return {
        "denied_right": denied.pk,
        "appealed": appealed.pk,
    }


def copies_of_every_kind(world) -> dict[str, Any]:
    """Downloaded, collected, granted and not made yet; and an erasure that was searched for."""
    taken = requests.file(world.ada, Type.PORTABILITY)
    requests.search(world, taken)
    packages.make_package(rights_request=requests.answer(world, taken).pk)
    packages.download_package(rights_request=taken.pk, part="data", acting=world.ada.acting, by=world.ada.actor)
    collect_one(world)
    again = requests.file(world.ada, Type.ACCESS)
    requests.search(world, again)
    requests.answer(world, again)
    adding = requests.file(world.ada, Type.ACCESS)
    add_files(world, adding)
    unerased = requests.file(world.ben, Type.ERASURE)
    requests.search(world, unerased)
    return {
        "granted_right": again.pk,
        "file_request": adding.pk,
        "file_system": "The shop",
        "unerased_right": unerased.pk,
    }


def objections_of_every_kind(world) -> dict[str, Any]:
    """To the sale of data, taken back; to a purpose that rests on an interest."""
    contact, marketing = [world.categories["contact"]], {"dpv_purpose": "dpv:Marketing", "legal_basis": "A6-1-f"}
    make_purpose("news", "Send you news", contact, world.pia.user, **marketing)
    cal = requests.make_californian()
    opt_in = requests.file(cal, Type.OPT_IN)
    objection = requests.type_in(world, Type.OBJECTION, customer=world.ben.customer)
    return {
        "objection": objection.pk,
        "cal": cal.customer.pk,
        "opt_in": opt_in.pk,
    }


def record_what_no_act_leaves(rights_request: UUID, officer: int) -> None:
    """A missed day, an entry that was chosen, a correction: of one that was answered whole."""
    with as_owner() as owner, owner.cursor() as cursor:
        late = "INSERT INTO rights_misseddeadline (rights_request_id, due_at) VALUES (%s, portal.now())"
        cursor.execute(late, [rights_request])
        chosen = "INSERT INTO rights_chosenentry (rights_request_id, entry) VALUES (%s, gen_random_uuid())"
        cursor.execute(chosen, [rights_request])
        cursor.execute(
            "INSERT INTO rights_correction"
            " (rights_request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 0, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [rights_request, officer],
        )


def collect_one(world) -> None:
    """A copy of somebody without an address, with the code from another officer, which still works."""
    request = requests.type_in(world, customer=customer_records.open_customer_record(reference="C-10", by=PORTAL))
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    about = {"officer": world.otto, "token": uuid4(), "by": Actor("staff", str(world.otto.pk))}
    code = collection.enter_code(
        rights_request=request.pk, code=codes.hand_out_code(rights_request=request.pk, **about), by=PORTAL
    )
    collection.collect_package(code=code.pk, part="data", by=PORTAL)


def parts_of_every_kind(world) -> RightsRequest:
    """Done, cancelled, and proposed once more, for what was kept first."""
    deb = make_customer("C-11", "deb@example.com")
    put_in_vault(deb.customer, world.categories["orders"], {"item": "Lamp"})
    for kept, scope in ((["orders"], ()), ([], ("orders",))):
        request = requests.file(deb, Type.ERASURE, scope=scope)
        requests.search(world, request)
        about = {"rights_request": request.pk, "officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
        rights_erasing.propose_partial_erasure(**about, kept=kept)
        if not kept:
            rights_erasing.cancel_partial_erasure(**about)
            rights_erasing.propose_partial_erasure(**about, kept=kept)
        else:
            rights_erasing.confirm_partial_erasure(
                **about | {"officer": world.otto, "by": Actor("staff", str(world.otto.pk))}
            )
    return request


def add_files(world, request: RightsRequest) -> None:
    """One to which a second officer agreed, and one that waits for that."""
    terms = {"rights_request": request.pk, "system": "The shop", "left_out": LeftOut.PART, "words": "A neighbour."}
    terms |= {"new_file": NewFile("note.txt", b"Called twice."), "officer": world.pia}
    agreed = files.add_file(**terms, by=Actor("staff", str(world.pia.pk)))
    files.agree_to_left_out(file=agreed.pk, officer=world.otto, by=Actor("staff", str(world.otto.pk)))
    files.add_file(**terms, by=Actor("staff", str(world.pia.pk)))
