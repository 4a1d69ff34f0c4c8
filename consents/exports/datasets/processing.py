"""The register of processing activities (GDPR Art 30(1)): every purpose in force at the end of the period."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import LegalBasis, Party
from consents.exports.describing import FOR_PROGRAMS, Column, Description, Filter, Type
from consents.exports.rules import Format
from consents.law.transfers import Safeguard, list_near_countries

CATEGORIES = """(SELECT array_agg(c.code ORDER BY c.code) FROM catalogue_purposeversion_categories AS has
    JOIN catalogue_category AS c ON c.id = has.category_id WHERE has.purposeversion_id = v.id)"""
RECIPIENTS = """(SELECT array_agg(DISTINCT known.kind) FROM catalogue_purposeversion_recipients AS has
    JOIN catalogue_recipient AS known ON known.id = has.recipient_id WHERE has.purposeversion_id = v.id)"""
JOINT = """(SELECT string_agg(concat_ws(', ', known.name, known.address, known.contact), '; ' ORDER BY known.name)
    FROM catalogue_purposeversion_recipients AS has JOIN catalogue_recipient AS known ON known.id = has.recipient_id
    WHERE has.purposeversion_id = v.id AND known.kind = 'dpv:JointDataControllers')"""
# Where the data is stored or sent, except within the area of free movement that the company is in.
ABROAD = """(SELECT array_agg(DISTINCT place ORDER BY place) FROM (
        SELECT jsonb_array_elements_text(v.storage) UNION SELECT known.country
        FROM catalogue_purposeversion_recipients AS has JOIN catalogue_recipient AS known ON known.id = has.recipient_id
        WHERE has.purposeversion_id = v.id) AS all_of_them(place)
    WHERE NOT place = ANY(%(near)s::text[]))"""
# The safeguard for each recipient's country, in the same form as `recipients_notified` in the register of requests.
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
    "encrypted under a key per customer; every reading recorded before it happens; row-level security;"
    " two officers for exceptions; signed journal outside the database"
)
ARTICLE = "Art 30(1)"

COLUMNS = [
    Column("controller", Type.TEXT, "%(controller)s", f"{ARTICLE}(a)", "Name, address and contact of the company."),
    Column(
        "representative", Type.TEXT, "%(representative)s", f"{ARTICLE}(a)", "Its representative in the Union, if any."
    ),
    Column(
        "joint_controllers",
        Type.TEXT,
        JOINT,
        f"{ARTICLE}(a), 26",
        "Name, address and contact of each company that decides with ours what the data of this purpose is used for.",
    ),
    Column("dpo", Type.TEXT, "%(dpo)s", f"{ARTICLE}(a)", "The data protection officer."),
    Column("purpose", Type.CODE, "p.code", f"{ARTICLE}(b)", "Code of the purpose in the catalogue."),
    Column(
        "lawful_basis",
        Type.CODE,
        "v.legal_basis",
        "Art 6, 13(1)(c)",
        "Legal basis.",
        dict(LegalBasis.choices),
        inert="CHECK catalogue_version_known_basis",
    ),
    Column(
        "subject_categories",
        Type.LIST,
        "ARRAY['customers']",
        f"{ARTICLE}(c)",
        "Categories of data subjects.",
        ["customers"],
        inert="one of our own codes",
    ),
    Column("pii_types", Type.LIST, CATEGORIES, f"{ARTICLE}(c)", "Codes of the data categories."),
    Column(
        "recipient_categories",
        Type.LIST,
        RECIPIENTS,
        f"{ARTICLE}(d)",
        "Categories of recipients in DPV terms; empty: none.",
        dict(Party.choices),
        inert="CHECK catalogue_recipient_known_kind",
    ),
    Column(
        "transfer_country",
        Type.LIST,
        ABROAD,
        f"{ARTICLE}(e)",
        "Third countries (ISO 3166) where the data is stored or sent.",
        inert="CHECKs catalogue_recipient_country and catalogue_version_storage",
    ),
    Column(
        "transfer_safeguard",
        Type.LIST,
        SAFEGUARDS,
        f"{ARTICLE}(e), 44-49",
        "Safeguard as the article in DPV codes, then the country after an @, such as A46-2-c@US. Empty for countries of"
        " the EEA, which need none.",
        {str(one): one.label for one in Safeguard if one != Safeguard.OWN_COUNTRY},
        inert="CHECKs catalogue_recipient_known_safeguard and catalogue_recipient_country",
    ),
    Column(
        "retention_period",
        Type.TEXT,
        f"coalesce('P' || v.retention_months || 'M', {NAME.format('retention')})",
        f"{ARTICLE}(f)",
        "Retention: ISO 8601, or in words.",
    ),
    Column("security_measures", Type.TEXT, f"'{SECURITY}'", f"{ARTICLE}(g)", "Security measures.", inert="our words"),
    Column("purpose_name", Type.TEXT, NAME.format("name"), "own", "Name of the purpose as customers read it."),
    Column("purpose_version", Type.INTEGER, "v.number", "own", "Which version of its words and facts."),
    Column(
        "dpv_purpose",
        Type.CODE,
        "v.dpv_purpose",
        "own",
        "The purpose in DPV terms.",
        inert="CHECK catalogue_version_known_term",
    ),
    Column("in_force_since", Type.MOMENT, "v.published_at", "own", "When this version was published."),
]


def build_parameters() -> dict[str, Any]:
    return {
        "controller": ", ".join([settings.PORTAL_COMPANY, settings.PORTAL_ADDRESS, settings.PORTAL_EMAIL]),
        "representative": settings.PORTAL_REPRESENTATIVE,
        "dpo": settings.PORTAL_DPO,
        "near": sorted(list_near_countries(settings.PORTAL_COUNTRY)),
    }


DESCRIPTION = Description(
    name="processing",
    version=3,
    about=_("Every purpose in force at the end of the period: legal basis, data, recipients, retention, security."),
    law="GDPR Art 30(1)",
    columns=COLUMNS,
    rows=ROWS,
    order=("purpose",),
    filters=[Filter("basis", _("Legal basis"), "v.legal_basis", [(str(basis), basis.label) for basis in LegalBasis])],
    parameters=build_parameters,
    formats=(*FOR_PROGRAMS, Format.PDF),
)
