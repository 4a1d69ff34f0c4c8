"""Clauses that make no difference where they are taken out, or turned round; each with the reason."""

UNKNOWN_HOLDS = "A CHECK that comes out unknown holds: where this column is empty, the rest of it is unknown already."
EQUIVALENT = {
    **{
        f"without check {clause}": UNKNOWN_HOLDS
        for clause in (
            "access_proposal_not_own_manager: decided_by_id IS NOT NULL",
            "access_proposal_not_own_manager: decided_by_id IS NULL",
            "breaches_announcement_two_officers: decided_by_id IS NOT NULL",
            "breaches_announcement_two_officers: decided_by_id IS NULL",
            "catalogue_retirement_two_officers: approved_by_id IS NOT NULL",
            "catalogue_retirement_two_officers: approved_by_id IS NULL",
            "catalogue_version_months_count: consent_months IS NOT NULL",
            "catalogue_version_months_count: retention_months IS NOT NULL",
            "catalogue_version_two_officers: drafted_by_id IS NOT NULL",
            "catalogue_version_two_officers: published_by_id IS NOT NULL",
            "exemptions_exemption_two_people: decided_by_id IS NOT NULL",
            "exemptions_exemption_two_people: decided_by_id IS NULL",
            "insights_cell_no_small_number: number IS NULL",
            "insights_result_no_small_total: total IS NULL",
            "notifications_message_one_recipient: customer_id IS NOT NULL",
            "notifications_message_one_recipient: user_id IS NOT NULL",
            "people_claimcode_two_officers: approved_by_id IS NOT NULL",
            "people_claimcode_two_officers: approved_by_id IS NULL",
            "people_customer_reference_not_empty: reference IS NOT NULL",
            "people_erasure_confirmed_and_done: done_at IS NOT NULL",
            "people_erasure_two_officers: confirmed_by_id IS NOT NULL",
            "people_erasure_two_officers: confirmed_by_id IS NULL",
            "people_erasure_two_officers: proposed_by_id IS NOT NULL",
            "people_staffmember_not_own_manager: manager_id IS NOT NULL",
            "people_staffmember_not_own_manager: manager_id IS NULL",
            "people_staffproposal_not_about_oneself: approved_by_id IS NOT NULL",
            "people_staffproposal_not_about_oneself: approved_by_id IS NULL",
            "people_staffproposal_two_officers: approved_by_id IS NOT NULL",
            "people_staffproposal_two_officers: approved_by_id IS NULL",
            "rights_request_scope_not_empty: scope_from IS NULL",
            "rights_request_scope_not_empty: scope_until IS NULL",
            "vault_parterasure_confirmed_and_done: done_at IS NOT NULL",
            "vault_parterasure_two_officers: confirmed_by_id IS NOT NULL",
            "vault_parterasure_two_officers: confirmed_by_id IS NULL",
            "vault_parterasure_two_officers: proposed_by_id IS NOT NULL",
        )
    },
}
LOCKS = (
    "It says which row is waited for: nobody else is there to hold it. What is asked afterwards is tried by attempts."
)
AS_BEFORE = "Where this is not so, the rest of the condition is unknown or false already."
IN_TWO = "A case is one transaction. What holds in the next one is tried in tests/people/test_joint_assents_in_sql.py."
ASKED_AGAIN = "Whom it no longer lets through at once, statistics_show asks about one by one."
# Clauses of functions that no attempt and no case tells apart; each with the reason.
UNTOLD = {
    "without function append_entry: NOT found": "Making a head asks again whether there is one: it only costs more.",
    "turned function has_every_yes: s.ended_at IS NULL": IN_TWO,
    "without function has_every_yes: s.ended_at IS NULL": IN_TWO,
    "without function has_every_yes: s.ended_at IS NULL OR is_of_this_transaction(s.xmin)": IN_TWO,
    "without function require_entry_for_joint_assent: is_of_this_transaction(e.xmin)": IN_TWO,
    "without function require_entry_for_teams: is_of_this_transaction(e.xmin)": (
        "A case is one transaction. An entry of an earlier one is tried in tests/access/test_agreement.py."
    ),
    **{
        f"{how} function {clause}": LOCKS
        for how in ("turned", "without")
        for clause in (
            "check_partial_erasure: c.id = new.customer_id",
            "check_partial_erasure: new.done_at IS NOT NULL",
            "refuse_for_erased_customer: c.id = new.customer_id",
            "check_publication: held.recipient_id = r.id",
            "check_publication: held.category_id = c.id",
            "check_publication: held.purposeversion_id = new.id",
        )
    },
    **{
        f"without function {clause}": AS_BEFORE
        for clause in (
            "check_grant_moments: tg_op = 'UPDATE'",
            "refuse_change_of_enquiry: new.replied_at IS NULL",
            "refuse_change_of_look_report: new.decided_at IS NOT NULL",
            "require_entry_for_exemption: NOT is_new",
            "require_entry_for_vault_write: e.customer IS NULL",
            "refuse_removal_of_rights: tg_op = 'UPDATE'",
            "refuse_rights_off_record: tg_op = 'UPDATE'",
            "rights_has_every_yes: r.customer_id IS NOT NULL",
        )
    },
    **{
        f"{how} function grow_tree: left_over & 1 = 1": "Then the loop never ends, and no attempt either."
        for how in ("turned", "without")
    },
    **{
        f"without policy vault_record_count: {clause}": ASKED_AGAIN
        for clause in (
            "category_id = (SELECT ((portal.open_statistics())).category AS category)",
            "c.valid_until IS NULL",
            "c.valid_until > portal.clock()",
            "m.customer_id = vault_record.customer_id",
            "m.lifted_at IS NULL",
            "b.customer_id = vault_record.customer_id",
            "b.lifted_at IS NULL",
            "e.customer_id = vault_record.customer_id",
        )
    },
    **dict.fromkeys(
        ("without function read_statistics: TRUE", "without function rights_derive: TRUE"),
        "It is a join without a condition, spelled ON true.",
    ),
}
