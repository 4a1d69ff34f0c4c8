"""The register of rights requests: one row per request received in the period, as it stands when it is exported.

The fields of law.md §5 A (11 CCR 7101; GDPR Art 5(2), 12). What people wrote is sealed and never in it.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from consents.core import countries
from consents.exports.describing import Column, Description, Filter, Type
from consents.rights.rules import answers, clocks, kinds

STATUS = f"""CASE {
    " ".join(
        f"WHEN q.state = '{state}' AND q.outcome = '{outcome}' THEN '{status}'"
        for (state, outcome), status in answers.STATUS.items()
    )
} END"""
STATUSES = ["open", "in_progress", "fulfilled", "denied", "revoked", "expired"]
SCOPE = """nullif(concat_ws(' ', (SELECT string_agg(code, ' ') FROM jsonb_array_elements_text(q.scope) AS code),
    CASE WHEN q.scope_from IS NOT NULL OR q.scope_until IS NOT NULL
        THEN concat(coalesce(q.scope_from::text, '..'), '/', coalesce(q.scope_until::text, '..')) END), '')"""
RECIPIENTS = """(SELECT array_agg(known.code || CASE told.why_not
        WHEN '' THEN '@' || btrim(to_json(told.told_at)::text, '"') ELSE ':' || told.why_not END ORDER BY known.code)
    FROM rights_told AS told JOIN catalogue_recipient AS known ON known.id = told.recipient_id
    WHERE told.request_id = q.id)"""
DAYS = "((q.responded_at AT TIME ZONE %(zone)s)::date - (q.received_at AT TIME ZONE %(zone)s)::date)"
FEE = "CASE WHEN q.fee_amount = 0 THEN '0' ELSE q.fee_amount || ' ' || q.fee_currency END"
# The acts that change a column of a request, by its entry's name; reading, reminding or packing it changes none.
ENDING = ("filed", "answered", "withdrawn")
CHANGING = (
    *ENDING,
    "acknowledged",
    "identity_confirmed",
    "identity_failed",
    "matched",
    "extended",
    "paused",
    "resumed",
    "unanswered",
    "system_searched",
    "recipient_told",
    "entry_chosen",
    "value_decided",
    "appealed",
    "appeal_decided",
    "proof_forgotten",
)


def since(acts: Sequence[str]) -> str:
    """Joins `since`: such an entry after the end of the period, of what has changed since or came in backdated."""
    events = ", ".join(f"'rights_request.{act}'" for act in acts)
    return f"""LEFT JOIN (SELECT DISTINCT object FROM ledger_entry
    WHERE object_type = 'rights_request' AND event IN ({events}) AND occurred_at >= %(last)s) AS since
    ON since.object = q.id::text"""


IN_PERIOD = "q.received_at >= %(first)s AND q.received_at < %(last)s"
ROWS = f"FROM rights_rightsrequest AS q {since(CHANGING)} WHERE {IN_PERIOD}"


def check(name: str) -> str:
    return f"CHECK rights_request_{name}"


COLUMNS = [
    Column("request_id", Type.UUID, "q.id", "Art 5(2); 7101(a)", "The request."),
    Column(
        "regime",
        Type.CODE,
        "q.regime",
        "Art 5(2); 7102(b)",
        "Whose law it is answered by.",
        kinds.Regime.values,
        inert=check("known_regime"),
    ),
    Column(
        "jurisdiction",
        Type.CODE,
        "q.jurisdiction",
        "R1182 2(1); 7102(b)",
        "Where the person lives, ISO 3166.",
        inert=check("jurisdiction_is_iso_3166"),
    ),
    Column(
        "subject_ref", Type.UUID, "q.customer_id", "Art 5(1)(c); 7101(d)-(e)", "The customer, by pseudonym, if known."
    ),
    Column("received_at", Type.MOMENT, "q.received_at", "Art 12(3); 7101(b)", "When it arrived."),
    Column(
        "request_type",
        Type.CODE,
        "q.request_type",
        "7101(b); 7102(a)(1)",
        "Which right is exercised.",
        kinds.Type.values,
        inert=check("known_type"),
    ),
    Column(
        "request_scope", Type.TEXT, SCOPE, "7020; recital 63", "Codes it is about, and from/until; empty: everything."
    ),
    Column(
        "channel",
        Type.CODE,
        "q.channel",
        "7101(b)",
        "How it arrived.",
        answers.Channel.values,
        inert=check("known_channel"),
    ),
    Column(
        "submitted_by",
        Type.CODE,
        "q.submitted_by",
        "7063; Art 8",
        "Who made it.",
        answers.SubmittedBy.values,
        inert=check("others_prove_their_part"),
    ),
    Column(
        "agent_proof",
        Type.TEXT,
        "nullif(q.agent_proof, '')",
        "7063; 7026(j)",
        "The document that says they may, as it was typed in.",
        personal=True,
    ),
    Column(
        "verification_level",
        Type.CODE,
        "nullif(q.verification_level, '')",
        "Art 12(6); 7060-7062",
        "How surely it is known who asks; empty: not yet.",
        kinds.Level.values,
        inert=check("known_level"),
    ),
    Column(
        "verification_requested_at", Type.MOMENT, "q.verification_requested_at", "Art 12(6)", "When they were asked."
    ),
    Column("verified_at", Type.MOMENT, "q.verified_at", "Art 12(6)", "When it was known."),
    Column("acknowledged_at", Type.MOMENT, "q.acknowledged_at", "7021(a)", "When they were told that it arrived."),
    Column(
        "due_at", Type.MOMENT, "q.due_at", "Art 12(3); R1182; 7021(b), 7026(f), 7027(g)", "The last moment to answer."
    ),
    Column("due_rule", Type.TEXT, "q.due_rule", "Art 12(3); R1182; 7021(b)", "The rule that says so."),
    Column(
        "due_unit",
        Type.CODE,
        "q.due_unit",
        "R1182 3",
        "What it counts.",
        [unit.value for unit in clocks.Unit],
        inert=check("unit"),
    ),
    Column("calendar_id", Type.TEXT, "q.calendar_id", "R1182 2(1)", "Whose holidays count."),
    Column("extended_to", Type.MOMENT, "q.extended_to", "Art 12(3); 7021(b)", "The later last moment, if extended."),
    Column(
        "extension_reason",
        Type.CODE,
        "nullif(q.extension_reason, '')",
        "Art 12(3); 7021(b)",
        "Why it was extended.",
        answers.Extension.values,
        inert=check("extended_in_time_with_reason"),
    ),
    Column("extension_notified_at", Type.MOMENT, "q.extension_notified_at", "Art 12(3)", "When they were told."),
    Column("status", Type.CODE, STATUS, "Art 5(2)", "Where it stands.", STATUSES, inert="one of our own codes"),
    Column("responded_at", Type.MOMENT, "q.responded_at", "7101(b)", "When it was answered."),
    Column(
        "outcome",
        Type.CODE,
        "nullif(q.outcome, '')",
        "7101(b); 7102(a)(1)",
        "How it was answered.",
        answers.Outcome.values,
        inert=check("answer_has_a_form"),
    ),
    Column(
        "response_format",
        Type.CODE,
        "nullif(q.response_format, '')",
        "Art 12(3); 1798.130(a)(2)",
        "In which form.",
        answers.Format.values,
        inert=check("answer_has_a_form"),
    ),
    Column(
        "denial_reason",
        Type.CODE,
        "nullif(q.denial_reason, '')",
        "Art 12(4)-(5); 7101(b)",
        "Why it was refused, whole or in part.",
        answers.Reason.values,
        inert=check("refused_with_reason_law_and_remedies"),
    ),
    Column(
        "denial_metric_group",
        Type.CODE,
        "nullif(q.denial_metric_group, '')",
        "7102(a)(2)",
        "The group of such reasons.",
        answers.Group.values,
        inert=check("refused_with_reason_law_and_remedies"),
    ),
    Column(
        "denial_legal_basis",
        Type.TEXT,
        "nullif(q.denial_legal_basis, '')",
        "Art 12(4); 7101(b); 7222(f)",
        "The provision that it rests on.",
    ),
    Column("remedies_told", Type.YES_NO, "q.remedies_told", "Art 12(4)", "Whether they were told how to complain."),
    Column(
        "fee_charged", Type.TEXT, FEE, "Art 12(5)", "What they paid, with currency.", inert=check("fee_has_currency")
    ),
    Column("appeal_at", Type.MOMENT, "q.appeal_at", "CO 6.11(A)(6); 7221(b)(1)", "When they asked to look again."),
    Column(
        "appeal_outcome",
        Type.CODE,
        "nullif(q.appeal_outcome, '')",
        "CO 6.11(A)(6); 7221(b)(1)",
        "What became of that.",
        answers.Appealed.values,
        inert=check("appeal_by_another_officer"),
    ),
    Column(
        "recipients_notified",
        Type.LIST,
        RECIPIENTS,
        "Art 19; 7022(b), 7026(f)",
        "Who was told: code@when, or code:why not.",
    ),
    Column("handler_ref", Type.UUID, "q.handler_id", "7100; Art 5(2)", "Who handled it, by pseudonym."),
    Column(
        "handler_trained_on",
        Type.DAY,
        "q.handler_trained_on",
        "7100; Art 5(2)",
        "When they were trained; empty until training exists.",
    ),
    Column("days_to_response", Type.INTEGER, DAYS, "7102", "Calendar days from receipt to answer."),
    Column(
        "retain_until", Type.DAY, "q.retain_until", "7101(a); Art 5(1)(e); CO 6.11", "Until when the record is kept."
    ),
    Column("request_number", Type.TEXT, "q.number", "own", "What people call it by."),
    Column("filed_at", Type.MOMENT, "q.filed_at", "own", "When it was put on record here."),
    Column(
        "changed_after_period",
        Type.YES_NO,
        "since.object IS NOT NULL",
        "own",
        "Whether an act after the period changed it, or put it in: such a row may differ from an earlier export.",
    ),
]
LAWS = Filter("law", _("Law"), "q.regime", kinds.Regime.choices)


def jurisdictions() -> list[tuple[str, str]]:
    """Every country, since somebody may live in any, and California."""
    named = [(f"{name} ({code})", code) for code, name in countries.names("en").items()]
    return [(code, name) for name, code in sorted([*named, ("California (US-CA)", "US-CA")])]


DESCRIPTION = Description(
    name="requests",
    version=1,
    title=_("Rights requests"),
    about=_("Every request received in the period: what, when due, when and how answered, why refused."),
    law="GDPR Art 5(2), 12; 11 CCR 7101",
    columns=COLUMNS,
    rows=ROWS,
    order=("received_at", "request_id"),
    filters=[
        LAWS,
        Filter("jurisdiction", _("Where they live"), "q.jurisdiction", jurisdictions),
        Filter("type", _("Right"), "q.request_type", kinds.Type.choices),
        Filter("state", _("Where it stands"), f"({STATUS})", [(one, one.replace("_", " ")) for one in STATUSES]),
    ],
)
