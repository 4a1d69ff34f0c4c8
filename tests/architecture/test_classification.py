"""Every column of every table is marked: personal or not. A new column must be placed by hand."""

from django.apps import apps

from tests.architecture.personal_tables import PERSONAL

NOT_PERSONAL = {
    "ledger_entry": "id chain sequence occurred_at event customer actor_kind actor object_type object purpose channel"
    " evidence outcome details previous canonical hash",
    "ledger_chainhead": "chain sequence hash",
    "ledger_leaf": "leaf_index entry hash",
    "ledger_checkpoint": "size root frontier note settled seen horizon made_at",
    "ledger_unjournalled": "entry",
    "ledger_restoration": "id backup size lost_size lost_root statement generation journal began_at opened_at",
    "people_user": "id is_active date_joined closed_at new_email_at locked_at language",
    "people_staffmember": "user_id role team former_teams manager_id started_at ended_at",
    "people_directorygroup": "id name external told_at changed_at",
    "people_directoryperson": "id user_id manager_id is_active place told_at changed_at",
    "people_directoryperson_groups": "id directoryperson_id directorygroup_id",
    "people_staffproposal": "id member_id kind role team proposed_by_id proposed_at approved_by_id approved_at"
    " cancelled_by_id cancelled_at",
    "people_customer": "id created_at erased_at yes_of",
    "people_customerkey": "customer_id kid",
    "people_jointassent": "id customer_id given_by_id matter object given_at ended_at",
    "people_acting": "id user_id customer_id capacity starts_at ends_at",
    "people_claimcode": "id customer_id capacity proposed_by_id proposed_at approved_by_id approved_at ends_at"
    " used_by_id used_at cancelled_by_id cancelled_at",
    "people_submission": "id user_id token made sent_at",
    "people_evidence": "id user recorded_at",
    "catalogue_category": "id code words term sensitive special order published",
    "catalogue_field": "id category_id key labels order",
    "catalogue_recipient": "id code name kind address contact country safeguard",
    "people_legalhold": "id customer_id reason review_on placed_by_id placed_at lifted_by_id lifted_at original",
    "people_erasure": "id customer_id reason proposed_by_id proposed_at confirmed_by_id done_at cancelled_by_id"
    " cancelled_at original",
    "access_sentencetemplate": "id code number reason texts published_at published_by_id retired_at retired_by_id",
    "catalogue_purpose": "id code usage answer_within access_default access_most teams retired_at",
    "catalogue_retirement": "id purpose_id proposed_by_id proposed_at approved_by_id approved_at cancelled_by_id"
    " cancelled_at",
    "catalogue_purposeversion": "id purpose_id number legal_basis dpv_purpose sale consent_months retention_months"
    " storage material needs_agreement drafted_by_id published_at published_by_id lost",
    "catalogue_purposeversion_categories": "id purposeversion_id category_id",
    "catalogue_purposeversion_recipients": "id purposeversion_id recipient_id",
    "catalogue_purposeversion_writers": "id purposeversion_id user_id",
    "catalogue_notice": "id version_id language name sentence text if_no retention objection hash",
    "notifications_message": "id kind user_id customer_id context key queued_at sent_at outcome tries error",
    "notifications_failingaddress": "id how status since",
    "notifications_preference": "customer_id since",
    "notifications_staffpreference": "member_id told since",
    "disclosures_looknews": "customer_id due_at digest_at allowed_until exempted_until refused_until refused_told_at",
    "systems_receiver": "name failures resumes_at stopped_at failed_at error delivered_at",
    "systems_webhook": "id system kind customer_id purpose record key_id queued_at due_at tries error delivered_at"
    " given_up_at",
    "training_moduleversion": "id code number required words solution pass_mark valid_months published_at"
    " published_by_id",
    "training_attempt": "id version_id member_id answers score made_at",
    "training_attestation": "attempt_id member_id code number score attested_at valid_until",
    "vault_record": "id customer_id category_id position stored_at",
    "vault_fingerprint": "record customer_id digest",
    "vault_parterasure": "id customer_id request deleted kept law proposed_by_id proposed_at confirmed_by_id done_at"
    " cancelled_by_id cancelled_at original",
    "choices_choice": "id customer_id purpose_id version_id language status since valid_until rests_until rest_rule"
    " despite_signal",
    "choices_digest": "customer_id queued_at",
    "choices_mark": "id customer_id kind purpose_id request placed_at lift_announced_at lifted_at",
    "access_accessrequest": "id customer_id staff_id purpose_id version_id reason duration answer_by filed_at digest"
    " token state ended_at may_ask_again_at extra_time remind_at",
    "access_proposedrequest": "id customer_id staff_id version_id categories reason duration answer_within token"
    " proposed_at state decided_by_id decided_at access_request_id",
    "access_requestedcategory": "id access_request_id customer_id category_id",
    "access_answer": "access_request_id customer_id decision answered_by_id capacity duration shown_digest token"
    " answered_at caller_code_id",
    "access_assent": "id access_request_id customer_id given_by_id categories duration shown_digest token given_at",
    "access_callercode": "id access_request_id customer_id sent_by_id sent_at ends_at tries proved_at",
    "access_enquiry": "id access_request_id customer_id sent_by_id sent_at replied_at",
    "disclosures_lookreport": "id opening_id customer_id concern reported_by_id reported_at due_at answered_at finding"
    " decided_by_id decided_at",
    "access_block": "id customer_id kind member_id team placed_at lifted_at",
    "access_grant": "id ground exemption access_request_id staff_id customer_id category_id purpose_id starts_at"
    " ends_at ended_at end",
    "exemptions_exemption": "id customer_id staff_id purpose_id version_id kind duration access_request_id why_unasked"
    " statute ordered_on authority is_foreign treaty check_by digest token filed_at state decided_by_id decided_at"
    " told_at",
    "exemptions_exemptedcategory": "id exemption_id customer_id category_id",
    "exemptions_delay": "id exemption_id customer_id law authority reason until decided_by_id decided_at",
    "breaches_breach": "id noticed_at summary recorded_by_id recorded_at",
    "breaches_assessment": "id breach_id harms categories people records risk consequences measures assessed_by_id"
    " assessed_at",
    "breaches_authoritynotice": "id breach_id told_at authority reference why recorded_by_id recorded_at",
    "breaches_announcement": "id breach_id scope listed proposed_by_id proposed_at is_agreed decided_by_id decided_at"
    " done_at",
    "breaches_announcementtext": "id announcement_id language happened consequences measures",
    "breaches_breachnotice": "id announcement_id customer_id told_at read_at",
    "breaches_closing": "breach_id why_not_told lessons closed_by_id closed_at",
    "exports_export": "id dataset version format from_date until_date time_zone chosen personal reason made_by_id"
    " made_at filename",
    "exports_approval": "export_id approved_by_id approved_at",
    "exports_exportresult": "export_id rows size sha256 manifest finished_at",
    "rights_rightsrequest": "id number token customer_id regime jurisdiction request_type scope scope_from scope_until"
    " channel submitted_by received_at filed_at follows_id identity_needed clocks acknowledge_by due_at due_rule"
    " due_unit calendar_id target_on state handler_id answer_by waiting_since",
    "rights_acknowledgement": "rights_request_id customer_id acknowledged_at",
    "rights_answerdispatch": "rights_request_id customer_id sent_on sent_by_id noted_at",
    "rights_answer": "rights_request_id customer_id responded_at outcome response_format denial_reason"
    " denial_metric_group denial_legal_basis remedies_told granted fee_amount fee_currency fee_reason retain_until",
    "rights_appeal": "rights_request_id customer_id appealed_at due_at clock",
    "rights_appealdecision": "rights_request_id customer_id outcome decided_at decided_by_id",
    "rights_assignment": "id rights_request_id customer_id officer_id assigned_at",
    "rights_chosenentry": "rights_request_id customer_id entry chosen_at",
    "rights_clarification": "id rights_request_id customer_id about language asked_by_id asked_at",
    "rights_clarificationreply": "clarification_id rights_request_id customer_id way replied_at",
    "rights_savedview": "id owner_id name query is_first",
    "rights_questiontemplate": "id code about texts is_offered",
    "rights_correction": "id rights_request_id customer_id place category_id field is_accepted why_not decided_by_id"
    " decided_at",
    "rights_deadlineextension": "rights_request_id customer_id extended_to reason notified_at clock",
    "rights_identitycheck": "id rights_request_id customer_id level checked_at",
    "rights_lawchoice": "rights_request_id customer_id regime jurisdiction request_type filed_regime filed_jurisdiction"
    " filed_type filed_due_at extended_to reason chosen_by_id chosen_at",
    "rights_mention": "id rights_request_id customer_id note_id colleague_id read_at",
    "rights_misseddeadline": "rights_request_id customer_id due_at noted_at",
    "rights_note": "id rights_request_id customer_id written_by_id written_at",
    "rights_pause": "id rights_request_id customer_id waiting_for began_at",
    "rights_pauseend": "pause_id rights_request_id customer_id ended_at waited_days due_at extended_to target_on"
    " clocks",
    "rights_recipientnotice": "id rights_request_id customer_id recipient_id why_not told_on way told_by_id told_at",
    "rights_redaction": "id rights_request_id customer_id note_id proposed_by_id proposed_at is_agreed decided_by_id"
    " decided_at",
    "rights_search": "id rights_request_id customer_id system found searched_by_id searched_at",
    "rights_statement": "id rights_request_id customer_id clarification_id note_id kind is_theirs",
    "rights_draft": "id rights_request_id customer_id officer_id act is_theirs saved_at",
    "copies_package": "id rights_request_id customer_id made_at ends_at removed_at",
    "copies_addedfile": "id rights_request_id customer_id system kind size left_out added_by_id added_at",
    "copies_filechunk": "id file_id customer_id number",
    "copies_filedecision": "id file_id customer_id outcome decided_by_id decided_at",
    "copies_collectioncode": "id package_id customer_id way made_by_id made_at tries ended_at end",
    "copies_download": "id package_id customer_id part taken_by_id code_id taken_at",
    "insights_question": "id code words category_id field grouping measure date_field step added_by_id added_at"
    " retired_by_id retired_at",
    "insights_insight": "id question_id period minimum asked_by_id asked_at month",
    "insights_result": "insight_id outcome total has_hidden counted_at",
    "insights_cell": "id result_id place label number",
    "disclosures_opening": "id kind staff_id customer_id category_id purpose_id grant_id field request opened_at",
}


def our_tables() -> dict[str, set[str]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("consents.")]
    return {
        model._meta.db_table: {field.column for field in model._meta.concrete_fields}
        for model in models
        if model._meta.managed
    }


def test_every_column_is_placed_once():
    for table, columns in our_tables().items():
        personal, plain = PERSONAL.get(table, set()), set(NOT_PERSONAL.get(table, "").split())
        assert not personal & plain, table
        assert columns == personal | plain, (table, columns ^ (personal | plain))


def test_no_place_is_left_over():
    assert set(NOT_PERSONAL) | set(PERSONAL) <= set(our_tables())


def test_the_ledger_holds_nothing_personal():
    assert "ledger_entry" not in PERSONAL
