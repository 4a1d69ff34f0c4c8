"""Who asks for the pieces of their data and is known less surely is told the kinds of it (11 CCR 7024(a)-(b))."""

import json

import pytest
from django.core import mail
from django.db import IntegrityError
from django.test import Client

from consents.copies.models import Download
from consents.copies.services import packages
from consents.law.identity import Level
from consents.law.kinds import Type, gets_kinds_instead
from consents.law.reasons import Reason
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.rights.models import RightsRequest
from consents.rights.refusals import CannotRefuse, KindsAlone, TooFewFacts
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling
from tests.rights.in_sql import ANSWERED, ASSIGNED, change, denied, insert, refused
from tests.rights.officer_pages import fresh, give, press, text
from tests.world.cast import make_category, put_in_vault, signed_in
from tests.world.rights_requests import (
    TWO_FACTS,
    answer,
    by_staff,
    confirm,
    file,
    file_as_stranger,
    make_californian,
    search,
    type_in,
)

KINDS_ALONE = Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, "", Reason.UNVERIFIED)


def less_known(world) -> RightsRequest:
    """Two facts agreed, the declaration never came."""
    asked = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer)
    confirm(world, asked)
    search(world, asked)
    return asked


def test_the_copy_names_the_kinds_and_holds_none_of_the_data(real_world):
    real_world.cal = make_californian()
    put_in_vault(real_world.cal.customer, real_world.categories["contact"], {"name": "Cal Marker"})
    asked = answer(real_world, less_known(real_world), KINDS_ALONE)
    packages.make_package(rights_request=asked.pk)

    of = {"rights_request": asked.pk, "acting": real_world.cal.acting, "by": real_world.cal.actor}
    copies = [
        b"".join(packages.download_package(part=part, **of)).decode()
        for part in (Download.Part.PAGE, Download.Part.DATA)
    ]

    assert all("Contact details" in copy and "Marker" not in copy for copy in copies)
    facts = json.loads(copies[-1])
    assert "person" not in facts and {kind["withheld"] for kind in facts["data"]} == {"11 CCR 7024(a)"}
    assert "The law (11 CCR 7024(a)) does not allow us to send its values." in copies[0]
    assert (asked.outcome, asked.denial_reason, asked.denial_legal_basis) == (
        "complied_part",
        "insuf_verification",
        "11 CCR 7024(a)",
    )


def test_their_page_says_what_they_get_and_what_is_missing(world):
    asked = answer(world, less_known(world), KINDS_ALONE)

    page = text(signed_in(world.cal.user).get(f"/rights/requests/{asked.number}/"))

    assert "You get the kinds of data that we hold. For the data itself we must know more surely who asks." in page
    assert "11 CCR 7024(a)" in page and "Confirmed, but not surely enough for the data itself" in page
    assert "It is confirmed who asked, but not surely enough for the data itself" in page


@pytest.mark.parametrize(
    ("refusal", "reply"),
    [
        (KindsAlone, Reply(Outcome.COMPLIED_WHOLE, Format.DOWNLOAD)),
        (CannotRefuse, Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, "", Reason.OTHERS, "Civ 1798.145(k)")),
        (CannotRefuse, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.UNVERIFIED)),
        (CannotRefuse, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.NO_MATCH)),
    ],
    ids=["whole", "part for another reason", "nothing, for the same reason", "nothing, as to a stranger"],
)
def test_nothing_more_is_called_done_and_the_kinds_are_not_kept_back(world, refusal, reply):
    asked = less_known(world)

    with pytest.raises(refusal):
        answer(world, asked, reply)

    assert not fresh(asked).is_answered


@pytest.mark.parametrize("outcome", ["complied_whole", "complied_part"])
def test_nor_by_hand(real_world, outcome):
    """The table itself holds it, whatever reason is written beside it."""
    real_world.cal = make_californian()
    asked = less_known(real_world)
    part = denied("legal_restriction", "exempt_information", "complied_part")
    done = part if outcome == "complied_part" else ANSWERED

    with pytest.raises(IntegrityError) as fault:
        change(asked, done, event="answered", outcome=outcome)

    assert fault.value.__cause__.diag.constraint_name == "rights_answer_checked"


@pytest.mark.parametrize("reason", ["insuf_verification", "no_match"])
def test_whoever_is_known_is_refused_for_something_else_by_hand_too(real_world, reason):
    asked = file(real_world.ada)
    search(real_world, asked)

    with pytest.raises(IntegrityError) as fault:
        change(asked, denied(reason, "not_verifiable"), event="answered", outcome="denied")

    assert fault.value.__cause__.diag.constraint_name == "rights_answer_checked"


def test_less_surely_is_for_this_right_and_level_alone():
    lesser = {(type, level) for type in Type for level in Level if gets_kinds_instead(type, level)}

    assert lesser == {(Type.KNOW_SPECIFIC, Level.REASONABLE)}


def test_one_fact_is_too_few_for_that_too(world):
    with pytest.raises(TooFewFacts):
        confirm(world, type_in(world, Type.KNOW_SPECIFIC, world.cal.customer), facts=TWO_FACTS[:1])


def test_an_officer_says_how_surely_and_is_offered_no_more(world):
    asked, pia = type_in(world, Type.KNOW_SPECIFIC, world.cal.customer), signed_in(world.pia.user)

    unsaid = press(pia, asked, "confirm_identity", facts=TWO_FACTS)
    assert unsaid.status_code == 422 and "Choose how surely." in text(unsaid)
    press(pia, asked, "confirm_identity", facts=TWO_FACTS, level="reasonable")
    press(pia, asked, "note_search", system="shop", found="yes")
    offered = pia.post(
        f"/admin/rights/rightsrequest/{asked.pk}/change/",
        {"CHANGE_FORM-action": "answer", "_selected_action": str(asked.pk)},
        follow=True,
    )
    page = text(offered)
    assert "complied_part" in page and 'value="complied_whole"' not in page and 'value="other"' not in page
    give(pia, asked, outcome="complied_part", reason="insuf_verification", format="portal_download")

    assert (fresh(asked).verification_level, fresh(asked).outcome) == ("reasonable", "complied_part")


def test_an_account_holder_signs_in_afresh_instead(world):
    """Nobody settles for less where more is one step away."""
    asked = file(world.cal, Type.KNOW_SPECIFIC, is_fresh=False)
    with pytest.raises(TooFewFacts):
        confirm(world, asked)

    press(signed_in(world.pia.user), asked, "confirm_identity", facts=TWO_FACTS, level="reasonable")

    assert fresh(asked).verified_at is None


def test_nor_by_hand_of_an_account_holder(real_world):
    real_world.cal = make_californian()
    asked = file(real_world.cal, Type.KNOW_SPECIFIC, is_fresh=False)
    confirmed = f"{ASSIGNED}; {insert('identitycheck', level=repr('reasonable'))}"

    refused("rights_identitycheck_checked", asked, confirmed, event="identity_confirmed", outcome="reasonable")


@pytest.mark.parametrize("type", [Type.KNOW_CATEGORIES, Type.KNOW_SPECIFIC])
def test_to_whom_nothing_can_be_told_what_holds_for_everybody_is(world, type):
    asked = file_as_stranger(type, jurisdiction="US-CA")
    handling.fail_identity(rights_request=asked.pk, officer=world.pia, by=by_staff(world.pia))

    answer(world, asked, Reply(Outcome.DENIED, Format.EMAIL, "", Reason.UNVERIFIED))

    for message in Message.objects.filter(kind="rights_request", sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    assert "/privacy/" in mail.outbox[-1].body and asked.number in mail.outbox[-1].body
    assert 'href="/privacy/#held"' in shown_to_officers(world, asked)


def shown_to_officers(world, asked) -> str:
    page = text(signed_in(world.pia.user).get(f"/admin/rights/rightsrequest/{asked.pk}/change/"))
    return page[page.index("We did not do what you asked") :]


def test_and_there_it_stands(world):
    """Which kinds, from where, what for and who gets them, read by anybody."""
    make_category("till", "Purchases", "item", source="the shop’s till")

    page = text(Client().get("/privacy/"))

    assert "Purchases</dt> <dd>the shop’s till" in page
    assert world.version.name in page and "Who gets it" in page
