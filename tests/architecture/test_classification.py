"""Every column of every table is marked: personal or not. A new column must be placed by hand."""

from django.apps import apps

# Tables of our rooms: columns that hold or find personal values, in clear or sealed.
PERSONAL = {
    "people_user": {"email", "first_name", "last_name", "password", "last_login"},
    "people_staffmember": {"number"},
    "people_customer": {"reference", "address_hash", "sealed_address", "country", "region", "language", "born_on"},
    "people_customerkey": {"wrapped"},
    "people_claimcode": {"code_hash"},
    "people_erasedreference": {"hash"},
    "people_submission": {"content"},
    "people_evidence": {"network", "browser", "language"},
    "people_legalhold": {"document"},
    "notifications_message": {"sealed", "address_hash"},
    "notifications_failingaddress": {"address_hash"},
    "notifications_preference": {"digests"},
    "vault_record": {"sealed"},
    "vault_fingerprint": {"content"},
    "access_accessrequest": {"asked_name", "asked_team", "sentence", "sensitive_reason", "case_number"},
    "access_answer": {"sealed_message"},
    "rights_rightsrequest": {"agent_proof"},
    "rights_package": {"sealed_page", "sealed_data"},
    "rights_collectioncode": {"code_hash"},
    "rights_words": {"sealed"},
}
NOT_PERSONAL = {
    "ledger_entry": "id chain sequence occurred_at event customer actor_kind actor object_type object purpose channel"
    " evidence outcome details previous canonical hash",
    "ledger_chainhead": "chain sequence hash",
    "ledger_leaf": "leaf_index entry hash",
    "ledger_checkpoint": "size root frontier note settled seen horizon made_at",
    "ledger_unjournalled": "entry",
    "ledger_restoration": "id backup size lost_size lost_root statement generation journal began_at opened_at",
    "people_user": "id is_active date_joined closed_at",
    "people_staffmember": "user_id role team started_at ended_at",
    "people_customer": "id created_at erased_at",
    "people_customerkey": "customer_id kid",
    "people_acting": "id user_id customer_id capacity starts_at ends_at",
    "people_claimcode": "id customer_id capacity made_by_id made_at ends_at used_at",
    "people_submission": "id user_id token made sent_at",
    "people_evidence": "id user recorded_at",
    "catalogue_category": "id code words term sensitive special order published",
    "catalogue_field": "id category_id key labels order",
    "catalogue_recipient": "id code name kind address contact country safeguard",
    "people_legalhold": "id customer_id reason review_on placed_by_id placed_at lifted_by_id lifted_at original",
    "people_erasure": "id customer_id reason proposed_by_id proposed_at confirmed_by_id done_at cancelled_by_id"
    " cancelled_at original",
    "catalogue_purpose": "id code usage answer_within access_default access_most retired_at",
    "catalogue_purposeversion": "id purpose_id number legal_basis dpv_purpose sale consent_months retention_months"
    " storage material drafted_by_id published_at published_by_id lost",
    "catalogue_purposeversion_categories": "id purposeversion_id category_id",
    "catalogue_purposeversion_recipients": "id purposeversion_id recipient_id",
    "catalogue_purposeversion_writers": "id purposeversion_id user_id",
    "catalogue_notice": "id version_id language name sentence text if_no retention objection hash",
    "notifications_message": "id kind user_id customer_id context key queued_at sent_at outcome tries error",
    "notifications_failingaddress": "id how status since",
    "notifications_preference": "customer_id since",
    "vault_record": "id customer_id category_id position stored_at",
    "vault_fingerprint": "record customer_id",
    "vault_parterasure": "id customer_id request deleted kept law proposed_by_id proposed_at confirmed_by_id done_at"
    " cancelled_by_id cancelled_at original",
    "choices_choice": "id customer_id purpose_id version_id language status since valid_until rests_until rest_rule"
    " despite_signal",
    "choices_digest": "customer_id queued_at",
    "choices_mark": "id customer_id kind purpose_id request placed_at lift_announced_at lifted_at",
    "access_accessrequest": "id customer_id staff_id purpose_id version_id reason duration answer_by filed_at digest"
    " token state ended_at may_ask_again_at",
    "access_requestedcategory": "id request_id category_id",
    "access_answer": "request_id decision answered_by_id capacity duration shown_digest token answered_at",
    "access_grant": "id request_id staff_id customer_id category_id purpose_id starts_at ends_at ended_at end",
    "exports_export": "id dataset version format from_date until_date time_zone chosen personal reason made_by_id"
    " made_at filename",
    "exports_approval": "export_id approved_by_id approved_at",
    "exports_exportresult": "export_id rows size sha256 manifest finished_at",
    "rights_rightsrequest": "id number token customer_id regime jurisdiction request_type scope scope_from scope_until"
    " channel submitted_by received_at filed_at follows_id identity_needed verification_level verification_requested_at"
    " verified_at clocks acknowledge_by acknowledged_at due_at due_rule due_unit calendar_id target_on extended_to"
    " extension_reason extension_notified_at waiting_since waiting_for waited_days state handler_id handler_trained_on"
    " responded_at outcome response_format denial_reason denial_metric_group denial_legal_basis remedies_told"
    " granted fee_amount fee_currency fee_reason retain_until appeal_at appeal_due_at appeal_outcome appeal_decided_at"
    " appeal_decided_by_id",
    "rights_words": "id request_id kind is_theirs",
    "rights_search": "id request_id system found searched_by_id searched_at",
    "rights_late": "request_id due_at noted_at",
    "rights_meant": "request_id entry chosen_at",
    "rights_correction": "id request_id place category_id field is_accepted why_not decided_by_id decided_at",
    "rights_package": "id request_id made_at ends_at removed_at",
    "rights_collectioncode": "id package_id way made_by_id made_at tries ended_at end",
    "rights_download": "id package_id part taken_by_id code_id taken_at",
    "rights_told": "id request_id recipient_id why_not told_by_id told_at",
    "disclosures_opening": "id kind staff_id customer_id category_id purpose_id grant_id opened_at",
}


def our_tables() -> dict[str, set[str]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("consents.")]
    return {model._meta.db_table: {field.column for field in model._meta.concrete_fields} for model in models}


def test_every_column_is_placed_once():
    for table, columns in our_tables().items():
        personal, plain = PERSONAL.get(table, set()), set(NOT_PERSONAL.get(table, "").split())
        assert not personal & plain, table
        assert columns == personal | plain, (table, columns ^ (personal | plain))


def test_no_place_is_left_over():
    assert set(NOT_PERSONAL) | set(PERSONAL) <= set(our_tables())


def test_the_ledger_holds_nothing_personal():
    assert "ledger_entry" not in PERSONAL
