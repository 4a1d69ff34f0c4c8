"""Consent events: every move of every choice and every answer to a request, one row each, from the ledger.

The names of ISO/IEC TS 27560 (law.md §5 B), then how it came about and the entry that proves it. The words that were
shown are in `notice_copy`, as the canonical text whose SHA-256 is `notice_hash`.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from consents.access.rules import End, State
from consents.catalogue.models import Field, PurposeVersion
from consents.catalogue.shown import shown
from consents.choices.rules import EVENTS, Status
from consents.core.canonical import canonical
from consents.exports.describing import JSON_OBJECT, Column, Description, Filter, Type
from consents.rights.rules.answers import TYPED_CHANNELS, Channel, SubmittedBy

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"
# An approved request is consent for that ask alone: what its entries come to.
OF_REQUESTS = {
    State.PENDING: Status.REQUESTED,
    State.APPROVED: Status.GIVEN,
    State.PARTLY_APPROVED: Status.GIVEN,
    State.DENIED: Status.REFUSED,
    End.STOPPED: Status.WITHDRAWN,
    End.WITHDRAWN: Status.WITHDRAWN,
    End.TIME: Status.EXPIRED,
    End.COMPANY: Status.REVOKED,
}
STATUS = f"""CASE WHEN e.object_type = 'choice' THEN e.outcome
    ELSE CASE e.outcome {" ".join(f"WHEN '{of}' THEN '{is_}'" for of, is_ in OF_REQUESTS.items())} END END"""
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
AT = "coalesce((facts ->> 'ended_at')::timestamptz, e.occurred_at)"
UNTIL = """CASE WHEN e.event = 'access_request.answered' AND facts ->> 'duration_seconds' <> '0'
    THEN (facts ->> 'answered_at')::timestamptz + make_interval(secs => (facts ->> 'duration_seconds')::int)
    ELSE (facts ->> 'valid_until')::timestamptz END"""
WITHDRAW = """%(portal)s || CASE WHEN e.object_type = 'choice' THEN '/choices/' || e.purpose || '/withdraw/'
    ELSE '/requests/' || e.object || '/' END"""
# Of what reached us in another way the entry says how, and who made it; the portal carries it out.
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
    ON e.object_type = 'access_request' AND a.id = CASE WHEN pg_input_is_valid(e.object, 'uuid') THEN e.object::uuid END
LEFT JOIN catalogue_purpose AS p ON p.code = e.purpose
LEFT JOIN catalogue_purposeversion AS v
    ON CASE WHEN a.id IS NOT NULL THEN v.id = a.version_id
       ELSE v.purpose_id = p.id AND v.number = (facts ->> 'version')::int END
LEFT JOIN jsonb_to_recordset(%(notices)s::jsonb) AS n(hash text, words text) ON n.hash = facts ->> 'notice'
LEFT JOIN people_evidence AS kept ON kept.id = e.evidence
WHERE e.occurred_at >= %(first)s AND e.occurred_at < %(last)s
  AND (e.event IN ({SAID}) AND e.object_type = 'choice'
       OR e.event IN ('access_request.filed', 'access_request.answered', 'grant.ended'))"""
STATUSES = [status for status in Status if status != Status.UNKNOWN]
OURS = "one of our own codes"
BASES = ["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-d", "A6-1-e", "A6-1-f", "A9-2-a"]

COLUMNS = [
    Column("record_id", Type.UUID, "e.object::uuid", "Art 7(1)", "The consent record: a choice, or one request."),
    Column("schema_version", Type.TEXT, f"'{SCHEMA}'", "Art 7(1)", "Which record schema the names follow.", inert=OURS),
    Column(
        "event_type",
        Type.CODE,
        STATUS,
        "Art 7(1), 7(3)",
        "What became of the consent, as DPV calls it.",
        [str(status) for status in STATUSES],
    ),
    Column("event_time", Type.MOMENT, AT, "Art 7(1), 8(2)", "When it happened."),
    Column(
        "event_entity",
        Type.CODE,
        ENTITY,
        "Art 7(1), 8(2)",
        "Who acted; of what staff typed in, who had made it.",
        ["self", "parent", "agent", "system"],
        inert=OURS,
    ),
    Column("purpose", Type.CODE, "e.purpose", "Art 4(11), 6(1)(a)", "Code of the purpose in the catalogue."),
    Column("purpose_version", Type.INTEGER, "v.number", "Art 4(11), 6(1)(a)", "Which version of its words and facts."),
    Column(
        "lawful_basis",
        Type.CODE,
        "CASE WHEN (facts ->> 'explicit')::boolean THEN 'A9-2-a' ELSE v.legal_basis END",
        "Art 6, 9, 13(1)(c), 30",
        "On which basis; A9-2-a: explicit consent.",
        BASES,
        inert="CHECK catalogue_version_known_basis",
    ),
    Column("controller", Type.TEXT, "%(portal)s || '/#controller'", "Art 13(1)(a)", "The company.", inert="an address"),
    Column("recipients", Type.LIST, RECIPIENTS, "Art 13(1)(e); G05 3.3.1", "Codes of those outside who get the data."),
    Column(
        "pii_types",
        Type.LIST,
        CATEGORIES,
        "Art 13, 14, 30(1)(c)",
        "Codes of the data categories; :special follows those of Art 9.",
    ),
    Column("notice_id", Type.TEXT, "e.purpose || '/' || v.number", "G05 108", "Purpose and version of the notice."),
    Column("notice_hash", Type.HASH, "decode(facts ->> 'notice', 'hex')", "G05 108", "SHA-256 of notice_copy."),
    Column("notice_copy", Type.TEXT, "n.words", "G05 108", "The words as shown, canonical JSON.", inert=JSON_OBJECT),
    Column("language", Type.CODE, "facts ->> 'language'", "G05 108", "In which language, BCP 47."),
    Column("ui_version", Type.TEXT, "facts ->> 'interface'", "G05 108; CCR 7004", "Which version of the page asked."),
    Column(
        "collection_method",
        Type.CODE,
        METHOD,
        "G05 108; CCR 7004",
        "Through what it was collected; paper: by post.",
        ["portal", *THROUGH.values()],
        inert=OURS,
    ),
    Column(
        "session_evidence",
        Type.JSON,
        EVIDENCE,
        "G05 108; CCR 7004",
        "Session, network cut to /24 or /48, browser; erased: true where it was erased since.",
        personal=True,
    ),
    Column("valid_from", Type.MOMENT, f"CASE WHEN {IS_YES} THEN {AT} END", "G05 110-111", "From when a yes counts."),
    Column("valid_until", Type.MOMENT, f"CASE WHEN {IS_YES} THEN {UNTIL} END", "G05 110-111", "Until when it counts."),
    Column("withdrawal_method", Type.TEXT, WITHDRAW, "Art 7(3)", "Where it is taken back.", inert="an address"),
    Column(
        "no_reask_until",
        Type.DAY,
        "((facts ->> 'rests_until')::timestamptz AT TIME ZONE 'UTC')::date",
        "Civ 1798.135(c)(4); 7221(k)",
        "Until when nobody asks again.",
    ),
    Column("subject_ref", Type.UUID, "e.customer", "Art 5(1)(c)", "The customer, by pseudonym."),
    Column("recorded_at", Type.MOMENT, "e.occurred_at", "own", "When it was put on record; the period goes by this."),
    Column("method", Type.TEXT, "facts ->> 'method'", "own", "By which button, page, signal or rule it came about."),
    Column("event_id", Type.INTEGER, "e.id", "own", "Number of the ledger entry."),
    Column("entry_hash", Type.HASH, "e.hash", "Art 5(1)(f)", "Hash of the entry: the next one of its chain names it."),
]


def parameters() -> dict[str, Any]:
    return {"portal": settings.PORTAL_URL, "notices": json.dumps(list(notices()))}


def notices() -> Iterator[dict[str, str]]:
    """Every text that was ever published, by its hash."""
    published = PurposeVersion.objects.filter(published_at__isnull=False)
    fields = Prefetch("categories__fields", queryset=Field.objects.order_by("order", "id"))
    for version in published.select_related("purpose").prefetch_related("notices", "recipients", fields):
        for notice in version.notices.all():
            yield {"hash": notice.hash, "words": canonical(shown(notice, version)).decode()}


DESCRIPTION = Description(
    name="consent_events",
    version=2,
    title=_("Consent events"),
    about=_("Every consent given, refused, withdrawn, expired or ended, with the words that were shown."),
    law="GDPR Art 7(1); ISO/IEC TS 27560",
    columns=COLUMNS,
    rows=ROWS,
    order=("recorded_at", "event_id"),
    filters=[Filter("type", _("What happened"), f"({STATUS})", [(str(one), one.label) for one in STATUSES])],
    parameters=parameters,
)
