"""Questions about nobody, and the numbers that answer them."""

from collections.abc import Iterator
from itertools import product

from consents.insights.services.counting import hash_cells
from tests.architecture.mutation.cases.statistics import COUNTABLE
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    NOW,
    ONE,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    entry,
    inserted,
    plain,
    staff,
    updated,
)


def cases() -> Iterator[Case]:
    yield from questions_and_insights()
    yield from numbers()


def questions_and_insights() -> Iterator[Case]:
    rule, table = "refuse_other_questions", "insights_question"
    question: Row = {
        "id": 1,
        "code": "q",
        "category_id": 1,
        "field": "item",
        "date_field": "",
        "added_at": NOW,
        "added_by_id": PIA,
    }
    question |= {"retired_at": None, "retired_by_id": None, "step": "", "words": {}}
    field = ("catalogue_field", {"id": 1, "category_id": 1, "key": "item"})
    known = (*COUNTABLE, staff(PIA))
    changes: list[Row] = [
        {},
        {"added_at": PAST},
        {"retired_at": NOW},
        {"added_by_id": SAM},
        {"category_id": 2},
        {"field": "x"},
    ]
    for change, named in product(
        (*changes, {"date_field": "x"}, {"field": ""}),
        ((field,), (), (("catalogue_field", field[1] | {"category_id": 2}),)),
    ):
        yield plain(inserted(rule, table, question | change, *known, *named))
    for old in (question, question | {"retired_at": PAST}):
        for change in (
            {"retired_at": NOW, "retired_by_id": PIA},
            {"retired_at": PAST, "retired_by_id": PIA},
            {"retired_at": NOW, "retired_by_id": SAM},
            {"retired_at": NOW, "retired_by_id": PIA, "field": "x"},
        ):
            yield plain(updated(rule, table, old, change, *known))
    for event, code in product(("insight_question.added", "x"), ("q", "p")):
        yield plain(inserted("require_entry_for_insight", table, question, entry(event, code, customer=None)))
    rule, table = "refuse_other_insights", "insights_insight"
    insight: Row = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    whole = (*COUNTABLE, staff(SAM, "requester"), ("insights_question", question))
    for step, period in product(("", "year", "quarter"), ("", "2026", "2027", "2026-Q4", "2027-Q1", "x")):
        asked = ("insights_question", question | {"step": step})
        yield plain(inserted(rule, table, insight | {"period": period}, *whole[:-1], asked))
    others: list[Row] = [{}, {"asked_by_id": PIA}, {"question_id": 2}, {"minimum": 0}]
    for change in others:
        yield plain(inserted(rule, table, insight | change, *whole))
    module = ("training_moduleversion", {"id": 1, "code": "m", "number": 1, "required": True, "published_at": PAST})
    for asked in ({"retired_at": PAST}, {"category_id": 2}, {"id": 2}):
        yield plain(inserted(rule, table, insight, *whole[:-1], ("insights_question", question | asked)))
        yield plain(
            inserted(rule, table, insight, *whole, ("insights_question", question | {"id": 2} | asked | {"id": 2}))
        )
    yield plain(inserted(rule, table, insight, *whole, module))
    for count, change in product(
        (5, 6, 19, 20), ({}, {"question_id": 2}, {"asked_by_id": PIA}, {"asked_at": "2026-12-10T12:00:00Z"})
    ):
        earlier = [
            (table, insight | {"id": f"c{n:07}-0000-4000-8000-000000000000", "period": "y"} | change)
            for n in range(count)
        ]
        yield plain(inserted(rule, table, insight, *whole, *earlier))
    long_ago = [
        (
            table,
            insight
            | {
                "id": f"c{n:07}-0000-4000-8000-000000000000",
                "period": "y",
                "question_id": 2,
                "asked_at": "2026-12-20T12:00:00Z",
            },
        )
        for n in range(20)
    ]
    yield plain(inserted(rule, table, insight, *whole, *long_ago))
    old = [(t, row | {"asked_at": PAST}) for t, row in long_ago]
    yield plain(inserted(rule, table, insight, *whole, *old))
    came = {"purpose_id": 1, "since": NOW}
    for change, before, least in product(
        ({}, {"purpose_id": 2}, {"since": "2026-01-01T12:00:00Z"}), ({}, {"question_id": 2}, {"period": "y"}), (1, 2, 3)
    ):
        last = (table, insight | {"id": TWO, "asked_at": PAST} | before)
        some = [("choices_choice", came | {"id": one, "customer_id": one} | change) for one in (ADA, BEN)]
        yield plain(inserted(rule, table, insight | {"minimum": least}, *whole, last, *some))
    twice = [
        (table, insight | {"id": TWO, "asked_at": PAST}),
        (table, insight | {"id": SAM, "asked_at": NOW, "question_id": 2}),
        (table, insight | {"id": PIA, "asked_at": NOW, "period": "y"}),
    ]
    some = [
        ("choices_choice", came | {"id": one, "customer_id": one, "since": "2027-01-01T12:00:00Z"})
        for one in (ADA, BEN)
    ]
    yield plain(inserted(rule, table, insight | {"minimum": 2}, *whole, *twice, *some))
    rule, table = "refuse_opening_for_no_insight", "disclosures_opening"
    opening = {"id": TWO, "kind": "statistics", "staff_id": SAM, "category_id": 1, "purpose_id": 1, "customer_id": None}
    counted = entry("vault.counted", TWO, "portal", "", customer=None, details={"insight": ONE})
    waits = (("insights_insight", insight), ("insights_question", question))
    for change in ({}, {"id": ONE}, {"staff_id": PIA}, {"category_id": 2}, {"purpose_id": 2}):
        yield plain(inserted(rule, table, opening | change, *COUNTABLE, counted, *waits))
    for change in ({"object": ONE}, {"event": "x"}, {"occurred_at": PAST}, {"details": f'{{"insight": "{TWO}"}}'}):
        yield plain(inserted(rule, table, opening, *COUNTABLE, (counted[0], counted[1] | change), *waits))
    for of in (ONE, TWO):
        result = ("insights_result", {"insight_id": of})
        yield plain(inserted(rule, table, opening, *COUNTABLE, counted, *waits, result))
    yield plain(
        inserted(rule, table, opening, *COUNTABLE, counted, waits[0], ("insights_question", question | {"id": 2}))
    )


def numbers() -> Iterator[Case]:
    insight: Row = {"id": ONE, "question_id": 1, "period": "", "minimum": 11, "asked_by_id": SAM, "asked_at": NOW}
    other = ("insights_insight", insight | {"id": TWO, "minimum": 1})
    for number in (None, 0, 5, 11):
        new = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": number}
        for outcome, of in product(("counted", "closed"), (ONE, TWO)):
            result = ("insights_result", {"insight_id": of, "outcome": outcome})
            yield plain(
                inserted("refuse_small_numbers", "insights_cell", new, ("insights_insight", insight), other, result)
            )
        results = [("insights_result", {"insight_id": of, "outcome": "counted"}) for of in (ONE, TWO)]
        yield plain(inserted("refuse_small_numbers", "insights_cell", new, other, *results))
        yield plain(
            inserted("refuse_small_numbers", "insights_cell", new, other, ("insights_insight", insight), *results)
        )
        total = {"insight_id": ONE, "outcome": "counted", "total": number}
        yield plain(inserted("refuse_small_totals", "insights_result", total, other, ("insights_insight", insight)))
        for of in (ONE, TWO):
            yield plain(
                inserted("refuse_small_totals", "insights_result", total, ("insights_insight", insight | {"id": of}))
            )
    new = {"id": 1, "result_id": ONE, "place": 0, "label": "x", "number": 30}
    for cells in ([(0, "x", 30)], [(0, "x", 31)]):
        for of in (ONE, TWO):
            told = entry("insight.answered", of, "portal", "", customer=None, details={"cells": hash_cells(cells)})
            for more in ((), (("insights_cell", new | {"id": 2, "result_id": TWO}),)):
                yield plain(inserted("require_entry_for_cell", "insights_cell", new, told, *more))
    rule, table = "refuse_other_figures", "ledger_entry"
    told = entry(
        "figures.published",
        "2026-12",
        "portal",
        "",
        customer=None,
        id=9,
        chain="company",
        details={"minimum": 11, "answer_minutes": 95, "figures": {"asked": 30, "none": 0, "hidden": None}},
    )[1]
    details = (
        '{"answer_minutes": null, "minimum": 11, "figures": {}}',
        '{"answer_minutes": null, "minimum": 4, "figures": {}}',
        '{"answer_minutes": null, "minimum": 11, "figures": {"asked": 3}}',
        '{"answer_minutes": null, "figures": {}}',
        '{"answer_minutes": null, "minimum": "11", "figures": {}}',
        '{"answer_minutes": null, "minimum": 11, "figures": {"asked": "x"}}',
        '{"answer_minutes": null, "minimum": 11, "figures": []}',
        '{"answer_minutes": null, "minimum": 11}',
        '{"answer_minutes": -1, "minimum": 11, "figures": {}}',
        '{"answer_minutes": 100001, "minimum": 11, "figures": {}}',
        '{"answer_minutes": "x", "minimum": 11, "figures": {}}',
        '{"minimum": 11, "figures": {}}',
    )
    changes: list[Row] = [{}, {"chain": ADA}, {"object": "2027-01"}, {"object": "2026-13"}, {"object": "x"}]
    for change in (*changes, *({"details": one} for one in details)):
        yield plain(inserted(rule, table, told | change))
    for change in ({}, {"object": "2026-11"}, {"event": "x"}):
        yield plain(inserted(rule, table, told, (table, told | {"id": 8} | change)))
