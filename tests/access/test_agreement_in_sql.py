"""No request without the manager's yes, against somebody who has the application's password and writes SQL."""

from datetime import timedelta

import pytest

from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services.staff_members import end_staff_membership
from tests.world.cast import ask, make_staff
from tests.world.proposals import make_guarded_purpose, propose_request

CUSTOMERS = "(SELECT customer_id FROM access_proposedrequest WHERE id = %(proposed)s)"
TELL = f"""
SELECT portal.append_entry(%(event)s, {CUSTOMERS}, %(kind)s, %(actor)s::text, 'proposed_request', %(proposed)s::text,
    '', 'portal', NULL, '', json_build_object('categories', %(categories)s::json)::text)
"""
DECLINE = """
UPDATE access_proposedrequest SET state = 'declined', decided_by_id = %(by)s, decided_at = portal.now(),
    sealed_reason = '\\x00' WHERE id = %(proposed)s
"""
FILE = """
INSERT INTO access_accessrequest (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason,
    sentence, sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state)
SELECT %(new)s, customer_id, staff_id, 'Sam', 'Billing', v.purpose_id, v.id, p.reason, 'x', '', '', {duration},
    portal.now() + answer_within, portal.now(), 'd', gen_random_uuid(), 'pending'
FROM access_proposedrequest AS p JOIN catalogue_purposeversion AS v ON v.id = p.version_id WHERE p.id = %(proposed)s
"""
KIND = """
INSERT INTO access_requestedcategory (access_request_id, category_id)
SELECT %(new)s, id FROM catalogue_category WHERE code = %(code)s
"""
FILED = f"""
SELECT portal.append_entry('access_request.filed', {CUSTOMERS}, 'staff', %(sam)s::text, 'access_request', %(new)s::text,
    '', 'portal', NULL, 'pending', json_build_object('digest', 'd', 'categories', %(categories)s::json)::text)
"""
AGREE = """
UPDATE access_proposedrequest SET state = 'agreed', decided_by_id = %(kim)s, decided_at = portal.now(),
    access_request_id = %(new)s WHERE id = %(proposed)s
"""
SET = "UPDATE people_staffmember SET manager_id = %(manager)s WHERE user_id = %(member)s"
TELL_SET = """
SELECT portal.append_entry('staff.manager_set', NULL, 'staff', %(actor)s::text, 'user', %(member)s::text, '', 'portal',
    NULL, '', json_build_object('manager', %(manager)s::text)::text)
"""
NEW = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def proposed(real_world):
    """Of two customers; what is tried is about Ada."""
    guarded = make_guarded_purpose(real_world)
    propose_request(real_world, guarded, customer=real_world.ben.customer.id)
    return propose_request(real_world, guarded)


def told(proposed, actor, event="declined", kind="staff", categories='["orders"]'):
    facts = {"event": f"proposed_request.{event}", "kind": kind, "actor": actor.pk, "categories": categories}
    return TELL, facts | {"proposed": proposed.pk}


def test_only_the_manager_decides_and_on_record(real_world, proposed, tried):
    sam, kim, pia = real_world.sam, real_world.kim, real_world.pia

    def declined(who):
        return DECLINE, {"by": who.pk, "proposed": proposed.pk}

    assert tried(told(proposed, kim), declined(kim)).startswith("allowed")
    assert tried(told(proposed, pia), declined(pia)) == "23001 access_proposedrequest_frozen"
    assert tried(told(proposed, sam), declined(sam)) == "23001 access_proposedrequest_frozen"
    for entry in (
        told(proposed, pia),
        told(proposed, kim, "ended"),
        told(proposed, kim, kind="customer"),
        told(proposed, kim, categories='["contact"]'),
    ):
        assert tried(entry, declined(kim)) == "23001 access_proposedrequest_on_record"
    assert tried("UPDATE access_proposedrequest SET sealed_words = ''").startswith("42501")
    assert tried("DELETE FROM access_proposedrequest").startswith("42501")


def test_nothing_is_put_to_the_customer_but_what_was_agreed(real_world, proposed, tried):
    about = {"proposed": proposed.pk, "new": NEW, "sam": real_world.sam.pk, "kim": real_world.kim.pk}

    def filed(code="orders", duration="duration"):
        kind, entry = (KIND, about | {"code": code}), (FILED, about | {"categories": f'["{code}"]'})
        return [(FILE.format(duration=duration), about), kind, entry]

    agreed = [told(proposed, real_world.kim, "agreed"), (AGREE, about)]
    assert tried(*filed(), *agreed).startswith("allowed")
    by = "23001 access_accessrequest_agreed"
    assert tried(*filed()) == by
    assert tried(*filed("contact"), *agreed) == by
    assert tried(*filed(duration="interval '1 day'"), *agreed) == by
    # Once all of that has been looked at, the transaction still goes on.
    looked_at, more = "SET CONSTRAINTS ALL IMMEDIATE", (KIND, about | {"code": "contact"})
    entry = FILED, about | {"categories": '["contact", "orders"]'}
    assert tried(*filed(), entry, *agreed, looked_at, more) == "23001 access_requestedcategory_agreed"


def test_where_no_agreement_is_needed_nothing_changes(real_world):
    assert ask(real_world, "orders", duration=timedelta(hours=1)).state == "pending"


def test_an_officer_sets_the_manager_on_record_and_nobody_their_own(real_world, tried):
    sam, kim, pia, otto = real_world.sam, real_world.kim, real_world.pia, real_world.otto
    gone = make_staff("noa@example.com", Role.REQUESTER, "Returns", "Noa")
    end_staff_membership(member=gone, by=PORTAL)

    def entry(actor, member=sam, manager=kim):
        return TELL_SET, {"actor": actor.pk, "member": member.pk, "manager": manager.pk}

    def placed(member=sam, manager=kim):
        return SET, {"member": member.pk, "manager": manager.pk}

    assert tried(entry(pia), placed()).startswith("allowed")
    by = "23001 people_staffmember_manager_on_record"
    for told_instead in (entry(sam), entry(kim), entry(pia, otto), entry(pia, manager=otto)):
        assert tried(told_instead, placed()) == by
    assert tried(entry(otto, otto), placed(otto)) == by
    assert tried(entry(pia, manager=sam), placed(manager=sam)) == "23514 people_staffmember_not_own_manager"
    both = (SET.replace("SET", "SET team = 'x',"), placed()[1])
    assert tried(entry(pia, manager=gone), placed(manager=gone)) == "23001 people_staffmember_manager"
    assert tried(entry(pia), both) == "23001 people_staffmember_manager"
