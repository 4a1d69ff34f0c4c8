"""The catalogue, modules of training and exports: what is published stays."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import ACTING
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
    MUM,
    NOW,
    ONE,
    OTTO,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    called,
    deleted,
    entry,
    inserted,
    plain,
    staff,
    updated,
)

RESTORING = ("ledger_restoration", {"id": 1, "opened_at": None})


def cases() -> Iterator[Case]:
    yield from modules()
    yield from exports()
    yield from retirements()
    yield from teams()
    yield from catalogue()
    yield from small_ones()


def modules() -> Iterator[Case]:
    version = {
        "id": 1,
        "code": "m",
        "number": 1,
        "required": True,
        "published_at": PAST,
        "solution": [0, 1],
        "pass_mark": 80,
        "valid_months": 12,
    }
    member = staff(SAM, "requester")
    new = {"id": ONE, "version_id": 1, "member_id": SAM, "answers": [0, 1]}
    for change in (
        {},
        {"answers": [0, 0]},
        {"answers": [1, 0]},
        {"answers": [0]},
        {"version_id": 2},
        {"member_id": MUM},
    ):
        for more in (
            (),
            (("training_moduleversion", version | {"id": 2, "number": 2}),),
            (("training_moduleversion", version | {"id": 2, "code": "n", "solution": [1, 1]}),),
        ):
            yield plain(
                inserted(
                    "score_attempt",
                    "training_attempt",
                    new | change,
                    ("training_moduleversion", version),
                    member,
                    *more,
                )
            )
    for tried, of in product(({}, {"score": 79}, {"id": TWO}, {"version_id": 2}), ({}, {"pass_mark": 90}, {"id": 2})):
        attempt = ("training_attempt", {"id": ONE, "version_id": 1, "member_id": SAM, "score": 80} | tried)
        other = ("training_moduleversion", version | {"id": 3, "code": "n", "pass_mark": 0})
        yield plain(
            inserted(
                "fill_attestation",
                "training_attestation",
                {"attempt_id": ONE},
                attempt,
                ("training_moduleversion", version | of),
                other,
            )
        )
    for role, moment in product(("privacy_officer", "requester"), (None, NOW, PAST)):
        row = version | {"published_at": moment, "published_by_id": PIA}
        yield plain(inserted("require_officer_for_module", "training_moduleversion", row, staff(PIA, role)))
        yield plain(
            updated(
                "require_officer_for_module",
                "training_moduleversion",
                row | {"published_at": None},
                {"published_at": moment or LATER},
                staff(PIA, role),
            )
        )
    for event, object in product(("training_module.published", "training.attested", "x"), ("1", ONE, "m", SAM)):
        told = entry(event, object, customer=None)
        yield plain(
            inserted("require_entry_for_training", "training_moduleversion", version | {"published_at": NOW}, told)
        )
        yield plain(
            inserted(
                "require_entry_for_training",
                "training_attestation",
                {"attempt_id": ONE, "member_id": SAM, "code": "m"},
                told,
            )
        )
    for event, object, outcome in product(("question_template.saved", "x"), ("1", "2"), ("t", "x")):
        told = entry(event, object, customer=None, outcome=outcome)
        yield plain(
            inserted("require_entry_for_question_template", "rights_questiontemplate", {"id": 1, "code": "t"}, told)
        )
    for versions in (
        [version],
        [version, version | {"id": 2, "number": 2}],
        [version, version | {"id": 2, "number": 2, "published_at": None}],
        [version | {"code": "n"}],
    ):
        yield plain(called("module_in_force", [("text", "m")], *(("training_moduleversion", one) for one in versions)))


def exports() -> Iterator[Case]:
    for moment in (NOW, PAST):
        yield plain(inserted("check_export_moment", "exports_export", {"id": ONE, "made_at": moment}))
    export = {"id": ONE, "personal": True, "made_by_id": OTTO}
    for made, approved in product(({}, {"personal": False}, {"id": TWO}, {"made_by_id": PIA}), (PIA, SAM)):
        for member in (staff(PIA, "compliance_officer"), staff(PIA), staff(PIA, "compliance_officer", ended_at=PAST)):
            new = {"export_id": ONE, "approved_by_id": approved, "approved_at": NOW}
            yield plain(
                inserted("require_second_officer", "exports_approval", new, ("exports_export", export | made), member)
            )
        for approval in ((), ({},), ({"export_id": TWO},), ({"approved_at": PAST},)):
            given = [("exports_approval", {"export_id": ONE, "approved_at": NOW} | one) for one in approval]
            yield plain(
                inserted(
                    "require_approval_for_result",
                    "exports_exportresult",
                    {"export_id": ONE},
                    ("exports_export", export | made),
                    *given,
                )
            )


def retirements() -> Iterator[Case]:
    """The end of a purpose: proposed by one officer and confirmed by another, each step with its entry."""
    purpose: Row = {"id": 1, "code": "support", "retired_at": None}
    waiting: Row = {"id": ONE, "purpose_id": 1, "proposed_by_id": OTTO, "proposed_at": PAST}
    waiting |= {"approved_by_id": None, "approved_at": None, "cancelled_by_id": None, "cancelled_at": None}
    for moment, confirmed in product((NOW, PAST), ({}, {"purpose_id": 2}, {"approved_at": PAST}, None)):
        decided = (
            [("catalogue_retirement", waiting | {"approved_at": NOW} | confirmed)] if confirmed is not None else []
        )
        update = updated("check_purpose_retired_now", "catalogue_purpose", purpose, {"retired_at": moment}, *decided)
        yield plain(update)
    yield plain(updated("check_purpose_retired_now", "catalogue_purpose", purpose, {"retired_at": NOW}, RESTORING))
    rule, table = "require_end_of_purpose", "catalogue_retirement"
    confirm = {"approved_by_id": PIA, "approved_at": NOW}
    for ended in ({"retired_at": NOW}, {"retired_at": PAST}, {"id": 2, "retired_at": NOW}):
        yield plain(updated(rule, table, waiting, confirm, ("catalogue_purpose", purpose | ended)))
    rule, both = "require_entry_for_end_of_purpose", {"proposed_by": OTTO, "confirmed_by": PIA, "retirement": ONE}
    decided = (table, waiting | confirm)
    for event, change in product(("purpose.retired", "x"), ({}, {"proposed_by": PIA}, {"confirmed_by": OTTO})):
        told = entry(event, "1", customer=None, details=both | change)
        for known in ((decided,), ((table, waiting | confirm | {"purpose_id": 2}),), ((table, waiting),)):
            yield plain(updated(rule, "catalogue_purpose", purpose, {"retired_at": NOW}, told, *known))


def teams() -> Iterator[Case]:
    """Of Sam's team or another one's; and what the entry of a change names."""
    purpose: Row = {"id": 1, "code": "support", "teams": ["Care"]}
    version = ("catalogue_purposeversion", {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST})
    elsewhere = ("catalogue_purposeversion", {"id": 2, "purpose_id": 2, "number": 1, "published_at": PAST})
    for own, listed, of in product(("Care", "Sales"), (["Care"], []), (1, 2)):
        known = [
            ("catalogue_purpose", purpose | {"teams": listed}),
            ("catalogue_purpose", {"id": 2, "code": "x", "teams": []}),
        ]
        known += [version, elsewhere, staff(SAM, "requester", team=own)]
        for table in ("access_accessrequest", "access_proposedrequest"):
            new = {"id": ONE, "staff_id": SAM, "customer_id": ADA, "version_id": of}
            yield plain(inserted("refuse_request_of_other_team", table, new, *known))
    rule, table = "require_entry_for_teams", "catalogue_purpose"
    for event, object, named, at in product(
        ("purpose.drafted", "purpose.changed", "x"), ("1", "2"), (["Care"], ["Care", "Sales"]), (NOW, PAST)
    ):
        told = entry(event, object, customer=None, occurred_at=at, details={"teams": named})
        yield plain(inserted(rule, table, purpose, told))
        yield plain(updated(rule, table, purpose | {"teams": []}, {"teams": ["Care"]}, told))
        yield plain(updated(rule, table, purpose, {"code": "x"}, told))


def catalogue() -> Iterator[Case]:
    rule, table = "check_publication", "catalogue_purposeversion"
    draft: Row = {"id": 1, "purpose_id": 1, "number": 1, "published_at": None, "lost": False, "published_by_id": PIA}
    notice = ("catalogue_notice", {"id": 1, "version_id": 1, "hash": "h"})
    names = ("catalogue_purposeversion_categories", {"id": 1, "purposeversion_id": 1, "category_id": 1})
    category = ("catalogue_category", {"id": 1, "code": "orders", "published": True})
    whole = [notice, names, category]
    publish = {"published_at": NOW}
    sets: list[list[tuple[str, Row]]] = [whole, whole[1:], whole[:1], [notice, category]]
    for place, change in (
        (0, {"version_id": 2}),
        (0, {"hash": ""}),
        (1, {"purposeversion_id": 2}),
        (1, {"category_id": 2}),
        (2, {"published": False}),
    ):
        sets.append([(t, row | change if n == place else row) for n, (t, row) in enumerate(whole)])
        sets.append([*whole, (whole[place][0], whole[place][1] | {"id": 2} | change)])
    for event, object, who in product(
        ("purpose_version.drafted", "purpose_version.changed", "purpose_version.x"), (1, 2), (PIA, SAM)
    ):
        wrote = entry(event, str(object), "staff", who, customer=None)
        yield plain(updated(rule, table, draft, publish, *whole, wrote, staff(PIA)))
    for published, of in product((PAST, None), (1, 2)):
        version = (table, draft | {"purpose_id": of, "published_at": published})
        renamed = {"id": 1, "code": "offers", "teams": []}
        yield plain(updated("refuse_other_code_of_purpose", "catalogue_purpose", renamed, {"code": "x"}, version))
    for change, restoring in product(({}, {"lost": True}), ((), (RESTORING,))):
        for given in sets:
            yield plain(updated(rule, table, draft | change, publish, *given, staff(PIA), *restoring))
        yield plain(inserted(rule, table, draft | change | publish, *whole, staff(PIA), *restoring))
    unfinished = (notice[0], notice[1] | {"id": 2, "version_id": 2, "hash": ""})
    hidden = [(names[0], names[1] | {"id": 2, "purposeversion_id": 2, "category_id": 2})]
    hidden.append((category[0], category[1] | {"id": 2, "code": "x", "published": False}))
    for elsewhere in ([unfinished], hidden):
        yield plain(updated(rule, table, draft, publish, *whole, *elsewhere, staff(PIA)))
    for officer, moment in product((staff(PIA), staff(PIA, "requester"), staff(OTTO)), (NOW, PAST)):
        yield plain(updated(rule, table, draft, {"published_at": moment}, *whole, officer))
    for writer in ({}, {"purposeversion_id": 2}, {"user_id": OTTO}):
        wrote = ("catalogue_purposeversion_writers", {"id": 1, "purposeversion_id": 1, "user_id": PIA} | writer)
        yield plain(updated(rule, table, draft, publish, *whole, wrote, staff(PIA)))
    version = draft | {"published_at": PAST}
    for of, published in product((1, 2), (PAST, None)):
        named = ("catalogue_purposeversion_recipients", {"id": 1, "purposeversion_id": 1, "recipient_id": of})
        given = (named, (table, version | {"published_at": published}))
        recipient = {"id": 1, "name": "x"}
        yield plain(
            updated("refuse_change_of_published_recipient", "catalogue_recipient", recipient, {"name": "y"}, *given)
        )
        yield plain(deleted("refuse_change_of_published_recipient", "catalogue_recipient", recipient, *given))
    named = ("catalogue_purposeversion_recipients", {"id": 1, "purposeversion_id": 1, "recipient_id": 1})
    yield plain(
        updated(
            "refuse_change_of_published_recipient",
            "catalogue_recipient",
            {"id": 1, "name": "x"},
            {"name": "y"},
            named,
            (table, version | {"id": 2}),
        )
    )
    rule, field = "require_entry_for_catalogue", {"id": 1, "category_id": 1, "key": "item"}
    for events in (
        (("category.changed", "1"),),
        (("category.changed", "2"),),
        (("category.changed", "1"), ("category.changed", "2")),
        (("x", "1"),),
    ):
        told_of = [entry(event, object, customer=None, id=n) for n, (event, object) in enumerate(events, 1)]
        yield plain(inserted(rule, "catalogue_field", field, *told_of))
        yield plain(deleted(rule, "catalogue_field", field, *told_of))
        for change in ({"key": "x"}, {"category_id": 2}):
            yield plain(updated(rule, "catalogue_field", field, change, *told_of))
    for object, outcome, besides in product((ADA, BEN), ("weekly", "never"), ((), (ACTING,), (RESTORING,))):
        told = entry("digests.chosen", object, "customer", MUM, outcome=outcome)
        chosen = {"customer_id": ADA, "digests": "never"}
        yield plain(inserted("require_entry_for_preference", "notifications_preference", chosen, told, *besides))
    for published in (True, False):
        row = {"id": 1, "code": "orders", "published": published}
        for change in ({}, {"code": "x"}, {"published": False}):
            yield plain(updated("refuse_change_of_published_category", "catalogue_category", row, change))
        yield plain(deleted("refuse_change_of_published_category", "catalogue_category", row))
        field = {"id": 1, "category_id": 1, "key": "item"}
        rule = "refuse_change_of_part_of_published_category"
        for of in (1, 2):
            known = [("catalogue_category", row), ("catalogue_category", row | {"id": 2, "published": not published})]
            yield plain(inserted(rule, "catalogue_field", field | {"category_id": of}, *known))
            yield plain(deleted(rule, "catalogue_field", field | {"category_id": of}, *known))
            for change in ({}, {"key": "x"}, {"category_id": 1}, {"category_id": 2}):
                yield plain(updated(rule, "catalogue_field", field | {"category_id": of}, change, *known))
    rule = "refuse_change_of_published_parts"
    versions = [(table, version), (table, draft | {"id": 2, "number": 2})]
    for of in (1, 2):
        part = {"id": 1, "version_id": of, "hash": "h"}
        yield plain(inserted(rule, "catalogue_notice", part, *versions))
        yield plain(deleted(rule, "catalogue_notice", part, *versions))
        for change in ({}, {"hash": "x"}, {"version_id": 1}, {"version_id": 2}):
            yield plain(updated(rule, "catalogue_notice", part, change, *versions))
        yield plain(inserted(rule, "catalogue_notice", part))


def small_ones() -> Iterator[Case]:
    for code, retired in product(("statistics", "x"), (None, PAST)):
        yield plain(
            called("statistics_purpose", [], ("catalogue_purpose", {"id": 1, "code": code, "retired_at": retired}))
        )
    for object, outcome in product((SAM, PIA), ("daily", "never")):
        told = entry("staff_emails.chosen", object, "staff", SAM, customer=None, outcome=outcome)
        chosen = {"member_id": SAM, "told": "never"}
        yield plain(inserted("require_entry_for_staff_preference", "notifications_staffpreference", chosen, told))
    version = {"id": 1, "purpose_id": 1, "number": 1, "published_at": PAST}
    for change in ({"number": 2}, {"published_at": NOW}, {"lost": True}, {}):
        yield plain(updated("refuse_change_of_published_version", "catalogue_purposeversion", version, change))
    yield plain(deleted("refuse_change_of_published_version", "catalogue_purposeversion", version))
    for event, object in product(("export.requested", "export.made", "x"), (ONE, TWO)):
        told = entry(event, object, customer=None)
        yield plain(inserted("require_entry_for_export", "exports_export", {"id": ONE, "personal": False}, told))
