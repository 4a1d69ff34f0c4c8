"""A yes of each who holds the account."""

from collections.abc import Iterator

from tests.architecture.mutation.cases.exemptions import NEVER
from tests.architecture.mutation.varying import (
    ACTING,
    ADA,
    BEN,
    LATER,
    MUM,
    NOW,
    ONE,
    PAST,
    PIA,
    SAM,
    THIS_TRANSACTION,
    TWO,
    Case,
    called,
    entry,
    inserted,
    plain,
)


def cases() -> Iterator[Case]:
    yield from assents()


def assents() -> Iterator[Case]:
    asked = {"id": ONE, "customer_id": ADA, "state": "pending", "answer_by": LATER, "digest": "d"}
    request = ("access_accessrequest", asked | {"duration": "02:00:00"})
    new = {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "given_by_id": MUM, "categories": ["orders"]}
    new |= {"duration": "01:00:00", "shown_digest": "d", "given_at": NOW}
    table, holder = "access_assent", ("people_acting", ACTING[1])
    yield inserted("refuse_late_assent", table, new, request)
    for state, until in (("denied", LATER), ("pending", PAST)):
        over = ("access_accessrequest", request[1] | {"state": state, "answer_by": until})
        yield plain(inserted("refuse_late_assent", table, new, over))
    kinds = [("catalogue_category", {"id": n, "code": code}) for n, code in ((1, "orders"), (2, "health"))]
    wanted = ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1})
    told = {"assent": TWO, "digest": "d", "categories": ["orders"]}
    by = entry("access_request.assented", ONE, "customer", MUM, details=told)
    rule, known = "require_entry_for_assent", (request, *kinds, wanted, by)
    yield inserted(rule, table, new, *known, holder, duration=["00:00:00", "02:00:00", "03:00:00"])
    for capacity, until in (("holder", None), ("guardian", None), ("self", PAST)):
        who = ("people_acting", ACTING[1] | {"capacity": capacity, "ends_at": until})
        yield plain(inserted(rule, table, new, *known, who))
    elsewhere = ("access_requestedcategory", wanted[1] | {"id": 2, "access_request_id": TWO, "category_id": 2})
    more = new | {"categories": ["orders", "health"]}
    by = entry("access_request.assented", ONE, "customer", MUM, details=told | {"categories": more["categories"]})
    yield plain(inserted(rule, table, more, request, *kinds, wanted, elsewhere, by, holder))
    yield from assents_of_the_others()
    yield from yes_without_the_other()


def yes_without_the_other() -> Iterator[Case]:
    """Mum says yes or no, or has said yes; Pia, who holds the account too, has said nothing."""
    two = (
        ("people_acting", ACTING[1] | {"starts_at": PAST}),
        ("people_acting", ACTING[1] | {"id": 8, "user_id": PIA, "capacity": "holder", "starts_at": PAST}),
        ("people_customer", {"id": ADA, "yes_of": "all"}),
    )
    asked = {"id": ONE, "customer_id": ADA, "staff_id": SAM, "purpose_id": 1, "answer_by": LATER, "digest": "d"}
    said = {"access_request_id": ONE, "answered_by_id": MUM, "capacity": "self", "duration": "02:00:00"}
    said |= {"shown_digest": "d", "answered_at": NOW, "customer_id": ADA, "xid": THIS_TRANSACTION}
    for decision, state in (("all", "approved"), ("none", "denied")):
        request = ("access_accessrequest", asked | {"state": state, "duration": "02:00:00"})
        told = {"digest": "d", "categories": ["orders"]}
        by = entry("access_request.answered", ONE, "customer", MUM, outcome=state, details=told)
        answer = said | {"decision": decision}
        yield plain(inserted("require_entry_for_answer", "access_answer", answer, request, by, *two))
        grant = {"id": TWO, "access_request_id": ONE, "exemption": None, "staff_id": SAM, "customer_id": ADA} | NEVER
        grant |= {"category_id": 1, "purpose_id": 1, "starts_at": NOW, "ends_at": "2027-01-15T13:00:00Z", "end": ""}
        kinds = (
            ("catalogue_category", {"id": 1, "code": "orders"}),
            ("access_requestedcategory", {"id": 1, "access_request_id": ONE, "customer_id": ADA, "category_id": 1}),
        )
        known = (request, by, ("access_answer", answer), *kinds, *two)
        yield plain(inserted("require_answer_for_grant", "access_grant", grant | {"ground": "answer"}, *known))


def assents_of_the_others() -> Iterator[Case]:
    """Mum answers; whoever else holds the account has said yes, to this and for long enough, or has not."""
    request = ("access_accessrequest", {"id": ONE, "customer_id": ADA, "state": "pending", "duration": "02:00:00"})
    given = {"id": TWO, "access_request_id": ONE, "customer_id": ADA, "given_by_id": PIA, "categories": ["orders"]}
    yes = ("access_assent", given | {"duration": "01:00:00"})
    asked = [("uuid", ONE), ("uuid", MUM), ("interval", "01:00:00"), ("jsonb", '["orders"]')]
    alone, other = ACTING, ("people_acting", ACTING[1] | {"id": 8, "user_id": PIA, "capacity": "holder"})
    for rule in ("all", "any"):
        account = ("people_customer", {"id": ADA, "yes_of": rule})
        for said in ((), (yes,)):
            yield called("has_assents", asked, request, account, alone, other, *said)
            yield called("has_assents", asked, request, account, alone, *said)
    account = ("people_customer", {"id": ADA, "yes_of": "all"})
    strict = (request, account, alone, other)
    for change in (
        {"access_request_id": TWO},
        {"given_by_id": MUM},
        {"duration": "00:30:00"},
        {"duration": "02:00:00"},
        {"categories": ["health"]},
        {"categories": ["orders", "health"]},
    ):
        yield called("has_assents", asked, *strict, ("access_assent", yes[1] | change))
    for change in ({"ends_at": PAST}, {"capacity": "guardian"}, {"customer_id": BEN}):
        yield called("has_assents", asked, request, account, alone, (other[0], other[1] | change))
        yield called("has_assents", asked, request, account, (alone[0], alone[1] | change), other)
    elsewhere = [("people_customer", {"id": BEN, "yes_of": "any"})]
    elsewhere += [("access_accessrequest", request[1] | {"id": TWO, "customer_id": BEN})]
    yield called("has_assents", asked, *strict, *elsewhere)
    yield called("has_assents", asked, *strict, elsewhere[0])
    yield called("has_assents", [("uuid", TWO), *asked[1:]], *strict, *elsewhere)
