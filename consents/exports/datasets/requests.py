"""The register of rights requests: one row per request received in the period, as it stands when it is exported.

The fields that 11 CCR 7101 and GDPR Art 5(2), 12 require. What people wrote is sealed and never exported.
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from consents.core import countries
from consents.exports.describing import Column, Description, Filter, Type, mark_changes
from consents.law import clocks, identity, kinds, reasons
from consents.rights import rules

STATUS = f"""CASE {
    " ".join(
        f"WHEN q.state = '{state}' AND q.outcome = '{outcome}' THEN '{status}'"
        for (state, outcome), status in rules.STATUS.items()
    )
} END"""
STATUSES = {
    "open": _("open"),
    "in_progress": _("in progress"),
    "fulfilled": _("fulfilled"),
    "denied": _("denied"),
    "revoked": _("revoked"),
    "expired": _("expired"),
}
SCOPE = """nullif(concat_ws(' ', (SELECT string_agg(code, ' ') FROM jsonb_array_elements_text(q.scope) AS code),
    CASE WHEN q.scope_from IS NOT NULL OR q.scope_until IS NOT NULL
        THEN concat(coalesce(q.scope_from::text, '..'), '/', coalesce(q.scope_until::text, '..')) END), '')"""
RECIPIENTS = """(SELECT array_agg(known.code || CASE told.why_not
        WHEN '' THEN '@' || told.told_on || '/' || told.way ELSE ':' || told.why_not END ORDER BY known.code)
    FROM rights_recipientnotice AS told JOIN catalogue_recipient AS known ON known.id = told.recipient_id
    WHERE told.rights_request_id = q.id)"""
QUESTIONS = "(SELECT count(*) FROM rights_clarification AS asked WHERE asked.rights_request_id = q.id)"
REPLIES = "(SELECT count(*) FROM rights_clarificationreply AS reply WHERE reply.rights_request_id = q.id)"
STANDING_FILES = """FROM copies_addedfile AS added WHERE added.rights_request_id = q.id
    AND NOT EXISTS (SELECT FROM copies_filedecision AS gone
                    WHERE gone.file_id = added.id AND gone.outcome = 'taken_out')"""
DAYS = "((q.responded_at AT TIME ZONE %(zone)s)::date - (q.received_at AT TIME ZONE %(zone)s)::date)"
TRAINED_ON = """(SELECT (max(trained.attested_at) AT TIME ZONE %(zone)s)::date FROM training_attestation AS trained
    WHERE trained.member_id = q.handler_id AND trained.attested_at <= coalesce(q.responded_at, %(last)s))"""
FEE = "CASE WHEN q.fee_amount = 0 THEN '0' ELSE q.fee_amount || ' ' || q.fee_currency END"
# The events that change a column of a request; reading, reminders and packages change none.
CLOSING_EVENTS = ("filed", "answered", "withdrawn")
CHANGING_EVENTS = (
    *CLOSING_EVENTS,
    "acknowledged",
    "assigned",
    "identity_confirmed",
    "identity_failed",
    "matched",
    "law_chosen",
    "extended",
    "asked",
    "paused",
    "clarified",
    "resumed",
    "unanswered",
    "system_searched",
    "recipient_told",
    "file_added",
    "file_agreed",
    "file_taken_out",
    "entry_chosen",
    "value_decided",
    "appealed",
    "appeal_decided",
    "proof_forgotten",
)


def join_later_entries(acts: Sequence[str]) -> str:
    """Return SQL that joins `since`: requests with one of these events after the end of the period."""
    events = ", ".join(f"'rights_request.{act}'" for act in acts)
    return f"""LEFT JOIN (SELECT DISTINCT object FROM ledger_entry
    WHERE object_type = 'rights_request' AND event IN ({events}) AND occurred_at >= %(last)s) AS since
    ON since.object = q.id::text"""


IN_PERIOD = "q.received_at >= %(first)s AND q.received_at < %(last)s"
ROWS = f"FROM rights_register AS q {join_later_entries(CHANGING_EVENTS)} WHERE {IN_PERIOD}"
COLUMNS = [
    Column("request_id", Type.UUID, "q.id", "Art 5(2); 7101(a)", "The request."),
    Column(
        "regime",
        Type.CODE,
        "q.regime",
        "Art 5(2); 7102(b)",
        "The law that applies.",
        dict(kinds.Regime.choices),
        inert="CHECK rights_request_known_regime",
    ),
    Column(
        "jurisdiction",
        Type.CODE,
        "q.jurisdiction",
        "R1182 2(1); 7102(b)",
        "Where the person lives, ISO 3166.",
        inert="CHECK rights_request_jurisdiction_is_iso_3166",
    ),
    Column(
        "subject_ref", Type.UUID, "q.customer_id", "Art 5(1)(c); 7101(d)-(e)", "The customer, by pseudonym, if known."
    ),
    Column("received_at", Type.MOMENT, "q.received_at", "Art 12(3); 7101(b)", "When it was received."),
    Column(
        "request_type",
        Type.CODE,
        "q.request_type",
        "7101(b); 7102(a)(1)",
        "Which right is exercised.",
        dict(kinds.Type.choices),
        inert="CHECK rights_request_known_type",
    ),
    Column(
        "request_scope",
        Type.TEXT,
        SCOPE,
        "7020; recital 63",
        "Codes of data it covers, and from/until; empty: everything.",
    ),
    Column(
        "channel",
        Type.CODE,
        "q.channel",
        "7101(b)",
        "Channel of receipt.",
        dict(rules.Channel.choices),
        inert="CHECK rights_request_known_channel",
    ),
    Column(
        "submitted_by",
        Type.CODE,
        "q.submitted_by",
        "7063; Art 8",
        "In which capacity it was made.",
        dict(rules.SubmittedBy.choices),
        inert="CHECK rights_request_others_prove_their_part",
    ),
    Column(
        "agent_proof",
        Type.TEXT,
        "nullif(q.agent_proof, '')",
        "7063; 7026(j)",
        "Their authorization, as staff noted it.",
        personal=True,
    ),
    Column(
        "verification_level",
        Type.CODE,
        "nullif(q.verification_level, '')",
        "Art 12(6); 7060-7062",
        "Level to which identity was verified; empty: not yet.",
        dict(identity.Level.choices),
        inert="CHECK rights_identitycheck_known_level",
    ),
    Column(
        "verification_requested_at",
        Type.MOMENT,
        "q.verification_requested_at",
        "Art 12(6)",
        "When identity was asked for.",
    ),
    Column("verified_at", Type.MOMENT, "q.verified_at", "Art 12(6)", "When identity was verified."),
    Column("acknowledged_at", Type.MOMENT, "q.acknowledged_at", "7021(a)", "When receipt was confirmed."),
    Column(
        "due_at", Type.MOMENT, "q.due_at", "Art 12(3); R1182; 7021(b), 7026(f), 7027(g)", "Deadline for the answer."
    ),
    Column("due_rule", Type.TEXT, "q.due_rule", "Art 12(3); R1182; 7021(b)", "Rule that sets the deadline."),
    Column(
        "due_unit",
        Type.CODE,
        "q.due_unit",
        "R1182 3",
        "Unit the rule counts in.",
        [unit.value for unit in clocks.Unit],
        inert="CHECK rights_request_unit",
    ),
    Column("calendar_id", Type.TEXT, "q.calendar_id", "R1182 2(1)", "Calendar of public holidays."),
    Column("extended_to", Type.MOMENT, "q.extended_to", "Art 12(3); 7021(b)", "Extended deadline, if any."),
    Column(
        "extension_reason",
        Type.CODE,
        "nullif(q.extension_reason, '')",
        "Art 12(3); 7021(b)",
        "Why it was extended.",
        dict(reasons.Extension.choices),
        inert="CHECK rights_extension_known_reason",
    ),
    Column(
        "extension_notified_at",
        Type.MOMENT,
        "q.extension_notified_at",
        "Art 12(3)",
        "When the requester was told of it.",
    ),
    Column("status", Type.CODE, STATUS, "Art 5(2)", "Status.", STATUSES, inert="one of our own codes"),
    Column("responded_at", Type.MOMENT, "q.responded_at", "7101(b)", "When it was answered."),
    Column(
        "outcome",
        Type.CODE,
        "nullif(q.outcome, '')",
        "7101(b); 7102(a)(1)",
        "How it was answered.",
        dict(rules.Outcome.choices),
        inert="CHECK rights_answer_has_a_form",
    ),
    Column(
        "response_format",
        Type.CODE,
        "nullif(q.response_format, '')",
        "Art 12(3); 1798.130(a)(2)",
        "Form of the answer.",
        dict(rules.Format.choices),
        inert="CHECK rights_answer_has_a_form",
    ),
    Column(
        "denial_reason",
        Type.CODE,
        "nullif(q.denial_reason, '')",
        "Art 12(4)-(5); 7101(b)",
        "Reason for refusal, in whole or in part.",
        dict(reasons.Reason.choices),
        inert="CHECK rights_answer_refused_with_reason_law_and_remedies",
    ),
    Column(
        "denial_metric_group",
        Type.CODE,
        "nullif(q.denial_metric_group, '')",
        "7102(a)(2)",
        "Group of the reason for the metrics.",
        dict(reasons.Group.choices),
        inert="CHECK rights_answer_refused_with_reason_law_and_remedies",
    ),
    Column(
        "denial_legal_basis",
        Type.TEXT,
        "nullif(q.denial_legal_basis, '')",
        "Art 12(4); 7101(b); 7222(f)",
        "Provision the refusal rests on.",
    ),
    Column(
        "remedies_told", Type.YES_NO, "q.remedies_told", "Art 12(4)", "Whether the requester was told how to complain."
    ),
    Column(
        "fee_charged",
        Type.TEXT,
        FEE,
        "Art 12(5)",
        "Fee and currency.",
        inert="CHECK rights_answer_fee_has_currency",
    ),
    Column("appeal_at", Type.MOMENT, "q.appeal_at", "CO 6.11(A)(6); 7221(b)(1)", "When the decision was appealed."),
    Column(
        "appeal_outcome",
        Type.CODE,
        "nullif(q.appeal_outcome, '')",
        "CO 6.11(A)(6); 7221(b)(1)",
        "Outcome of the appeal.",
        dict(rules.Appealed.choices),
        inert="CHECK rights_decision_known_outcome",
    ),
    Column(
        "recipients_notified",
        Type.LIST,
        RECIPIENTS,
        "Art 19; 7022(b), 7026(f)",
        "Recipients told: code@day/way, or code:reason why not.",
    ),
    Column("handler_ref", Type.UUID, "q.handler_id", "7100; Art 5(2)", "Officer who handled it, by pseudonym."),
    Column(
        "handler_trained_on",
        Type.DAY,
        TRAINED_ON,
        "7100; Art 5(2)",
        "Day of that officer's last training before the answer; empty: none on record.",
    ),
    Column("days_to_response", Type.INTEGER, DAYS, "7102", "Calendar days from receipt to answer."),
    Column(
        "retain_until",
        Type.DAY,
        "q.retain_until",
        "7101(a); Art 5(1)(e); CO 6.11",
        "Day until which the record is kept.",
    ),
    Column("request_number", Type.TEXT, "q.number", "own", "Number used in correspondence."),
    Column("filed_at", Type.MOMENT, "q.filed_at", "own", "When it was entered here."),
    Column(
        "questions_asked",
        Type.INTEGER,
        QUESTIONS,
        "Art 12(2), 12(6)",
        "Number of questions that were put to the requester about it.",
    ),
    Column(
        "questions_answered",
        Type.INTEGER,
        REPLIES,
        "Art 12(2), 12(6)",
        "Number of these questions that were answered, here, with a code, or as an officer noted.",
    ),
    Column(
        "files_added",
        Type.INTEGER,
        f"(SELECT count(*) {STANDING_FILES})",
        "Art 15(3)",
        "Number of files of other systems in the copy, as it stands.",
    ),
    Column(
        "files_left_out",
        Type.INTEGER,
        f"(SELECT count(*) {STANDING_FILES} AND added.left_out <> 'nothing')",
        "Art 15(4)",
        "Of them, and of those not sent, how many leave something out because it is about others.",
    ),
    mark_changes(
        "since.object IS NOT NULL",
        "Whether it was changed or added after the period ended, so that it may differ from an earlier export.",
    ),
]
LAWS = Filter("law", _("Law"), "q.regime", kinds.Regime.choices)


def list_jurisdictions() -> list[tuple[str, str]]:
    """List every country and California as (code, label), sorted by name."""
    names = countries.get_country_names(get_language() or settings.LANGUAGE_CODE)
    named = [(code, f"{name} ({code})") for code, name in names.items()]
    named.append(("US-CA", f"{gettext('California')} (US-CA)"))
    return sorted(named, key=lambda place: countries.fold_name(place[1]))


DESCRIPTION = Description(
    name="requests",
    version=3,
    about=_("Every request received in the period: right, deadline, answer, reason for refusal."),
    law="GDPR Art 5(2), 12; 11 CCR 7101",
    columns=COLUMNS,
    rows=ROWS,
    order=("received_at", "request_id"),
    filters=[
        LAWS,
        Filter("jurisdiction", _("Where they live"), "q.jurisdiction", list_jurisdictions),
        Filter("type", _("Right"), "q.request_type", kinds.Type.choices),
        Filter("state", _("Where it stands"), f"({STATUS})", list(STATUSES.items())),
    ],
)
