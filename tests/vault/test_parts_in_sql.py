"""Erasures of part against somebody who has the application's password and writes SQL."""

from uuid import uuid4

import pytest

from consents.core.owner import silence_triggers
from consents.disclosures.services import disclose_own_copy
from consents.law.kinds import Type
from consents.ledger.rules import Actor
from consents.rights.services import erasing
from tests.architecture.mutation.speaking import application_speaking
from tests.world.cast import answer, ask
from tests.world.erasing import hold
from tests.world.owners import acting_as_owner
from tests.world.rights_requests import answer as grant_right
from tests.world.rights_requests import by_staff, file, file_correction, search
from tests.world.scene_fixtures import scene
from tests.world.sql.erasing_part import STEPS, erasing_part, proposing_part

REFUSED = "23001"
TOLD = "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
STORE = (
    "SELECT portal.store_records(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
    " ARRAY(SELECT id FROM catalogue_category WHERE code = %s), ARRAY[0], ARRAY['{}'::jsonb])"
)


def asked(world, **terms):
    request = file(world.ada, Type.ERASURE, **terms)
    search(world, request)
    return request


@scene
def proposed(real_world):
    """Ada's request, with the proposal to delete all but her orders."""
    request = asked(real_world)
    about = {"officer": real_world.pia, "by": by_staff(real_world.pia)}
    erasing.propose_partial_erasure(rights_request=request.pk, kept=["orders"], law="AO 147", **about)
    return request


def erased(world, request) -> None:
    erasing.confirm_partial_erasure(rights_request=request.pk, officer=world.otto, by=by_staff(world.otto))


def test_done_whole_it_is_allowed(real_world, proposed, tried):
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk)).startswith("allowed")


@pytest.mark.parametrize(
    ("without", "by"),
    [
        ("entry", "vault_parterasure_on_record"),
        ("second officer", "vault_record_kept"),
        ("records", "vault_parterasure_on_record"),
        ("answer told", "rights_answer_on_record"),
    ],
)
def test_a_step_left_out_undoes_it(real_world, proposed, tried, without, by):
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk, without=without)) == f"{REFUSED} {by}"


def test_nobody_is_both_officers_and_no_requester_one(real_world, proposed, tried):
    assert tried(*erasing_part(proposed.pk, real_world.pia.pk)) == "23514 vault_parterasure_two_officers"
    assert tried(*erasing_part(proposed.pk, real_world.sam.pk)) == f"{REFUSED} vault_parterasure_frozen"


def test_no_partial_erasure_under_a_legal_hold(real_world, proposed, tried):
    hold(real_world)
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk)) == f"{REFUSED} vault_parterasure_on_record"


@pytest.mark.parametrize(
    "change",
    [
        "deleted = '[\"contact\", \"health\", \"orders\"]', kept = '[]', law = ''",
        "law = 'AO 148'",
        "customer_id = (SELECT id FROM people_customer WHERE reference = 'C-1002')",
        "proposed_by_id = NULL",
        "done_at = portal.now() - interval '1 day', confirmed_by_id = {otto}",
        "done_at = portal.now(), original = '\\x00'",
        "cancelled_at = portal.now()",
        "cancelled_at = portal.now(), cancelled_by_id = {ben}",
    ],
)
def test_a_proposal_is_only_confirmed_or_cancelled(real_world, proposed, tried, change):
    who = {"otto": f"'{real_world.otto.pk}'", "ben": f"'{real_world.ben.user.pk}'"}
    said = tried(f"UPDATE vault_parterasure SET {change.format(**who)}")
    assert said == f"{REFUSED} vault_parterasure_frozen"


def test_done_it_never_changes(real_world, proposed, tried):
    erased(real_world, proposed)
    for change in ("done_at = NULL, confirmed_by_id = NULL", "cancelled_at = portal.now()", "kept = '[]', law = ''"):
        assert tried(f"UPDATE vault_parterasure SET {change}").startswith((REFUSED, "23514"))
    assert tried("DELETE FROM vault_parterasure").startswith("42501")


def proposing(world, request, customer=None) -> list:
    return proposing_part(request.pk, customer or request.customer_id, world.pia.pk)


def test_it_is_proposed_for_an_open_request_of_somebody_known(real_world, tried):
    world = real_world
    request, other = asked(world), file(world.ada, Type.ACCESS)
    unknown = file(world.ben, Type.ERASURE, is_fresh=False)
    assert tried(*proposing(world, request)).startswith("allowed")
    for wrong in (proposing(world, request, world.ben.customer.pk), proposing(world, other), proposing(world, unknown)):
        assert tried(*wrong) == f"{REFUSED} vault_parterasure_requested"
    assert tried(proposing(world, asked(world, scope=("orders",)))[1]) == f"{REFUSED} vault_parterasure_on_record"


def test_no_kind_both_goes_and_stays(real_world, tried):
    request = asked(real_world)
    (_told, (sql, about)) = proposing(real_world, request)
    both = sql.replace('["orders"]', '["orders", "contact"]')
    assert tried((both, about)) == f"{REFUSED} vault_parterasure_parts"
    assert tried((sql.replace("AO 147", "Ada owes us"), about)) == "23514 vault_parterasure_keeps_by_law"
    assert tried((sql.replace('["contact", "health"]', "[]"), about)) == "23514 vault_parterasure_deletes_something"


def test_a_kind_leaves_the_vault_with_its_erasure_alone(real_world, proposed, tried):
    remove = "SELECT portal.remove_categories(%s, ARRAY(SELECT id FROM catalogue_category WHERE code = 'contact'))"
    assert tried((remove, [real_world.ada.customer.pk])) == f"{REFUSED} vault_record_kept"
    kept = {"records": "SELECT portal.remove_records(customer_id) FROM vault_parterasure WHERE request = %(request)s"}
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk, **kept)) == f"{REFUSED} vault_record_kept"


def test_what_was_deleted_is_not_stored_again(real_world, proposed, tried):
    erased(real_world, proposed)
    ada, ben = real_world.ada.customer.pk, real_world.ben.customer.pk

    assert tried(TOLD, (STORE, [ada, "contact"])) == f"{REFUSED} vault_record_not_of_part_erased"
    assert tried(TOLD, (STORE, [ada, "orders"])).startswith("allowed")
    assert tried(TOLD, (STORE, [ben, "contact"])).startswith("allowed")


OTHERWISE = {
    "another law": {"AO 147": "AO 148"},
    "another reason": {"legal_restriction": "other", "exempt_information": "other"},
    "done whole": {
        "complied_part": "complied_whole",
        "legal_restriction": "",
        "exempt_information": "",
        "AO 147": "",
        "true": "false",
    },
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_an_answer_calls_done_what_was_done(real_world, proposed, tried, how):
    instead = dict(list(STEPS.items())[-2:])
    for said, other in OTHERWISE[how].items():
        instead = {name: sql.replace(said, other) for name, sql in instead.items()}

    assert tried(*erasing_part(proposed.pk, real_world.otto.pk, **instead)) == f"{REFUSED} rights_answer_done"


def test_in_part_is_not_said_without_an_erasure(real_world, tried):
    request = asked(real_world)
    steps = erasing_part(request.pk, real_world.otto.pk)

    assert tried(*steps[-2:]) == f"{REFUSED} rights_answer_done"


def test_with_a_kind_left_out_it_is_not_done(real_world, proposed, tried):
    new = (
        'INSERT INTO catalogue_category (code, words, term, sensitive, special, "order", published)'
        " VALUES ('calls', '{}', '', false, false, 1, false)"
    )
    entry = (
        "SELECT portal.append_entry('category.drafted', NULL, 'portal', '', 'category', 'calls', '', 'job',"
        " NULL, '', '{}')"
    )
    said = tried(entry, new, *erasing_part(proposed.pk, real_world.otto.pk))
    assert said.endswith(("rights_answer_done", "catalogue_category_on_record"))


def test_an_answered_request_leaves_no_proposal(real_world, proposed, tried):
    taken_back = (
        "INSERT INTO rights_answer (rights_request_id, outcome, retain_until)"
        " VALUES (%s, 'withdrawn_by_requester', '2099-01-01')"
    )
    entry = (
        "SELECT portal.append_entry('rights_request.withdrawn', %s, 'customer', %s, 'rights_request', %s, '', 'portal',"
        " NULL, 'withdrawn_by_requester', '{}')"
    )
    told = entry, [real_world.ada.customer.id, str(real_world.ada.user.pk), str(proposed.pk)]
    assert tried(told, (taken_back, [proposed.pk])) == f"{REFUSED} rights_answer_has_effect"


@pytest.mark.forced
def test_the_row_policy_shuts_what_is_kept(real_world, proposed):
    """A grant that runs all the same, by the owner's hand, opens nothing."""
    world = real_world
    grant = answer(world, ask(world, "orders"), "all").grants.get()
    with application_speaking() as application:
        said = (
            "SELECT portal.append_entry('vault.opened', %s, 'staff', %s, 'access_request', %s, '', 'portal', NULL,"
            " 'granted', jsonb_build_object('opening', %s::text)::text)"
        )
        opened = (
            "INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
            " SELECT %s, 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant WHERE id = %s"
        )
        opening = uuid4()
        told = [world.ada.customer.pk, str(world.sam.pk), str(grant.access_request_id), str(opening)]
        with application.transaction():
            application.execute(said, told)
            application.execute(opened, [opening, grant.pk])
        look = "SELECT count(*) FROM portal.read_records(%s, %s, %s, 100)"
        about = [opening, world.ada.customer.pk, world.categories["orders"].pk]
        assert application.execute(look, about).fetchone() == (2,)

        erased(world, proposed)
        run_again(grant)
        assert application.execute(look, about).fetchone() == (0,)

    copy = disclose_own_copy(customer=world.ada.customer.pk, by=world.ada.actor)
    assert list(copy.records) == [world.categories["orders"].pk]


def run_again(grant) -> None:
    with acting_as_owner() as owner, silence_triggers(owner, "access_grant") as cursor:
        cursor.execute("UPDATE access_grant SET ended_at = NULL, \"end\" = '' WHERE id = %s", [grant.pk])


def test_words_go_with_the_kind_they_are_about(real_world, proposed, tried):
    request = file_correction(real_world.ada)
    other = file(real_world.ada, Type.ACCESS, said={"words": "Please."})
    forget = "DELETE FROM rights_statement WHERE rights_request_id = %s"
    assert tried((forget, [request.pk])) == f"{REFUSED} rights_statement_frozen"
    erased(real_world, proposed)
    assert tried((forget, [other.pk])) == f"{REFUSED} rights_statement_frozen"


def test_a_copy_read_before_is_not_kept_after(real_world, proposed, tried):
    world = real_world
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    erased(world, proposed)
    package = (
        "INSERT INTO copies_package (id, rights_request_id, customer_id, made_at, ends_at, sealed_page, sealed_data)"
        " VALUES (%(id)s, %(request)s, %(customer)s, portal.now(), portal.now() + interval '14 days', '', '')"
    )
    told = (
        "SELECT portal.append_entry('rights_request.packaged', %(customer)s::uuid, 'portal', '', 'rights_request',"
        " %(request)s::text, '', 'job', NULL, '', jsonb_build_object('package', %(id)s::text)::text)"
    )
    about = {"id": uuid4(), "request": copied.pk, "customer": world.ada.customer.pk}
    assert tried((told, about), (package, about)) == f"{REFUSED} copies_package_frozen"
    disclose_own_copy(customer=world.ada.customer.pk, by=Actor("portal", channel="job"), rights_request=copied.pk)
    assert tried((told, about), (package, about)).startswith("allowed")
