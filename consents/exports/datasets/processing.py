"""The register of processing activities (GDPR Art 30(1)): every purpose in force at the end of the period."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import LegalBasis
from consents.catalogue.transfers import Safeguard, near
from consents.exports.describing import Column, Description, Filter, Type

CATEGORIES = """(SELECT array_agg(c.code ORDER BY c.code) FROM catalogue_purposeversion_categories AS has
    JOIN catalogue_category AS c ON c.id = has.category_id WHERE has.purposeversion_id = v.id)"""
RECIPIENTS = """(SELECT array_agg(DISTINCT known.kind) FROM catalogue_purposeversion_recipients AS has
    JOIN catalogue_recipient AS known ON known.id = has.recipient_id WHERE has.purposeversion_id = v.id)"""
# Where the data lies or goes, but for the area in which it moves freely with us.
ABROAD = """(SELECT array_agg(DISTINCT place ORDER BY place) FROM (
        SELECT jsonb_array_elements_text(v.storage) UNION SELECT known.country
        FROM catalogue_purposeversion_recipients AS has JOIN catalogue_recipient AS known ON known.id = has.recipient_id
        WHERE has.purposeversion_id = v.id) AS all_of_them(place)
    WHERE NOT place = ANY(%(near)s::text[]))"""
# What protects it there, for each country where somebody gets it: law.md 5 E names no shape, so it is that of
# `recipients_notified` in the register of requests.
SAFEGUARDS = """(SELECT array_agg(DISTINCT told ORDER BY told) FROM (SELECT known.safeguard || '@' || known.country
        FROM catalogue_purposeversion_recipients AS has JOIN catalogue_recipient AS known ON known.id = has.recipient_id
        WHERE has.purposeversion_id = v.id AND known.safeguard <> '' AND NOT known.country = ANY(%(near)s::text[])
    ) AS all_of_them(told))"""
NAME = (
    "(SELECT w.{} FROM catalogue_notice AS w WHERE w.version_id = v.id ORDER BY w.language <> 'en', w.language LIMIT 1)"
)
ROWS = """
FROM catalogue_purpose AS p
CROSS JOIN LATERAL (SELECT * FROM catalogue_purposeversion AS one
    WHERE one.purpose_id = p.id AND one.published_at < %(last)s ORDER BY one.number DESC LIMIT 1) AS v
WHERE NOT v.lost AND (p.retired_at IS NULL OR p.retired_at >= %(last)s) AND %(first)s < %(last)s"""
SECURITY = (
    "sealed under a key of each customer; every reading on record before it happens; row-level security;"
    " two officers for exceptions; signed journal outside the database"
)
ARTICLE = "Art 30(1)"

COLUMNS = [
    Column("controller", Type.TEXT, "%(controller)s", f"{ARTICLE}(a)", "Name, address and contact of the company."),
    Column(
        "representative", Type.TEXT, "%(representative)s", f"{ARTICLE}(a)", "Who represents it in the Union, if any."
    ),
    Column("dpo", Type.TEXT, "%(dpo)s", f"{ARTICLE}(a)", "The data protection officer."),
    Column("purpose", Type.CODE, "p.code", f"{ARTICLE}(b)", "Code of the purpose in the catalogue."),
    Column(
        "lawful_basis",
        Type.CODE,
        "v.legal_basis",
        "Art 6, 13(1)(c)",
        "On which basis.",
        LegalBasis.values,
        inert="CHECK catalogue_version_known_basis",
    ),
    Column(
        "subject_categories",
        Type.LIST,
        "ARRAY['customers']",
        f"{ARTICLE}(c)",
        "Whom it is about.",
        ["customers"],
        inert="one of our own codes",
    ),
    Column("pii_types", Type.LIST, CATEGORIES, f"{ARTICLE}(c)", "Codes of the data categories."),
    Column(
        "recipient_categories",
        Type.LIST,
        RECIPIENTS,
        f"{ARTICLE}(d)",
        "What those outside are who get the data, as DPV calls it; empty: nobody.",
        inert="CHECK catalogue_recipient_known_kind",
    ),
    Column(
        "transfer_country",
        Type.LIST,
        ABROAD,
        f"{ARTICLE}(e)",
        "Countries (ISO 3166) outside the area whose law is ours, where it is stored or goes.",
        inert="CHECKs catalogue_recipient_country and catalogue_version_storage",
    ),
    Column(
        "transfer_safeguard",
        Type.LIST,
        SAFEGUARDS,
        f"{ARTICLE}(e), 44-49",
        "What protects it there, as the article in DPV's codes and, behind an @, the country: A46-2-c@US. Nothing for a"
        " country of the EEA, where the law protects it.",
        [str(one) for one in Safeguard if one != Safeguard.OWN_COUNTRY],
        inert="CHECKs catalogue_recipient_known_safeguard and catalogue_recipient_country",
    ),
    Column(
        "retention_period",
        Type.TEXT,
        f"coalesce('P' || v.retention_months || 'M', {NAME.format('retention')})",
        f"{ARTICLE}(f)",
        "How long the data is kept: ISO 8601, or in words.",
    ),
    Column("security_measures", Type.TEXT, f"'{SECURITY}'", f"{ARTICLE}(g)", "How it is protected.", inert="our words"),
    Column("purpose_name", Type.TEXT, NAME.format("name"), "own", "The purpose as customers read it."),
    Column("purpose_version", Type.INTEGER, "v.number", "own", "Which version of its words and facts."),
    Column(
        "dpv_purpose",
        Type.CODE,
        "v.dpv_purpose",
        "own",
        "The purpose in DPV.",
        inert="CHECK catalogue_version_known_term",
    ),
    Column("in_force_since", Type.MOMENT, "v.published_at", "own", "When this version was published."),
]


def parameters() -> dict[str, Any]:
    return {
        "controller": ", ".join([settings.PORTAL_COMPANY, settings.PORTAL_ADDRESS, settings.PORTAL_EMAIL]),
        "representative": settings.PORTAL_REPRESENTATIVE,
        "dpo": settings.PORTAL_DPO,
        "near": sorted(near(settings.PORTAL_COUNTRY)),
    }


DESCRIPTION = Description(
    name="processing",
    version=2,
    title=_("Register of processing"),
    about=_("Every purpose in force at the end of the period: basis, data, recipients, retention, protection."),
    law="GDPR Art 30(1)",
    columns=COLUMNS,
    rows=ROWS,
    order=("purpose",),
    filters=[Filter("basis", _("Legal basis"), "v.legal_basis", [(str(one), one.label) for one in LegalBasis])],
    parameters=parameters,
)
