"""Acting for a customer ends on record, whatever SQL the application's password is used for."""

from datetime import date

import pytest

from consents.people.models import Acting
from consents.people.services import claiming
from tests.architecture.mutation.speaking import Statement, spoken
from tests.world.cast import make_user, put_on_list
from tests.world.claim_codes import make_claim_code
from tests.world.rights_requests import by_staff
from tests.world.scene_fixtures import scene

END = "UPDATE people_acting SET ends_at = {} WHERE id = %s"
TOLD = (
    "SELECT portal.append_entry(%s, %s::uuid, %s, %s::text, 'customer', %s::text, '', 'portal', NULL, %s,"
    " jsonb_build_object('user', %s::text, 'left', %s::text)::text)"
)
REFUSED = "23001 people_acting_ends_on_record"


@scene
def guardian(real_world) -> Acting:
    """Of Ada, who is a child."""
    put_on_list(real_world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    user = make_user("mum@example.com")
    code = make_claim_code(customer=real_world.ada.customer, officer=real_world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=user, code=code, by=by_staff(real_world.pia))
    return user.actings.get()


def end(acting: Acting, moment: str = "portal.now()") -> Statement:
    return END.format(moment), [acting.pk]


def told(acting: Acting, actor_kind: str, actor: object, **otherwise: object) -> Statement:
    facts = {
        "event": "acting.ended",
        "customer": acting.customer_id,
        "actor_kind": actor_kind,
        "actor": actor,
        "object": acting.customer_id,
        "outcome": acting.capacity,
        "user": acting.user_id,
        "left": None,
    } | otherwise
    return TOLD, list(facts.values())


def test_it_begins_without_an_end(real_world):
    """One with an end to come would act, and not count where only those without one are asked about."""
    begun = (
        "INSERT INTO people_acting (user_id, customer_id, capacity, ends_at) VALUES (%s, %s, 'agent', {})",
        [real_world.pia.pk, real_world.ada.customer.id],
    )
    entry = told(real_world.ada.acting, "staff", real_world.pia.pk, event="acting.began", user=real_world.pia.pk)
    of_another = told(real_world.ada.acting, "staff", real_world.pia.pk, event="acting.began", user=real_world.otto.pk)

    for moment in ("'2099-01-01Z'", "'infinity'", "portal.now()"):
        assert spoken(entry, (begun[0].format(moment), begun[1])) == "23001 people_acting_frozen"
    assert spoken(of_another, (begun[0].format("NULL"), begun[1])) == "23001 people_acting_on_record"
    assert spoken(entry, (begun[0].format("NULL"), begun[1])).startswith("allowed")


def test_it_does_not_end_in_silence(guardian):
    assert spoken(end(guardian)) == REFUSED


def test_it_ends_in_the_name_of_whoever_may_end_it(guardian, real_world):
    for kind, actor in (("representative", guardian.user_id), ("staff", real_world.otto.pk)):
        assert spoken(told(guardian, kind, actor), end(guardian)).startswith("allowed")


@pytest.mark.parametrize(
    ("kind", "who"),
    [("staff", "sam"), ("customer", "ada"), ("customer", "ben"), ("portal", "otto")],
)
def test_it_does_not_end_in_the_name_of_another(guardian, real_world, kind, who):
    one = getattr(real_world, who)
    actor = one.pk if hasattr(one, "pk") else one.user.pk

    assert spoken(told(guardian, kind, actor), end(guardian)) == REFUSED


def test_a_customer_of_age_ends_what_others_do(guardian, real_world):
    put_on_list(real_world.ada.customer, born_on=date(1990, 5, 1), country="DE")

    assert spoken(told(guardian, "customer", real_world.ada.user.pk), end(guardian)).startswith("allowed")


@pytest.mark.parametrize("otherwise", ["customer", "object", "outcome", "user", "event"])
def test_the_entry_is_about_this_end(guardian, real_world, otherwise):
    other = {
        "customer": real_world.ben.customer.id,
        "object": real_world.ben.customer.id,
        "outcome": "self",
        "user": real_world.ben.user.pk,
        "event": "grant.ended",
    }[otherwise]
    entry = told(guardian, "representative", guardian.user_id, **{otherwise: other})

    assert spoken(entry, end(guardian)) == REFUSED


@pytest.mark.parametrize("moment", ["portal.now() + interval '1 day'", "portal.now() - interval '1 day'"])
def test_it_ends_now(guardian, moment):
    assert spoken(told(guardian, "representative", guardian.user_id), end(guardian, moment)) == REFUSED


def test_who_claims_another_record_leaves_only_their_own(guardian, real_world):
    own = Acting.objects.get(user=real_world.ada.user)
    claimed = {"event": "record.claimed", "customer": real_world.ben.customer.id}

    assert spoken(told(own, "customer", own.user_id, **claimed, left=own.customer_id), end(own)).startswith("allowed")
    for acting, left in ((own, real_world.ben.customer.id), (guardian, guardian.customer_id)):
        entry = told(acting, "customer", acting.user_id, **claimed, left=left)
        assert spoken(entry, end(acting)) == REFUSED
