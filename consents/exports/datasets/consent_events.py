"""Consent events: every change of a choice and every answer to an access request, one row each, from the ledger.

Columns are named after the fields of ISO/IEC TS 27560, then come the method and the entry that proves the event.
`notice_copy` is the text as shown: the canonical JSON whose SHA-256 is `notice_hash`.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from consents.access.rules import GrantEnd, RequestState
from consents.catalogue.display import build_displayed_notice
from consents.catalogue.models import Field, PurposeVersion
from consents.choices.rules import EVENTS, Status
from consents.core.canonical import encode_canonical
from consents.exports.describing import JSON_OBJECT, Column, Description, Filter, Type
from consents.exports.rules import cast_if_valid, cast_moment_if_valid
from consents.people.selectors import MADE_UP_CUSTOMER
from consents.rights.rules import TYPED_CHANNELS, Channel, SubmittedBy

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"
# An approved access request is consent for that request alone: the consent status of its entries.
STATUS_OF_REQUESTS = {
    RequestState.PENDING: Status.REQUESTED,
    RequestState.APPROVED: Status.GIVEN,
    RequestState.PARTLY_APPROVED: Status.GIVEN,
    RequestState.DENIED: Status.REFUSED,
    GrantEnd.STOPPED: Status.WITHDRAWN,
    GrantEnd.WITHDRAWN: Status.WITHDRAWN,
    GrantEnd.TIME: Status.EXPIRED,
    GrantEnd.COMPANY: Status.REVOKED,
}
STATUS = f"""CASE WHEN e.object_type = 'choice' THEN e.outcome
    ELSE CASE e.outcome {" ".join(f"WHEN '{of}' THEN '{is_}'" for of, is_ in STATUS_OF_REQUESTS.items())} END END"""
IS_YES = f"({STATUS}) IN ('ConsentGiven', 'RenewedConsentGiven')"
SAID = ", ".join(f"'{event}'" for event in sorted(EVENTS.values()))
CATEGORIES = """(SELECT array_agg(c.code || CASE WHEN c.special THEN ':special' ELSE '' END ORDER BY c.code)
    FROM catalogue_category AS c WHERE CASE WHEN facts ? 'categories' THEN facts -> 'categories' ? c.code
        ELSE EXISTS (SELECT FROM catalogue_purposeversion_categories AS has
                     WHERE has.purposeversion_id = v.id AND has.category_id = c.id) END)"""
RECIPIENTS = """(SELECT array_agg(known.code ORDER BY known.code) FROM catalogue_purposeversion_recipients AS has
    JOIN catalogue_recipient AS known ON known.id = has.recipient_id WHERE has.purposeversion_id = v.id)"""
EVIDENCE = """CASE WHEN e.evidence IS NOT NULL THEN jsonb_build_object('session', e.evidence)
    || CASE WHEN kept.id IS NULL THEN '{"erased": true}'::jsonb
       ELSE jsonb_build_object('network', kept.network, 'user_agent', kept.browser) END END"""
AT = f"coalesce({cast_moment_if_valid("facts ->> 'ended_at'")}, e.occurred_at)"
UNTIL = f"""CASE WHEN e.event = 'access_request.answered' AND facts ->> 'duration_seconds' <> '0'
    THEN {cast_moment_if_valid("facts ->> 'answered_at'")}
        + make_interval(secs => {cast_if_valid("facts ->> 'duration_seconds'", "int")})
    ELSE {cast_moment_if_valid("facts ->> 'valid_until'")} END"""
NOTICE_HASH = "CASE WHEN facts ->> 'notice' ~ '^[0-9a-f]{64}$' THEN decode(facts ->> 'notice', 'hex') END"
RECORD = cast_if_valid("e.object", "uuid")
WITHDRAW = """%(portal)s || CASE WHEN e.object_type = 'choice' THEN '/choices/' || e.purpose || '/withdraw/'
    ELSE '/requests/' || e.object || '/' END"""
# For requests by post, telephone and so on, the entry says who made them and through which channel.
SUBMITTED = {
    SubmittedBy.SELF: "self",
    SubmittedBy.AGENT: "agent",
    SubmittedBy.PARENT: "parent",
    SubmittedBy.GUARDIAN: "parent",
    SubmittedBy.ATTORNEY: "agent",
}
BY_WHOM = " ".join(f"WHEN '{of}' THEN '{is_}'" for of, is_ in SUBMITTED.items())
THROUGH = {channel: str(channel) for channel in TYPED_CHANNELS} | {Channel.POST: "paper"}
METHOD = f"""CASE facts ->> 'channel' {" ".join(f"WHEN '{of}' THEN '{is_}'" for of, is_ in THROUGH.items())}
    ELSE 'portal' END"""
ENTITY = f"""CASE WHEN facts ? 'submitted_by' THEN CASE facts ->> 'submitted_by' {BY_WHOM} END
    ELSE CASE e.actor_kind WHEN 'customer' THEN 'self'
    WHEN 'representative' THEN CASE facts ->> 'capacity' WHEN 'guardian' THEN 'parent' ELSE 'agent' END
    ELSE 'system' END END"""
ROWS = f"""
FROM ledger_entry AS e
CROSS JOIN LATERAL (SELECT e.details::jsonb AS facts OFFSET 0) AS details
LEFT JOIN access_accessrequest AS a
    ON e.object_type = 'access_request' AND a.id = {cast_if_valid("e.object", "uuid")}
LEFT JOIN catalogue_purpose AS p ON p.code = e.purpose
LEFT JOIN catalogue_purposeversion AS v
    ON CASE WHEN a.id IS NOT NULL THEN v.id = a.version_id
       ELSE v.purpose_id = p.id AND v.number = {cast_if_valid("facts ->> 'version'", "int")} END
LEFT JOIN jsonb_to_recordset(%(notices)s::jsonb) AS n(hash text, words text) ON n.hash = facts ->> 'notice'
LEFT JOIN people_evidence AS kept ON kept.id = e.evidence
WHERE e.occurred_at >= %(first)s AND e.occurred_at < %(last)s
  AND (e.event IN ({SAID}) AND e.object_type = 'choice'
       OR e.event IN ('access_request.filed', 'access_request.answered', 'grant.ended'))
  AND e.customer IS DISTINCT FROM {MADE_UP_CUSTOMER}"""
STATUSES = [status for status in Status if status != Status.UNKNOWN]
OURS = "one of our own codes"
BASES = ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f", "A9-2-a"]

COLUMNS = [
    Column("record_id", Type.UUID, RECORD, "Art 7(1)", "The consent record: a choice or an access request."),
    Column("schema_version", Type.TEXT, f"'{SCHEMA}'", "Art 7(1)", "Schema that the names follow.", inert=OURS),
    Column(
        "event_type",
        Type.CODE,
        STATUS,
        "Art 7(1), 7(3)",
        "Consent status, as named by DPV.",
        {str(status): status.label for status in STATUSES},
    ),
    Column("event_time", Type.MOMENT, AT, "Art 7(1), 8(2)", "When it happened."),
    Column(
        "event_entity",
        Type.CODE,
        ENTITY,
        "Art 7(1), 8(2)",
        "Who acted; for requests that staff logged, who made them.",
        ["self", "parent", "agent", "system"],
        inert=OURS,
    ),
    Column("purpose", Type.CODE, "e.purpose", "Art 4(11), 6(1)(a)", "Code of the purpose in the catalogue."),
    Column("purpose_version", Type.INTEGER, "v.number", "Art 4(11), 6(1)(a)", "Version of its texts and facts."),
    Column(
        "lawful_basis",
        Type.CODE,
        f"CASE WHEN {cast_if_valid("facts ->> 'explicit'", 'boolean')} THEN 'A9-2-a' ELSE v.legal_basis END",
        "Art 6, 9, 13(1)(c), 30",
        "Legal basis; A9-2-a: explicit consent.",
        BASES,
        inert="CHECK catalogue_version_known_basis",
    ),
    Column("controller", Type.TEXT, "%(portal)s || '/#controller'", "Art 13(1)(a)", "The company.", inert="an address"),
    Column("recipients", Type.LIST, RECIPIENTS, "Art 13(1)(e); G05 3.3.1", "Codes of outside recipients."),
    Column(
        "pii_types",
        Type.LIST,
        CATEGORIES,
        "Art 13, 14, 30(1)(c)",
        "Codes of the data categories; those of Art 9 end in :special.",
    ),
    Column("notice_id", Type.TEXT, "e.purpose || '/' || v.number", "G05 108", "Purpose and version of the notice."),
    Column("notice_hash", Type.HASH, NOTICE_HASH, "G05 108", "SHA-256 of notice_copy."),
    Column("notice_copy", Type.TEXT, "n.words", "G05 108", "The text as shown, canonical JSON.", inert=JSON_OBJECT),
    Column("language", Type.CODE, "facts ->> 'language'", "G05 108", "Language of the text, BCP 47."),
    Column("ui_version", Type.TEXT, "facts ->> 'interface'", "G05 108; CCR 7004", "Version of the page that asked."),
    Column(
        "collection_method",
        Type.CODE,
        METHOD,
        "G05 108; CCR 7004",
        "Channel; paper: by post.",
        ["portal", *THROUGH.values()],
        inert=OURS,
    ),
    Column(
        "recorded_by",
        Type.TEXT,
        "facts ->> 'recorded_by'",
        "Art 5(2), 7(3)",
        "Of what came by telephone, by post and so on: who on the staff recorded it, by pseudonym; no code proved it.",
    ),
    Column(
        "session_evidence",
        Type.JSON,
        EVIDENCE,
        "G05 108; CCR 7004",
        "Session, network truncated to /24 or /48, browser; erased: true if erased since.",
        personal=True,
    ),
    Column("valid_from", Type.MOMENT, f"CASE WHEN {IS_YES} THEN {AT} END", "G05 110-111", "Start of validity."),
    Column("valid_until", Type.MOMENT, f"CASE WHEN {IS_YES} THEN {UNTIL} END", "G05 110-111", "End of validity."),
    Column("withdrawal_method", Type.TEXT, WITHDRAW, "Art 7(3)", "Page to withdraw it on.", inert="an address"),
    Column(
        "no_reask_until",
        Type.DAY,
        f"({cast_moment_if_valid("facts ->> 'rests_until'")} AT TIME ZONE 'UTC')::date",
        "Civ 1798.135(c)(4); 7221(k)",
        "Day until which no one may ask again.",
    ),
    Column("subject_ref", Type.UUID, "e.customer", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column(
        "recorded_at", Type.MOMENT, "e.occurred_at", "own", "When it was recorded; decides which period it falls in."
    ),
    Column("method", Type.TEXT, "facts ->> 'method'", "own", "Button, page, signal or rule that caused it."),
    Column("event_id", Type.INTEGER, "e.id", "own", "Number of the ledger entry."),
    Column(
        "entry_hash", Type.HASH, "e.hash", "Art 5(1)(f)", "Hash of the entry, repeated by the next entry of its chain."
    ),
]


def build_parameters() -> dict[str, Any]:
    return {"portal": settings.PORTAL_URL, "notices": json.dumps(list(list_notices()))}


def list_notices() -> Iterator[dict[str, str]]:
    """Yield every text that was ever published, with its hash."""
    published = PurposeVersion.objects.filter(published_at__isnull=False)
    fields = Prefetch("categories__fields", queryset=Field.objects.order_by("order", "id"))
    for version in published.select_related("purpose").prefetch_related("notices", "recipients", fields):
        for notice in version.notices.all():
            yield {"hash": notice.hash, "words": encode_canonical(build_displayed_notice(notice, version)).decode()}


DESCRIPTION = Description(
    name="consent_events",
    version=2,
    about=_("Every consent given, refused, withdrawn, expired or ended, with the text that was shown."),
    law="GDPR Art 7(1); ISO/IEC TS 27560",
    columns=COLUMNS,
    rows=ROWS,
    order=("recorded_at", "event_id"),
    filters=[Filter("type", _("What happened"), f"({STATUS})", [(str(status), status.label) for status in STATUSES])],
    parameters=build_parameters,
)
