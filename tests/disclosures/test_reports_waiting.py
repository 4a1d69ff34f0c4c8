"""A reported look waits for the officers who may decide it: not for one who allowed the look."""

import pytest

from consents.access.models import Grant
from consents.disclosures.reports import services
from consents.disclosures.reports.rules import Concern
from consents.disclosures.services import disclose_records
from consents.disclosures.staff.waiting import list_report_work
from consents.ledger.rules import Actor
from tests.world.cast import ask
from tests.world.exemptions import decide, file_order
from tests.world.telephone import answer_by_telephone


def grant_an_exemption(world) -> Grant:
    return Grant.objects.get(exemption=decide(world, file_order(world, "orders")).pk)


def take_the_answer_on_the_telephone(world) -> Grant:
    return answer_by_telephone(world, ask(world, "orders")).grants.get()


def count_to_decide(member) -> int:
    [work] = [work for work in list_report_work(member) if work.code == "decide"]
    return work.rows.count()


@pytest.mark.parametrize("allow", [grant_an_exemption, take_the_answer_on_the_telephone])
def test_it_waits_for_no_officer_who_allowed_the_look(real_world, allow):
    world, sam = real_world, real_world.sam
    seen = disclose_records(grant=allow(world).pk, staff=sam.pk, by=Actor("staff", str(sam.pk)))
    ada = {"acting": world.ada.acting, "by": world.ada.actor}
    services.file_look_report(opening=seen.opening, concern=Concern.UNEXPECTED, words="", **ada)

    assert {name: count_to_decide(getattr(world, name)) for name in ("pia", "otto")} == {"pia": 0, "otto": 1}
