"""What the rules of people forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import NOWHERE, all_by_application, by_application, told
from tests.architecture.mutation.speaking import outcome
from tests.world.sql.erasing import NEW, erasing

NEW_EVIDENCE = """
INSERT INTO people_evidence (id, "user", network, browser, language) VALUES (gen_random_uuid(), %s, '', '', '')
"""
GUARDIAN = "INSERT INTO people_acting (user_id, customer_id, capacity) VALUES ('{user}', '{customer}', 'guardian')"
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "people_staffmember_former_teams": "former_teams = '[1]'",
    "people_directoryperson_place": "place = '[]'",
    "people_acting_known_capacity": "capacity = 'friend'",
    "people_customer_known_yes_of": "yes_of = 'one'",
    "people_claimcode_known_capacity": "capacity = 'agent'",
    "people_claimcode_two_officers": "approved_by_id = proposed_by_id",
    "people_claimcode_approved_by_and_at": "approved_by_id = NULL",
    "people_claimcode_printed_once_approved": "approved_by_id = NULL, approved_at = NULL, ends_at = NULL",
    "people_claimcode_used_by_and_at": "used_at = portal.now(), used_by_id = NULL",
    "people_claimcode_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_user_new_email_and_when": "new_email = 'x@example.com', new_email_at = NULL",
    "people_user_closed_is_bare": "closed_at = portal.now(), is_active = true",
    "people_customer_address_both_or_neither": "sealed_address = NULL",
    "people_customer_reference_not_empty": "reference = ''",
    "people_customer_unlinked_when_erased": "language = 'en', erased_at = portal.now()",
    "people_erasure_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_erasure_confirmed_and_done": "done_at = portal.now(), confirmed_by_id = NULL, cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_erasure_is_proposed": "proposed_by_id = NULL",
    "people_erasure_known_reason": "reason = 'whim'",
    "people_erasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal.now(), cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_jointassent_known_matter": "matter = 'whim'",
    "people_legalhold_known_reason": "reason = 'whim'",
    "people_legalhold_lifted_by_and_at": "lifted_at = portal.now(), lifted_by_id = NULL",
    "people_legalhold_names_its_document": "document = ''",
    "people_legalhold_placed_by_somebody": "placed_by_id = NULL",
    "people_staffmember_known_role": "role = 'superuser'",
    "people_staffmember_not_own_manager": "manager_id = user_id",
    "people_directorygroup_named": "name = ''",
    "people_directoryperson_named": "name = ''",
    "people_staffproposal_approved_by_and_at": "approved_by_id = NULL, approved_at = portal.now()",
    "people_staffproposal_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_staffproposal_known_change": "role = 'requester'",
    "people_staffproposal_not_about_oneself": "approved_by_id = member_id, approved_at = portal.now()",
    "people_staffproposal_two_officers": "approved_by_id = proposed_by_id, approved_at = portal.now()",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "people_acting_one_self_per_customer": {"user_id": NOWHERE},
    "people_acting_once": {"capacity": "guardian"},
    "people_directoryperson_once": {"user_id": None},
    "people_directoryperson_user_id_key": {"name": "rosa@example.com"},
    "people_claimcode_one_proposal": {"code_hash": None},
    "people_erasure_one_per_customer": {"cancelled_at": None, "cancelled_by_id": None},
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "people_acting_on_record": by_application(
        lambda s: (
            "INSERT INTO people_acting (user_id, customer_id, capacity) VALUES (%s, %s, 'agent')",
            [s.sam, s.ada],
        )
    ),
    "people_acting_not_of_closed": by_application(
        lambda s: (f"INSERT INTO people_acting {NEW['people_acting']}", {"customer": s.ben, "officer": s.closed})
    ),
    "people_evidence_not_of_closed": by_application(lambda s: (NEW_EVIDENCE, [s.closed])),
    "people_user_closed_stays": by_application(
        lambda s: ("UPDATE people_user SET email = 'cas@example.com' WHERE id = %s", [s.closed])
    ),
    "people_user_closed_on_record": by_application(
        lambda s: (
            "UPDATE people_user SET closed_at = portal.now(), is_active = false, first_name = '', last_name = '',"
            " new_email = '', new_email_at = NULL WHERE id = %s",
            [s.sam],
        )
    ),
    "people_user_stays_used": by_application(
        lambda s: ("UPDATE people_user SET date_joined = date_joined - interval '1 year' WHERE id = %s", [s.sam])
    ),
    "people_customer_not_of_the_future": by_application(
        lambda s: (
            "INSERT INTO people_customer (id, reference, country, region, language, time_zone, created_at)"
            " VALUES (gen_random_uuid(), 'C-2099', '', '', '', '', '2099-01-01Z')"
        )
    ),
    "people_customer_date_frozen": by_application(
        lambda s: ("UPDATE people_customer SET created_at = portal.now() WHERE id = %s", [s.ada])
    ),
    "people_user_used_stays": all_by_application(
        lambda s: [
            "INSERT INTO people_user (id, password, last_login, email, first_name, last_name, is_active)"
            " VALUES (gen_random_uuid(), '!', now(), 'used@example.com', '', '', true)",
            "DELETE FROM people_user WHERE email = 'used@example.com'",
        ]
    ),
    "people_acting_fits_the_age": by_application(lambda s: GUARDIAN.format(user=s.sam, customer=s.ada)),
    "people_acting_frozen": by_application(
        lambda s: ("UPDATE people_acting SET user_id = %s WHERE customer_id = %s", [s.sam, s.ada])
    ),
    "people_jointassent_frozen": by_application(
        lambda s: ("UPDATE people_jointassent SET ended_at = %s::timestamptz", ["2020-01-01Z"])
    ),
    "people_jointassent_on_record": by_application(
        lambda s: (
            "INSERT INTO people_jointassent (id, customer_id, given_by_id, matter, object)"
            " VALUES (gen_random_uuid(), %s, %s, 'joint_consent', %s)",
            [s.ada, s.ada_user, str(s.version)],
        )
    ),
    "people_submission_kept": by_application(lambda s: "DELETE FROM people_submission"),
    "people_user_lock_on_record": by_application(
        lambda s: "UPDATE people_user SET locked_at = NULL WHERE locked_at IS NOT NULL"
    ),
    "people_user_locked_keeps_password": by_application(
        lambda s: "UPDATE people_user SET password = 'x' WHERE locked_at IS NOT NULL"
    ),
    "people_user_name_frozen": by_application(
        lambda s: ("UPDATE people_user SET first_name = 'Other' WHERE id = %s", [s.sam])
    ),
    "people_claimcode_frozen": all_by_application(
        lambda s: [
            told("record.claimed", s.addressless, s.addressless),
            (
                "UPDATE people_claimcode SET ends_at = ends_at + interval '1 year' WHERE customer_id = %s",
                [s.addressless],
            ),
        ]
    ),
    "people_claimcode_leaves_an_officer": all_by_application(
        lambda s: [
            (
                "UPDATE people_staffmember SET ended_at = portal.now()"
                " WHERE role <> 'requester' AND ended_at IS NULL AND user_id NOT IN (%s, %s)",
                [s.pia, s.otto],
            ),
            (
                "UPDATE people_claimcode SET approved_by_id = %s, approved_at = portal.now(),"
                " ends_at = portal.now() + interval '14 days'"
                " WHERE proposed_by_id = %s AND approved_at IS NULL AND cancelled_at IS NULL",
                [s.otto, s.pia],
            ),
        ]
    ),
    "people_claimcode_on_record": by_application(
        lambda s: (
            "UPDATE people_claimcode SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE customer_id = %s"
            " AND cancelled_at IS NULL",
            [s.pia, s.addressless],
        )
    ),
    "people_claimcode_not_about_oneself": lambda application, owner, scene: outcome(
        owner,
        (
            "INSERT INTO people_claimcode (id, customer_id, capacity, proposed_by_id)"
            " VALUES (gen_random_uuid(), %s, 'self', %s)",
            [scene.ben, scene.ben_user],
        ),
    ),
    "people_acting_ends_on_record": by_application(
        lambda s: ("UPDATE people_acting SET ends_at = portal.now() WHERE customer_id = %s", [s.ben])
    ),
    "people_acting_needs_a_code": by_application(lambda s: GUARDIAN.format(user=s.ben_user, customer=s.child)),
    "people_customer_facts_on_record": by_application(
        lambda s: ("UPDATE people_customer SET born_on = '2020-01-01' WHERE id = %s", [s.ada])
    ),
    "people_staffmember_keeps_teams": lambda application, owner, scene: outcome(
        owner,
        ("UPDATE people_staffmember SET team = 'Money' WHERE user_id = %s", [scene.sam]),
        ("SELECT former_teams FROM people_staffmember WHERE user_id = %s", [scene.sam]),
    ),
    "people_customer_erased_on_record": lambda application, owner, scene: outcome(
        application, *erasing(scene.going, scene.otto, without="acting")
    ),
    "people_customer_address_on_record": by_application(
        lambda s: (
            "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s",
            [s.ada],
        )
    ),
    "people_customer_reference_frozen": by_application(
        lambda s: ("UPDATE people_customer SET reference = NULL WHERE id = %s", [s.ada])
    ),
    "people_customer_erased_stays": by_application(
        lambda s: ("UPDATE people_customer SET language = '' WHERE id = %s", [s.erased])
    ),
    "socialaccount_socialaccount_rekeyed": lambda application, owner, scene: outcome(
        application,
        (
            "INSERT INTO socialaccount_socialaccount (provider, uid, last_login, date_joined, extra_data, user_id)"
            " VALUES ('staff', '01ab', portal.now(), portal.now(), '{}', %s)",
            [scene.sam],
        ),
        "UPDATE socialaccount_socialaccount SET uid = '02ab' WHERE uid = '01ab'",
    ),
    "people_customerkey_kept": by_application(
        lambda s: ("DELETE FROM people_customerkey WHERE customer_id = %s", [s.ada])
    ),
    "people_customerkey_rewrapped_on_record": by_application(
        lambda s: ("UPDATE people_customerkey SET wrapped = '' WHERE customer_id = %s", [s.ada])
    ),
    "people_staffmember_frozen": by_application(
        lambda s: ("UPDATE people_staffmember SET number = '9' WHERE user_id = %s", [s.sam])
    ),
    "people_staffmember_on_record": by_application(
        lambda s: ("UPDATE people_staffmember SET ended_at = portal.now() WHERE user_id = %s", [s.sam])
    ),
    "people_staffmember_manager": by_application(
        lambda s: ("UPDATE people_staffmember SET manager_id = %s, team = 'x' WHERE user_id = %s", [s.pia, s.sam])
    ),
    "people_staffmember_manager_on_record": by_application(
        lambda s: ("UPDATE people_staffmember SET manager_id = %s WHERE user_id = %s", [s.pia, s.sam])
    ),
    "people_staffmember_by_two": all_by_application(
        lambda s: [
            (
                "SELECT portal.append_entry('staff.moved', NULL, 'staff', %s::text, 'x', %s::text, '', 'job', NULL,"
                " 'privacy_officer', '{\"team\": \"x\"}')",
                [s.pia, s.sam],
            ),
            ("UPDATE people_staffmember SET role = 'privacy_officer', team = 'x' WHERE user_id = %s", [s.sam]),
        ]
    ),
    "people_staffproposal_frozen": by_application(
        lambda s: ("UPDATE people_staffproposal SET proposed_at = '2020-01-01Z' WHERE member_id = %s", [s.sam])
    ),
    "people_staffproposal_on_record": by_application(
        lambda s: (
            "UPDATE people_staffproposal SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE member_id = %s",
            [s.pia, s.sam],
        )
    ),
    "people_staffproposal_approved_on_record": by_application(
        lambda s: (
            "UPDATE people_staffproposal SET approved_at = portal.now(), approved_by_id = %s WHERE member_id = %s",
            [s.otto, s.sam],
        )
    ),
    "people_erasure_frozen": by_application(lambda s: "UPDATE people_erasure SET reason = 'unlawful'"),
    "people_erasure_on_record": by_application(
        lambda s: (
            "INSERT INTO people_erasure (id, customer_id, reason, proposed_by_id)"
            " VALUES (gen_random_uuid(), %s, 'requested', %s)",
            [s.ada, s.otto],
        )
    ),
    "people_legalhold_frozen": by_application(lambda s: "UPDATE people_legalhold SET review_on = review_on + 900"),
    "people_legalhold_on_record": by_application(
        lambda s: (
            "UPDATE people_legalhold SET lifted_by_id = %s, lifted_at = portal.now() WHERE lifted_at IS NULL",
            [s.otto],
        )
    ),
}
