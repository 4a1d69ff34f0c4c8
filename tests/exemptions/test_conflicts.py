"""A compliance officer notes which member of staff knows which customer; nobody writes a note about themselves."""

import html
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from consents.access.models import Grant
from consents.access.rules.blocks import BlockedByCustomer, BlockKind
from consents.access.services import blocking
from consents.core.refusals import Unknown
from consents.disclosures.services import LookRefused
from consents.exemptions.bypasses import Closeness, list_conflicts
from consents.exemptions.rules import ConflictOfOneself
from consents.exemptions.services import filing
from consents.ledger.models import Entry
from consents.ledger.services import appending
from consents.people.models import Role
from consents.people.services.holding import NotAnOfficer
from tests.world.cast import ask, make_staff, signed_in
from tests.world.exemptions import by_staff, decide, file_order, look, note_conflict, open_emergency
from tests.world.holders import share_account

PAGE = "/admin/conflicts/"


def press(client, **said):
    return client.post(PAGE, {"who": "C-1", "closeness": "neighbour", "member": "", "token": uuid4()} | said)


def test_it_is_noted_and_lifted_once_on_its_page(world):
    otto = signed_in(world.otto.user)
    reference = world.ada.customer.reference

    assert press(otto, who=reference, member=world.sam.pk).status_code == 302
    assert press(otto, who=reference, member=world.sam.pk).status_code == 302
    (note,) = list_conflicts(9)
    assert (note.customer, note.staff, note.closeness) == (world.ada.customer.id, world.sam.pk, Closeness.NEIGHBOUR)
    assert "They are neighbours or friends" in otto.get(PAGE).content.decode()

    for _twice in range(2):
        assert otto.post(f"{PAGE}{note.id}/lift/", {"token": uuid4()}).status_code == 302
    assert Entry.objects.filter(event="conflict.lifted").count() == 1
    assert list_conflicts(9)[0].lifted_at


def test_a_note_sent_twice_looks_nobody_up_again(world):
    otto, sent = signed_in(world.otto.user), {"who": world.ada.customer.reference, "token": uuid4()}

    assert [press(otto, **sent).status_code, press(otto, **sent).status_code] == [302, 302]
    assert Entry.objects.filter(event="customer.looked_up").count() == len(list_conflicts(9)) == 1


def test_what_was_lifted_can_be_noted_again(world):
    note = note_conflict(world)
    filing.lift_conflict(conflict=note, officer=world.otto, by=by_staff(world.otto))

    assert note_conflict(world) != note
    assert [bool(one.lifted_at) for one in list_conflicts(9)] == [False, True]


@pytest.mark.parametrize("said", [{"who": "nobody"}, {"closeness": "foe"}, {"member": uuid4()}, {"who": ""}])
def test_what_is_typed_wrong_gets_a_sentence(world, said):
    page = press(signed_in(world.otto.user), **({"who": world.ada.customer.reference} | said))

    assert page.status_code == 422 and "error" in page.content.decode()
    assert list_conflicts(9) == []


def test_nobody_notes_or_lifts_one_about_themselves(world):
    about = {"customer": world.ada.customer.id, "closeness": Closeness.RELATIVE, "staff": world.otto.pk}
    with pytest.raises(ConflictOfOneself):
        filing.note_conflict(**about, officer=world.otto, by=by_staff(world.otto))

    entry = {
        "object_type": "conflict",
        "object": uuid4(),
        "outcome": "relative",
        "details": {"staff": str(world.otto.pk)},
    }
    by_other = by_staff(make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga"))
    appending.append_entry(event="conflict.noted", by=by_other, customer=world.ada.customer.id, **entry)
    shown = signed_in(world.otto.user).get(PAGE).text
    assert "This note is about you" in shown and "/lift/" not in shown
    with pytest.raises(ConflictOfOneself):
        filing.lift_conflict(conflict=entry["object"], officer=world.otto, by=by_staff(world.otto))


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "pia"},
        {"by": "sam"},
        {"outcome": "friend"},
        {"object": "x"},
        {"details": {"staff": "x"}},
        {"event": "conflict.lifted"},
        {"event": "conflict.forgotten"},
        {"object_type": "bypass_alert", "event": "bypass.decided"},
        {"object_type": "bypass_alert", "event": "bypass.found"},
    ],
    ids=str,
)
def test_raw_sql_writes_no_other_case(world, changes):
    entry = {"object_type": "conflict", "object": uuid4(), "outcome": "relative", "event": "conflict.noted"} | changes
    by = by_staff(getattr(world, entry.pop("by", "otto")))

    with pytest.raises(IntegrityError, match="a case is found by the portal"), transaction.atomic():
        appending.append_entry(by=by, customer=world.ada.customer.id, **entry)


def test_raw_sql_lifts_no_conflict_of_another_customer(world):
    noted = {"object_type": "conflict", "object": note_conflict(world), "outcome": "neighbour"}
    for about in ({"customer": world.ben.customer.id}, {"customer": world.ada.customer.id, "outcome": "relative"}):
        with pytest.raises(IntegrityError, match="a case is found by the portal"), transaction.atomic():
            appending.append_entry(event="conflict.lifted", by=by_staff(world.otto), **noted | about)


def test_only_a_compliance_officer_who_works_here_does_it(world):
    about = {"customer": world.ada.customer.id, "closeness": Closeness.RELATIVE, "staff": None}
    with pytest.raises(NotAnOfficer):
        filing.note_conflict(**about, officer=world.pia, by=by_staff(world.pia))
    with pytest.raises(Unknown):
        filing.lift_conflict(conflict=uuid4(), officer=world.otto, by=by_staff(world.otto))
    for other in (world.pia, world.sam):
        assert signed_in(other.user).get(PAGE).status_code == 403


def test_raw_sql_notes_nothing_twice(world):
    note = note_conflict(world)
    again = {"object_type": "conflict", "object": note, "outcome": "relative", "customer": world.ada.customer.id}
    with pytest.raises(IntegrityError, match="exemptions_conflict_once"), transaction.atomic():
        appending.append_entry(event="conflict.noted", by=by_staff(world.otto), **again)


def test_the_page_asks_a_bounded_number_of_questions(world, django_assert_max_num_queries):
    for closeness in Closeness:
        for staff in (world.sam.pk, world.kim.pk, None):
            note_conflict(world, staff=staff, closeness=closeness)
    otto = signed_in(world.otto.user)
    with django_assert_max_num_queries(12):
        assert otto.get(PAGE).status_code == 200


def block(world, kind: BlockKind = BlockKind.EVERYBODY, **whom) -> None:
    blocking.place_block(customer=world.ada.customer.id, kind=kind, by=world.ada.actor, **whom)


def test_a_block_ends_what_an_emergency_opened_and_passes_a_duty(real_world):
    emergency = open_emergency(real_world, "contact")
    duty = decide(real_world, file_order(real_world, "orders"))

    block(real_world)

    with pytest.raises(LookRefused):
        look(emergency)
    assert look(duty) == 2
    assert Grant.objects.get(exemption=emergency.pk).ended_at and not Grant.objects.get(exemption=duty.pk).ended_at


def test_a_blocked_person_opens_no_emergency_a_colleague_does(real_world):
    asked = ask(real_world, "contact")
    waiting = open_emergency(real_world, "health", at_once=False)
    block(real_world, BlockKind.MEMBER, access_request=asked.pk)

    with pytest.raises(BlockedByCustomer):
        open_emergency(real_world, "contact")
    with pytest.raises(BlockedByCustomer):
        decide(real_world, waiting)
    assert look(open_emergency(real_world, "contact", member=real_world.kim)) == 1
    assert look(decide(real_world, file_order(real_world, "orders"))) == 2


def test_who_blocks_everybody_is_not_told_that_a_duty_by_law_ended_too(real_world):
    decide(real_world, file_order(real_world, "orders"))
    page = signed_in(real_world.ada.user).post("/blocks/nobody/", follow=True).content.decode()

    assert "no one can ask or look from now on, unless a law requires it." in page


def test_while_an_emergency_runs_its_page_says_how_to_end_it(world):
    """A block ends it; nothing that the customer does ends what a law requires."""
    emergency, duty = open_emergency(world, "contact"), decide(world, file_order(world, "orders"))
    ada = signed_in(world.ada.user)

    def offers(exemption) -> bool:
        page = ada.get(f"/without-permission/{exemption.pk}/").content.decode()
        assert "could see your data without your permission" in page
        return 'at once.\n      <a href="/blocks/">' in page

    assert (offers(emergency), offers(duty)) == (True, False)
    block(world)
    assert not offers(emergency)


def test_who_shares_the_account_reads_whose_block_ended_it(real_world):
    mia, exemption = share_account(real_world), open_emergency(real_world, "contact")
    block(real_world)

    own, other = (
        html.unescape(signed_in(user).get(f"/without-permission/{exemption.pk}/").content.decode())
        for user in (real_world.ada.user, mia.user)
    )
    assert "You chose that nobody at all" in own
    assert "ad•••@example.com chose that nobody at all" in other and "You chose" not in other
