"""Requests that the requester's manager must agree to before a customer is asked."""

from collections.abc import Iterator

from tests.architecture.mutation.varying import (
    ACTING,
    ADA,
    BEN,
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
    entry,
    inserted,
    of_before,
    plain,
    staff,
    updated,
)


def cases() -> Iterator[Case]:
    """Pia is Sam's manager, who proposes to ask Ada for orders; Otto is somebody else's."""
    rule, table = "refuse_change_of_proposed_request", "access_proposedrequest"
    new = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "version_id": 1, "categories": ["orders"], "reason": "other"}
    new |= {"duration": "02:00:00", "answer_within": "01:00:00", "token": TWO, "proposed_at": NOW, "state": "waiting"}
    new |= {"sealed_words": "x", "decided_by_id": None, "decided_at": None, "access_request_id": None}
    for change in ({}, {"state": "agreed"}, {"proposed_at": PAST}):
        yield plain(inserted(rule, table, new | change))
    waits = new | {"proposed_at": PAST}
    sam, pia, otto = staff(SAM, "requester", manager_id=PIA), staff(PIA), staff(OTTO, manager_id=None)
    agreed = {"state": "agreed", "decided_by_id": PIA, "decided_at": NOW, "access_request_id": TWO}
    kim = staff(MUM, "requester", manager_id=OTTO)
    for decided in (agreed, {"state": "ended", "decided_at": NOW}):
        for change in ({}, {"decided_at": PAST}, {"decided_by_id": OTTO}, {"duration": "03:00:00"}):
            yield plain(updated(rule, table, waits, decided | change, sam, pia, otto, kim))
        yield plain(updated(rule, table, waits | {"state": "declined"}, decided, sam, pia, otto))
        yield plain(updated(rule, table, waits, decided, sam, staff(PIA, ended_at=PAST), otto))
        yield plain(updated(rule, table, waits, decided, staff(SAM, "requester", manager_id=OTTO), pia, otto))
        for acts in ({}, {"ends_at": PAST}, {"ends_at": NOW}, {"customer_id": BEN}, {"user_id": OTTO}):
            acting = ("people_acting", ACTING[1] | {"user_id": PIA} | acts)
            yield plain(updated(rule, table, waits, decided, sam, pia, otto, acting))
    rule = "require_entry_for_proposed_request"
    told = {"details": {"categories": ["orders"]}}
    filed, agree = "proposed_request.filed", "proposed_request.agreed"
    for by in (entry(filed, ONE, "staff", SAM, **told), entry(agree, ONE, "staff", SAM, **told)):
        yield inserted(rule, table, new, by)
    for by in (
        entry(agree, ONE, "staff", PIA, **told),
        entry(agree, ONE, "staff", SAM, **told),
        entry(agree, ONE, "customer", PIA, **told),
        entry(agree, ONE, "staff", PIA, details={"categories": ["contact"]}),
        entry(agree, TWO, "staff", PIA, **told),
        entry(agree, ONE, "staff", PIA, customer=BEN, **told),
        entry(agree, ONE, "staff", PIA, occurred_at=PAST, **told),
        entry(filed, ONE, "staff", PIA, **told),
    ):
        yield updated(rule, table, waits, agreed, by)
    ended = entry("proposed_request.ended", ONE, "portal", "", **told)
    yield updated(rule, table, waits, {"state": "ended", "decided_at": NOW}, ended)
    yield of_before(updated(rule, table, waits, agreed, entry(agree, ONE, "staff", PIA, **told)))
    yield from agreed_requests(waits | agreed | {"access_request_id": ONE})
    yield from agreed_categories(waits | agreed | {"access_request_id": ONE})


def agreed_requests(proposed: Row) -> Iterator[Case]:
    rule, table = "require_agreement_for_request", "access_accessrequest"
    request = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "version_id": 1, "reason": "other", "state": "pending"}
    request |= {"duration": "02:00:00", "filed_at": NOW, "answer_by": "2027-01-15T13:00:00Z"}
    version = ("catalogue_purposeversion", {"id": 1, "purpose_id": 1, "number": 1, "needs_agreement": True})
    other = ("catalogue_purposeversion", {"id": 2, "purpose_id": 1, "number": 2, "needs_agreement": False})
    kinds = [("catalogue_category", {"id": number, "code": code}) for number, code in ((1, "orders"), (2, "contact"))]
    asked = ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "category_id": 1})
    elsewhere = ("access_requestedcategory", {"id": 2, "access_request_id": TWO, "category_id": 2})
    known = (*kinds, asked, elsewhere, version, other)
    yield plain(inserted(rule, table, request, *known))
    yield plain(inserted(rule, table, request | {"version_id": 2}, *known))
    for change in (
        *({}, {"access_request_id": TWO}, {"state": "declined"}, {"decided_at": PAST}, {"staff_id": MUM}),
        *({"customer_id": BEN}, {"version_id": 2}, {"reason": "meeting"}, {"duration": "03:00:00"}),
        *({"answer_within": "02:00:00"}, {"categories": ["contact"]}, {"categories": ["contact", "orders"]}),
    ):
        yield plain(inserted(rule, table, request, ("access_proposedrequest", proposed | change), *known))


def agreed_categories(proposed: Row) -> Iterator[Case]:
    """Of a purpose that needs agreement, which the second does not."""
    rule, table = "require_agreement_for_category", "access_requestedcategory"
    new = {"id": 1, "access_request_id": ONE, "category_id": 1}
    kinds = [("catalogue_category", {"id": number, "code": code}) for number, code in ((1, "orders"), (2, "contact"))]
    versions = [
        ("catalogue_purposeversion", {"id": number, "purpose_id": 1, "number": number, "needs_agreement": number == 1})
        for number in (1, 2)
    ]
    request = {"customer_id": ADA, "staff_id": SAM, "reason": "other", "state": "pending", "purpose_id": 1}
    for one, two in ((1, 2), (2, 1)):
        both = [("access_accessrequest", request | {"id": id, "version_id": of}) for id, of in ((ONE, one), (TWO, two))]
        known = (*kinds, *versions, *both)
        yield plain(inserted(rule, table, new, *known))
        yield plain(inserted(rule, table, new | {"category_id": 2}, *known, ("access_proposedrequest", proposed)))
        for change in ({}, {"access_request_id": TWO}, {"categories": ["contact"]}, {"categories": []}):
            yield plain(inserted(rule, table, new, *known, ("access_proposedrequest", proposed | change)))
