"""Steps of rights requests spelled out in SQL, as somebody with the application's password would take them."""

# A plain step of each kind of a rights request, past the services.
STEPS = {
    "acknowledgement": "(rights_request_id) VALUES (%(id)s)",
    "answer": "(rights_request_id, outcome, response_format, retain_until)"
    " VALUES (%(id)s, 'complied_whole', 'email', current_date + 800)",
    "answerdispatch": "(rights_request_id, sent_on, sent_by_id) VALUES (%(id)s, current_date, %(officer)s)",
    "appeal": "(rights_request_id, appealed_at, due_at, clock)"
    " VALUES (%(id)s, portal.now(), portal.now() + interval '9 days', '{}')",
    "appealdecision": "(rights_request_id, outcome, decided_by_id) VALUES (%(id)s, 'upheld', %(officer)s)",
    "assignment": "(rights_request_id, officer_id) VALUES (%(id)s, %(officer)s)",
    "clarification": "(rights_request_id, about, language, asked_by_id) VALUES (%(id)s, 'scope', 'en', %(officer)s)",
    "clarificationreply": "(clarification_id, rights_request_id, way) SELECT max(c.id), %(id)s, 'noted'"
    " FROM rights_clarification AS c WHERE c.rights_request_id = %(id)s",
    "deadlineextension": "(rights_request_id, extended_to, reason, clock) SELECT id, due_at + interval '30 days',"
    " 'complexity', '{}' FROM rights_rightsrequest WHERE id = %(id)s",
    "identitycheck": "(rights_request_id, level) VALUES (%(id)s, 'failed')",
    "lawchoice": "(rights_request_id, regime, jurisdiction, request_type, filed_regime, filed_jurisdiction, filed_type,"
    " filed_due_at, reason, chosen_by_id) SELECT id, 'uk_gdpr', 'GB', request_type, regime, jurisdiction, request_type,"
    " due_at, 'told', %(officer)s FROM rights_rightsrequest WHERE id = %(id)s",
    "mention": "(rights_request_id, note_id, colleague_id) SELECT %(id)s, max(n.id), %(officer)s FROM rights_note AS n"
    " WHERE n.rights_request_id = %(id)s",
    "note": "(rights_request_id, written_by_id) VALUES (%(id)s, %(officer)s)",
    "pause": "(rights_request_id, waiting_for) VALUES (%(id)s, 'scope')",
    "pauseend": "(pause_id, rights_request_id, waited_days, due_at, extended_to, target_on, clocks) SELECT"
    " (SELECT max(p.id) FROM rights_pause AS p WHERE p.rights_request_id = r.id), r.id, r.waited_days, r.due_at,"
    " r.extended_to, r.target_on, '{}' FROM rights_register AS r WHERE r.id = %(id)s",
    "recipientnotice": "(rights_request_id, recipient_id, why_not, told_on, way, told_by_id)"
    " SELECT %(id)s, max(recipient_id), '', current_date, 'letter', %(officer)s FROM rights_recipientnotice",
    "redaction": "(rights_request_id, note_id, sealed, proposed_by_id) SELECT %(id)s, max(n.id), '', %(officer)s"
    " FROM rights_note AS n WHERE n.rights_request_id = %(id)s",
    "search": "(rights_request_id, system, found, searched_by_id) VALUES (%(id)s, 'crm', false, %(officer)s)",
}
