"""What would be allowed, had its entry come with it."""

from collections.abc import Iterator

from tests.architecture.mutation.cases.copies import FILE, MADE
from tests.architecture.mutation.cases.rights_rows import (
    ACTING,
    OFFICERS,
    request,
)
from tests.architecture.mutation.cases.statistics import COUNTABLE
from tests.architecture.mutation.varying import (
    ADA,
    MUM,
    NOW,
    ONE,
    OTTO,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    entry,
    inserted,
    of_before,
)


def cases() -> Iterator[Case]:
    yield from written_before()


def written_before() -> Iterator[Case]:
    """What would be allowed, had its entry come with it."""
    told = entry("rights_request.code_made", ONE, "portal", "", outcome="mailed", details={"code": SAM})
    code = {"id": SAM, "package_id": TWO, "customer_id": ADA, "way": "mailed", "made_at": NOW, "made_by_id": None}
    yield of_before(inserted("refuse_collection_code_off_record", "copies_collectioncode", code, MADE, told))
    taken = {"id": 1, "package_id": TWO, "customer_id": ADA, "part": "page", "taken_at": NOW}
    by_account = entry("rights_request.package_downloaded", ONE, "customer", MUM, outcome="page", details={"code": SAM})
    whole, collected = (MADE, request(), by_account), ("copies_collectioncode", code | {"ended_at": None})
    rule, table = "refuse_download_off_record", "copies_download"
    yield of_before(inserted(rule, table, taken | {"taken_by_id": MUM, "code_id": None}, *whole, ACTING))
    yield of_before(inserted(rule, table, taken | {"taken_by_id": None, "code_id": SAM}, *whole, collected))
    added = entry("rights_request.file_added", ONE, "staff", PIA, outcome="people", details={"file": TWO})
    yield of_before(inserted("refuse_file_off_record", "copies_addedfile", FILE | {"size": 0}, added))
    chunk = {"file_id": TWO, "customer_id": ADA, "number": 0, "sealed": "\\x01", "id": 1}
    yield of_before(inserted("refuse_change_of_chunk", "copies_filechunk", chunk, ("copies_addedfile", FILE)))
    decision = {
        "id": 1,
        "file_id": TWO,
        "customer_id": ADA,
        "outcome": "taken_out",
        "decided_at": NOW,
        "decided_by_id": OTTO,
    }
    out = entry("rights_request.file_taken_out", ONE, "staff", OTTO, details={"file": TWO})
    given = (("copies_addedfile", FILE), request(), out, *OFFICERS)
    yield of_before(inserted("refuse_other_decision_on_file", "copies_filedecision", decision, *given))
    looked = entry("vault.own_copy", ONE, "portal", "", details={})
    opening = {"id": ONE, "customer_id": ADA, "kind": "own_copy"}
    yield of_before(inserted("refuse_own_copy_for_no_request", "disclosures_opening", opening, looked))
    insight = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    counted = entry("vault.counted", TWO, "portal", "", customer=None, details={"insight": ONE})
    waits = (("insights_insight", insight), ("insights_question", {"id": 1, "category_id": 1}))
    opening = {"id": TWO, "kind": "statistics", "staff_id": SAM, "category_id": 1, "purpose_id": 1, "customer_id": None}
    yield of_before(
        inserted("refuse_opening_for_no_insight", "disclosures_opening", opening, *COUNTABLE, counted, *waits)
    )
    result = ("insights_result", {"insight_id": ONE, "outcome": "counted"})
    cell = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": 30}
    yield of_before(inserted("refuse_small_numbers", "insights_cell", cell, waits[0], result))
    version = {
        "id": 1,
        "code": "m",
        "number": 1,
        "required": True,
        "published_at": PAST,
        "pass_mark": 80,
        "valid_months": 12,
    }
    attempt = ("training_attempt", {"id": ONE, "version_id": 1, "member_id": SAM, "score": 80})
    given = (attempt, ("training_moduleversion", version))
    yield of_before(inserted("fill_attestation", "training_attestation", {"attempt_id": ONE}, *given))
