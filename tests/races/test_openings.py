"""No means no, at once: whatever starts after the answer to stop, withdraw, disable or erase yields no data."""

import itertools
import threading

import pytest

from consents.access.services import ending as access_ending
from consents.choices.services import withdrawing
from consents.disclosures.models import Opening
from consents.disclosures.services import LookRefused, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import User
from consents.people.services import staff_members
from tests.races.meetings import LOOKERS, Look, check_no_data_after, ending, looking, won
from tests.world.cast import answer, ask
from tests.world.erasing import erase, propose

MARKER = "Blue lamp"


def check_every_look_is_on_record(looks: list[list[Look]]) -> None:
    """The log may tell of more than was seen, never of less."""
    seen = sum(look.data for look in itertools.chain(*looks))
    assert Opening.objects.count() >= seen
    assert Entry.objects.filter(event="vault.opened").count() == Opening.objects.count()


def disable(world) -> None:
    User.objects.filter(pk=world.sam.pk).update(is_active=False)


ENDS = {
    "stop": lambda world, request: access_ending.stop_access(
        access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor
    ),
    "withdraw": lambda world, request: withdrawing.withdraw_consent(
        customer=world.ada.customer.id, purpose=world.purpose.code, by=world.ada.actor
    ),
    "end the membership": lambda world, request: staff_members.end_staff_membership(member=world.sam, by=PORTAL),
    "disable the account": lambda world, request: disable(world),
    "erase": lambda world, request: erase(world),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_look_through_services_begins_after_a_stop(real_world, race, end):
    request = answer(real_world, ask(real_world, "orders"))
    grant, over = request.grants.get().pk, threading.Event()

    def look() -> bool:
        try:
            return bool(
                disclose_records(
                    grant=grant, staff=real_world.sam.pk, by=Actor("staff", str(real_world.sam.pk))
                ).records
            )
        except LookRefused:
            return False

    acknowledged, *looks = race(
        ending(lambda: ENDS[end](real_world, request), over), *[looking(look, over) for _ in range(LOOKERS)]
    )

    check_no_data_after(acknowledged, looks)
    check_every_look_is_on_record(looks)


@pytest.mark.parametrize("end", ENDS)
def test_no_look_over_http_begins_after_a_stop(real_world, race, browser, end):
    request = answer(real_world, ask(real_world, "orders"))
    path, grant, over = f"/admin/open/{request.pk}/", str(request.grants.get().pk), threading.Event()
    ada, sam, otto = (browser(one.user) for one in (real_world.ada, real_world.sam, real_world.otto))

    def look() -> bool:
        page = sam.post(path, grant=grant)
        assert page.status in (200, 302, 403, 503), page.status
        return MARKER in page.text

    acknowledged, *looks = race(
        ending(lambda: ended_over_http(real_world, request, end, ada, otto), over),
        *[looking(look, over) for _ in range(LOOKERS)],
    )

    check_no_data_after(acknowledged, looks)
    check_every_look_is_on_record(looks)


def ended_over_http(world, request, end: str, ada, otto) -> None:
    """What a customer does, and the last word on an erasure, in the browser; what else the company does, by its
    service."""
    if end == "stop":
        [form] = [one for one in ada.get("/").forms("token") if one.action.endswith("/stop/")]
        assert ada.send(form).status == 302
    elif end == "withdraw":
        assert ada.post(f"/choices/{world.purpose.code}/withdraw/").status == 302
    elif end == "erase":
        erasure = propose(world).pk
        press = {"CHANGE_FORM-action": "erase", "_selected_action": erasure, "confirm": "1"}
        assert otto.post(f"/admin/people/erasure/{erasure}/change/", **press).status == 302
    else:
        ENDS[end](world, request)


@pytest.mark.parametrize("end", ["stop", "withdraw", "erase"])
def test_an_answer_and_its_end_at_once(real_world, race, end):
    """Whichever comes first, nothing runs that was ended after it began: a no to the purpose and an erasure end what
    is asked too; a stop that came first stops nothing, and one more does."""
    request = ask(real_world, "orders")

    answered, ended = race(lambda: answer(real_world, request, "all"), lambda: ENDS[end](real_world, request))

    assert not isinstance(ended, Exception)
    won([answered])
    assert is_running(request) != was_ended(request)
    if end == "stop":
        assert not isinstance(answered, Exception)
        ENDS[end](real_world, request)
    assert not is_running(request)
    assert Entry.objects.filter(event="grant.ended").count() == request.grants.count()


def is_running(request) -> bool:
    return request.grants.filter(ended_at=None).exists()


def was_ended(request) -> bool:
    """On record: its grant, or the request itself without a yes."""
    events = set(Entry.objects.filter(object=str(request.pk)).values_list("event", flat=True))
    return bool(events & {"grant.ended", "access_request.denied", "access_request.cancelled"})
