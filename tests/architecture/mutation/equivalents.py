"""Clauses that make no difference where they are taken out, or turned round; each with the reason."""

UNKNOWN_HOLDS = "A CHECK that comes out unknown holds: where this column is empty, the rest of it is unknown already."
EQUIVALENT = {
    **{
        f"without check {clause}": UNKNOWN_HOLDS
        for clause in (
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
            "people_staffproposal_two_others: approved_by_id IS NOT NULL",
            "people_staffproposal_two_others: approved_by_id IS NULL",
            "rights_request_scope_not_empty: scope_from IS NULL",
            "rights_request_scope_not_empty: scope_until IS NULL",
            "vault_parterasure_confirmed_and_done: done_at IS NOT NULL",
            "vault_parterasure_two_officers: confirmed_by_id IS NOT NULL",
            "vault_parterasure_two_officers: confirmed_by_id IS NULL",
            "vault_parterasure_two_officers: proposed_by_id IS NOT NULL",
        )
    },
    "without policy vault_record_read: customer_id = (SELECT ((portal.open_door())).customer AS customer)": (
        "portal.door_shows asks the same of each row; this lets an index find the customer's."
    ),
}
