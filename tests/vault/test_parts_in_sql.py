"""Erasures of part against somebody who has the application's password and writes SQL."""

from uuid import uuid4

import pytest

from consents.core.owner import as_owner
from consents.disclosures.services import disclose_own
from consents.ledger.rules import Actor
from consents.rights import services as rights
from consents.rights.rules.kinds import Type
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.cast import answer, ask
from tests.people.test_erasing import hold
from tests.rights.conftest import answer as grant_right
from tests.rights.conftest import by_staff, file, file_correction, search
from tests.vault.raw import STEPS, erasing_part, proposing_part

REFUSED = "23001"
TOLD = "SELECT ledger_append('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
STORE = (
    "SELECT vault_store(ARRAY[gen_random_uuid()], ARRAY[%s::uuid],"
    " ARRAY(SELECT id FROM catalogue_category WHERE code = %s), ARRAY[0], ARRAY['{}'::jsonb])"
)


@pytest.fixture
def tried(real_world):
    """`tried(*statements)`: what the database says to them, as the application."""
    with application_speaking() as application:
        yield lambda *statements: outcome(application, *statements)


def asked(world, **terms):
    request = file(world.ada, Type.ERASURE, **terms)
    search(world, request)
    return request


@pytest.fixture
def proposed(real_world):
    """Ada's request, with the proposal to delete all but her orders."""
    request = asked(real_world)
    about = {"officer": real_world.pia, "by": by_staff(real_world.pia)}
    rights.propose_part(request=request.pk, kept=["orders"], law="AO 147", **about)
    return request


def erased(world, request) -> None:
    rights.erase_part(request=request.pk, officer=world.otto, by=by_staff(world.otto))


def test_done_whole_it_is_allowed(real_world, proposed, tried):
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk)).startswith("allowed")


@pytest.mark.parametrize(
    ("without", "by"),
    [
        ("entry", "vault_parterasure_on_record"),
        ("second officer", "vault_record_kept"),
        ("records", "vault_parterasure_on_record"),
        ("answer told", "rights_rightsrequest_on_record"),
    ],
)
def test_a_step_left_out_undoes_it(real_world, proposed, tried, without, by):
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk, without=without)) == f"{REFUSED} {by}"


def test_nobody_is_both_officers_and_no_requester_one(real_world, proposed, tried):
    assert tried(*erasing_part(proposed.pk, real_world.pia.pk)) == "23514 vault_parterasure_two_officers"
    assert tried(*erasing_part(proposed.pk, real_world.sam.pk)) == f"{REFUSED} vault_parterasure_frozen"


def test_the_law_forbids_it(real_world, proposed, tried):
    hold(real_world)
    assert tried(*erasing_part(proposed.pk, real_world.otto.pk)) == f"{REFUSED} vault_parterasure_on_record"


@pytest.mark.parametrize(
    "change",
    [
        "deleted = '[\"contact\", \"health\", \"orders\"]', kept = '[]', law = ''",
        "law = 'AO 148'",
        "customer_id = (SELECT id FROM people_customer WHERE reference = 'C-1002')",
        "proposed_by_id = NULL",
        "done_at = portal_now() - interval '1 day', confirmed_by_id = {otto}",
        "done_at = portal_now(), original = '\\x00'",
        "cancelled_at = portal_now()",
        "cancelled_at = portal_now(), cancelled_by_id = {ben}",
    ],
)
def test_a_proposal_is_only_confirmed_or_cancelled(real_world, proposed, tried, change):
    who = {"otto": f"'{real_world.otto.pk}'", "ben": f"'{real_world.ben.user.pk}'"}
    said = tried(f"UPDATE vault_parterasure SET {change.format(**who)}")
    assert said == f"{REFUSED} vault_parterasure_frozen"


def test_done_it_never_changes(real_world, proposed, tried):
    erased(real_world, proposed)
    for change in ("done_at = NULL, confirmed_by_id = NULL", "cancelled_at = portal_now()", "kept = '[]', law = ''"):
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
    assert tried((both, about)) == f"{REFUSED} vault_parterasure_frozen"
    assert tried((sql.replace("AO 147", "Ada owes us"), about)) == "23514 vault_parterasure_keeps_by_law"
    assert tried((sql.replace('["contact", "health"]', "[]"), about)) == "23514 vault_parterasure_deletes_something"


def test_a_kind_leaves_the_vault_with_its_erasure_alone(real_world, proposed, tried):
    remove = "SELECT vault_remove_kinds(%s, ARRAY(SELECT id FROM catalogue_category WHERE code = 'contact'))"
    assert tried((remove, [real_world.ada.customer.pk])) == f"{REFUSED} vault_record_kept"
    kept = {"records": "SELECT vault_remove(customer_id) FROM vault_parterasure WHERE request = %(request)s"}
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
        "remedies_told = true": "remedies_told = false",
    },
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_an_answer_calls_done_what_was_done(real_world, proposed, tried, how):
    instead = dict(list(STEPS.items())[-2:])
    for said, other in OTHERWISE[how].items():
        instead = {name: sql.replace(said, other) for name, sql in instead.items()}

    assert tried(*erasing_part(proposed.pk, real_world.otto.pk, **instead)) == f"{REFUSED} rights_rightsrequest_done"


def test_in_part_is_not_said_without_an_erasure(real_world, tried):
    request = asked(real_world)
    steps = erasing_part(request.pk, real_world.otto.pk)

    assert tried(*steps[-2:]) == f"{REFUSED} rights_rightsrequest_done"


def test_with_a_kind_left_out_it_is_not_done(real_world, proposed, tried):
    new = (
        'INSERT INTO catalogue_category (code, words, term, sensitive, special, "order", published)'
        " VALUES ('calls', '{}', '', false, false, 1, false)"
    )
    entry = (
        "SELECT ledger_append('category.drafted', NULL, 'portal', '', 'category', 'calls', '', 'job', NULL, '', '{}')"
    )
    said = tried(entry, new, *erasing_part(proposed.pk, real_world.otto.pk))
    assert said.endswith(("rights_rightsrequest_done", "catalogue_category_on_record"))


def test_an_answered_request_leaves_no_proposal(real_world, proposed, tried):
    taken_back = (
        "UPDATE rights_rightsrequest SET state = 'answered', outcome = 'withdrawn_by_requester',"
        " responded_at = portal_now(), retain_until = '2099-01-01' WHERE id = %s"
    )
    entry = (
        "SELECT ledger_append('rights_request.withdrawn', %s, 'customer', %s, 'rights_request', %s, '', 'portal',"
        " NULL, 'withdrawn_by_requester', '{}')"
    )
    told = entry, [real_world.ada.customer.id, str(real_world.ada.user.pk), str(proposed.pk)]
    assert tried(told, (taken_back, [proposed.pk])) == f"{REFUSED} rights_rightsrequest_has_effect"


@pytest.mark.forced
def test_the_row_policy_shuts_what_is_kept(real_world, proposed):
    """A grant that runs all the same, by the owner's hand, opens nothing; nor do statistics count it."""
    world = real_world
    grant = answer(world, ask(world, "orders"), "all").grants.get()
    with application_speaking() as application:
        said = (
            "SELECT ledger_append('vault.opened', %s, 'staff', %s, 'access_request', %s, '', 'portal', NULL,"
            " 'granted', jsonb_build_object('opening', %s::text)::text)"
        )
        opened = (
            "INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)"
            " SELECT %s, 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant WHERE id = %s"
        )
        opening = uuid4()
        told = [world.ada.customer.pk, str(world.sam.pk), str(grant.request_id), str(opening)]
        with application.transaction():
            application.execute(said, told)
            application.execute(opened, [opening, grant.pk])
        look = "SELECT count(*) FROM vault_read(%s, %s, %s, 100)"
        about = [opening, world.ada.customer.pk, world.categories["orders"].pk]
        assert application.execute(look, about).fetchone() == (2,)
        seen = counted(application)

        erased(world, proposed)
        run_again(grant)
        assert application.execute(look, about).fetchone() == (0,)
        assert counted(application) == seen - 4

    copy = disclose_own(customer=world.ada.customer.pk, by=world.ada.actor)
    assert list(copy.records) == [world.categories["orders"].pk]


def counted(application) -> int:
    """Rows that statistics may count."""
    opening = uuid4()
    told = (
        "SELECT ledger_append('vault.statistics', NULL, 'portal', '', 'opening', %s, '', 'job', NULL, '',"
        " jsonb_build_object('opening', %s::text)::text)"
    )
    with application.transaction():
        application.execute(told, [str(opening), str(opening)])
        application.execute("INSERT INTO disclosures_opening (id, kind) VALUES (%s, 'statistics')", [opening])
    with application.transaction():
        application.execute("SELECT set_config('portal.opening', %s, true)", [str(opening)])
        (found,) = application.execute("SELECT count(*) FROM vault_record").fetchone()
    return found


def run_again(grant) -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE access_grant DISABLE TRIGGER access_grant_frozen")
        cursor.execute("UPDATE access_grant SET ended_at = NULL, \"end\" = '' WHERE id = %s", [grant.pk])
        cursor.execute("ALTER TABLE access_grant ENABLE ALWAYS TRIGGER access_grant_frozen")


def test_words_go_with_the_kind_they_are_about(real_world, proposed, tried):
    request = file_correction(real_world.ada)
    other = file(real_world.ada, Type.ACCESS, said={"words": "Please."})
    forget = "DELETE FROM rights_words WHERE request_id = %s"
    assert tried((forget, [request.pk])) == f"{REFUSED} rights_words_frozen"
    erased(real_world, proposed)
    assert tried((forget, [other.pk])) == f"{REFUSED} rights_words_frozen"


def test_a_copy_read_before_is_not_kept_after(real_world, proposed, tried):
    world = real_world
    copied = file(world.ada, Type.ACCESS)
    search(world, copied)
    grant_right(world, copied)
    erased(world, proposed)
    package = (
        "INSERT INTO rights_package (id, request_id, made_at, ends_at, sealed_page, sealed_data) VALUES"
        " (%(id)s, %(request)s, portal_now(), portal_now() + interval '14 days', '', '')"
    )
    told = (
        "SELECT ledger_append('rights_request.packaged', %(customer)s::uuid, 'portal', '', 'rights_request',"
        " %(request)s::text, '', 'job', NULL, '', jsonb_build_object('package', %(id)s::text)::text)"
    )
    about = {"id": uuid4(), "request": copied.pk, "customer": world.ada.customer.pk}
    assert tried((told, about), (package, about)) == f"{REFUSED} rights_package_frozen"
    disclose_own(customer=world.ada.customer.pk, by=Actor("portal", channel="job"), request=copied.pk)
    assert tried((told, about), (package, about)).startswith("allowed")
