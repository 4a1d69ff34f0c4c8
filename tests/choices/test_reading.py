"""The page of choices reads in one statement exactly what the query sets read in many."""

import contextlib
from dataclasses import replace

from django.db import transaction

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices import selectors
from consents.choices.selectors import build_standing, read_choices, select_choices
from consents.choices.services import answering, withdrawing
from consents.core.refusals import Refusal
from tests.world.cast import make_purpose, make_recipient
from tests.world.choices import publish_next
from tests.world.retirements import retire
from tests.world.spelling import spell_out, spell_out_all


def choose_at_random(world, dice, acts: int) -> None:
    partner, kinds = make_recipient("partner", kind="dpv:ThirdParty"), list(world.categories.values())
    versions = [
        make_purpose(f"p-{n}", f"Do thing {n}", kinds[: 1 + n % 2], world.pia.user, Usage.STANDING, [partner][: n % 2])
        for n in range(4)
    ]
    for _act in range(acts):
        version = dice.choice(versions)
        mine = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "by": world.ada.actor}
        with contextlib.suppress(Refusal, PurposeVersion.DoesNotExist), transaction.atomic():
            match dice.choice(["give", "give", "withdraw", "material", "retire"]):
                case "give":
                    newest = catalogue.select_standing().get(purpose=version.purpose_id)
                    answering.give_consent(**mine, version=newest.pk, confirmed=True)
                case "withdraw":
                    withdrawing.withdraw_consent(**mine)
                case "material":
                    publish_next(version, world.pia.user, material=dice.random() < 0.5)
                case "retire" if dice.random() < 0.2:
                    retire(version.purpose)


def test_it_reads_the_choices_as_the_query_sets_do(world, dice):
    choose_at_random(world, dice, 20)
    customer = world.ada.customer.pk

    read = read_choices(customer)

    changes = catalogue.group_material_changes(catalogue.select_material_changes())
    choices = {one.purpose_id: one for one in select_choices(customer)}
    expected = [
        build_standing(
            version, choices.get(version.purpose_id), changes.get(version.purpose_id, []), read.standings[0].now
        )
        for version in catalogue.select_standing().prefetch_related("categories", "recipients")
    ]
    assert [spell_out(one.version) for one in read.standings] == [spell_out(one.version) for one in expected]
    assert [one.choice and spell_out(one.choice) for one in read.standings] == [
        one.choice and spell_out(one.choice) for one in expected
    ]
    assert read.standings == expected
    of_each = [selectors.find_standing(customer, one.version.purpose.code) for one in expected]
    assert [spell_out(one.version) for one in of_each] == [spell_out(one.version) for one in expected]
    assert [replace(one, now=read.standings[0].now) for one in of_each] == expected
    retired = selectors.select_choices(customer).filter(purpose__retired_at__isnull=False)
    retired = retired.select_related("version", "purpose").prefetch_related("version__notices")
    assert spell_out_all(read.retired) == spell_out_all(retired.order_by("-purpose__retired_at", "pk"))
