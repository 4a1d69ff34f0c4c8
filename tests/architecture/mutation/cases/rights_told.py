"""Each step of a request by right has an entry that tells of it, and of nothing else."""

from collections.abc import Iterator
from itertools import product

from tests.architecture.mutation.cases.rights_rows import (
    ACTING,
    KNOWN,
    OFFICERS,
    request,
)
from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
    MUM,
    NOW,
    ONE,
    PAST,
    PIA,
    SAM,
    TWO,
    Case,
    Row,
    called,
    entry,
    plain,
)

# Mum asked, some time ago.
ASKED = entry("rights_request.filed", ONE, actor=MUM, id=0, occurred_at=PAST)
STEPS: dict[str, tuple[Row, list[tuple[str, str, Row]]]] = {
    "rights_assignment": (
        {"officer_id": PIA},
        [(step, "", {"officer": officer}) for step in ("assigned", "taken") for officer in (PIA, SAM)],
    ),
    "rights_acknowledgement": (
        {"acknowledged_at": NOW},
        [("acknowledged", "", {}), ("filed", "acknowledged", {}), ("filed", "x", {})],
    ),
    "rights_identitycheck": (
        {"level": "failed"},
        [
            ("identity_failed", "", {}),
            ("identity_confirmed", "reasonable", {}),
            ("identity_confirmed", "x", {}),
            ("filed", "", {}),
        ],
    ),
    "rights_deadlineextension": ({}, [("extended", "", {})]),
    "rights_pause": ({"waiting_for": "identity", "began_at": NOW}, [("paused", "", {})]),
    "rights_clarification": (
        {"id": 1, "asked_at": NOW, "asked_by_id": PIA, "about": "scope"},
        [
            ("asked", "scope", {"clarification": 1}),
            ("paused", "scope", {"clarification": 1}),
            ("asked", "x", {"clarification": 1}),
        ],
    ),
    "rights_clarificationreply": (
        {"clarification_id": 1, "way": "account", "replied_at": NOW},
        [("clarified", "account", {"clarification": 1})],
    ),
    "rights_pauseend": (
        {"pause_id": 1},
        [
            (event, "", {})
            for event in ("resumed", "unanswered", "law_chosen", "clarified", "identity_failed", "entry_chosen")
        ],
    ),
    "rights_lawchoice": (
        {"regime": "gdpr", "jurisdiction": "DE", "request_type": "A15", "reason": "r"},
        [
            ("law_chosen", "", {"regime": "gdpr", "jurisdiction": "DE", "type": "A15", "reason": "r"}),
            ("law_chosen", "", {}),
        ],
    ),
    "rights_search": ({"searched_at": NOW, "searched_by_id": PIA}, [("system_searched", "", {})]),
    "rights_recipientnotice": ({"told_at": NOW, "told_by_id": PIA}, [("recipient_told", "", {})]),
    "rights_answer": (
        {"outcome": "denied"},
        [
            ("answered", "denied", {}),
            ("filed", "answered", {}),
            ("withdrawn", "withdrawn_by_requester", {}),
            ("answered", "x", {}),
        ],
    ),
    "rights_answerdispatch": (
        {"noted_at": NOW, "sent_on": "2027-01-15"},
        [("answer_sent", "", {"sent_on": "2027-01-15"})],
    ),
    "rights_appeal": ({"appealed_at": NOW}, [("appealed", "", {})]),
    "rights_appealdecision": ({"outcome": "upheld"}, [("appeal_decided", "upheld", {}), ("appeal_decided", "x", {})]),
    "rights_draft": ({}, [("filed", "", {})]),
}
OTHERWISE: dict[str, list[Row]] = {
    "rights_assignment": [{"officer_id": SAM}],
    "rights_acknowledgement": [{"acknowledged_at": PAST}],
    "rights_identitycheck": [{"level": "session_reauth"}, {"level": "reasonable"}],
    "rights_pause": [{"waiting_for": "scope"}, {"began_at": PAST}],
    "rights_clarification": [{"asked_at": PAST}, {"asked_by_id": SAM}],
    "rights_pauseend": [{"pause_id": 2}, {"pause_id": 3}],
    "rights_search": [{"searched_at": PAST}, {"searched_by_id": SAM}],
    "rights_recipientnotice": [{"told_at": PAST}, {"told_by_id": SAM}],
    "rights_answer": [{"outcome": "withdrawn_by_requester"}],
    "rights_answerdispatch": [{"noted_at": PAST}],
    "rights_appeal": [{"appealed_at": PAST}],
}


def cases() -> Iterator[Case]:
    yield from steps_told()
    yield from replies_told()
    yield from confirmed_by_whoever_asked()


def steps_told() -> Iterator[Case]:
    question = ("rights_clarification", {"id": 1, "rights_request_id": ONE, "about": "identity", "asked_at": NOW})
    pauses = [
        ("rights_pause", {"id": n, "rights_request_id": ONE, "waiting_for": what, "began_at": PAST})
        for n, what in ((1, "identity"), (2, "scope"))
    ]
    whole = (question, *pauses, ACTING, *OFFICERS, request())
    noted = {"channel": "phone", "said_on": "2027-01-14"}
    for table, (step, told) in STEPS.items():
        for change in ({}, *OTHERWISE.get(table, [])):
            about = [("text", table), ("jsonb", {"rights_request_id": ONE, "customer_id": ADA} | step | change)]
            known = (*whole, ASKED) if table == "rights_identitycheck" else whole
            yield plain(called("rights_is_step_told", about, *known))
            by_sam = [("staff", SAM)] if SAM in change.values() else []
            for event, outcome, details in (*told, ("x", "", {})):
                for actor_kind, actor in (("customer", MUM), ("staff", PIA), *by_sam):
                    said = details | (noted if actor_kind == "staff" else {})
                    by = entry(f"rights_request.{event}", ONE, actor_kind, actor, outcome=outcome, details=said)
                    yield plain(called("rights_is_step_told", about, *known, by))
    unmatched = (*whole[:-1], request(customer_id=None))
    step, told = STEPS["rights_lawchoice"]
    by = entry("rights_request.law_chosen", ONE, "staff", PIA, details=told[0][2], customer=None)
    about = [("text", "rights_lawchoice"), ("jsonb", {"rights_request_id": ONE, "customer_id": None} | step)]
    yield plain(called("rights_is_step_told", about, *unmatched, by))
    by = entry("rights_request.law_chosen", TWO, "staff", PIA, details=told[0][2])
    yield plain(called("rights_is_step_told", about, request(id=TWO), by))
    for event in ("appealed", "withdrawn"):
        by = entry(f"rights_request.{event}", ONE, "staff", PIA, outcome="withdrawn_by_requester", details=noted)
        taken: Row = {"outcome": "withdrawn_by_requester"} if event == "withdrawn" else {"appealed_at": NOW}
        about = [
            ("text", "rights_answer" if event == "withdrawn" else "rights_appeal"),
            ("jsonb", {"rights_request_id": ONE, "customer_id": ADA} | taken),
        ]
        for other in ({}, {"customer": BEN}, {"outcome": ""}, {"actor_kind": "portal"}):
            given = (by[0], by[1] | other)
            yield plain(called("rights_is_step_told", about, ACTING, *OFFICERS, request(), given))
        for change in (
            {},
            {"details": '{"channel": "x", "said_on": "2027-01-14"}'},
            {"details": '{"channel": "phone", "said_on": "x"}'},
        ):
            for other in (
                {},
                {"event": "x"},
                {"object": TWO},
                {"actor_kind": "portal"},
                {"actor": "x"},
                {"actor": SAM},
                {"occurred_at": PAST},
            ):
                given = (by[0], by[1] | change | other)
                noting = [("text", ONE), ("text", f"rights_request.{event}")]
                yield plain(called("rights_officer_notes_now", noting, given, *OFFICERS))
    for change in (
        {},
        {"object": TWO},
        {"customer": BEN},
        {"event": "x"},
        {"actor_kind": "staff"},
        {"actor": SAM},
        {"occurred_at": PAST},
    ):
        for acts in (
            {},
            {"customer_id": BEN},
            {"user_id": SAM},
            {"starts_at": LATER},
            {"ends_at": PAST},
            {"ends_at": LATER},
        ):
            by = entry("rights_request.filed", ONE, "customer", MUM)
            given = ((by[0], by[1] | change), ("people_acting", ACTING[1] | acts))
            telling = [("text", ONE), ("uuid", ADA), ("text", "rights_request.filed")]
            yield plain(called("customer_tells_now", telling, *given))
    for of, subject, moment in product((ONE, TWO), ("identity", "scope"), (NOW, PAST)):
        sent = [("text", of), ("text", subject), ("timestamptz", moment)]
        yield plain(called("rights_is_question_sent", sent, question))
    for level, of in product(("failed", "reasonable"), (ONE, TWO)):
        check = ("rights_identitycheck", KNOWN[1] | {"level": level, "rights_request_id": of})
        yield plain(called("rights_is_verified", [("uuid", ONE)], check))


def confirmed_by_whoever_asked() -> Iterator[Case]:
    of, follows, two = [("uuid", ONE)], request(follows_id=TWO), request(id=TWO)
    by_sam: Row = {"id": 9, "actor": SAM}
    changes: list[Row] = [{}, {"object": TWO}, {"event": "rights_request.appealed"}, {"event": "x"}]
    changes += [{"actor_kind": "staff"}, {"actor_kind": "representative"}]
    for change in changes:
        newer = (ASKED[0], ASKED[1] | by_sam | change)
        for given in ((request(), two), (follows, two)):
            yield plain(called("rights_requester", of, *given, ASKED, newer))
            yield plain(called("rights_requester", of, *given, newer, ASKED))
    confirms = [("text", ONE), ("uuid", ADA)]
    acting = (ACTING, (ACTING[0], ACTING[1] | {"id": 8, "user_id": SAM}))
    by = entry("rights_request.identity_confirmed", ONE, actor=MUM, id=2)
    others: list[Row] = [{}, {"actor": SAM}, {"event": "x"}, {"object": TWO}, {"occurred_at": PAST}]
    for change in others:
        yield plain(called("rights_requester_confirms", confirms, *acting, request(), ASKED, (by[0], by[1] | change)))
    elsewhere = (by[0], by[1] | {"id": 3, "object": TWO})
    given = (*acting, request(), two, ASKED, (by[0], by[1] | {"actor": SAM}), elsewhere)
    yield plain(called("rights_requester_confirms", confirms, *given))


def replies_told() -> Iterator[Case]:
    question = {"id": 1, "rights_request_id": ONE, "about": "identity", "asked_at": PAST, "code_hash": "\\x01"}
    pause = {"id": 1, "rights_request_id": ONE, "waiting_for": "identity", "began_at": PAST}
    end = ("rights_pauseend", {"pause_id": 1, "rights_request_id": ONE})
    for way, actor_kind, actor in product(
        ("account", "code", "noted"), ("customer", "staff", "portal"), (MUM, PIA, SAM, "x")
    ):
        by = entry("rights_request.clarified", ONE, actor_kind, actor, outcome=way, details={"clarification": 1})
        reply = [("text", ONE), ("uuid", ADA), ("jsonb", {"clarification_id": 1, "way": way, "replied_at": NOW})]
        for asked in (question, question | {"code_hash": None}):
            yield plain(called("rights_is_reply_told", reply, ("rights_clarification", asked), by, ACTING, *OFFICERS))
    by = entry("rights_request.clarified", ONE, "customer", MUM, outcome="code", details={"clarification": 1})
    asked = ("rights_clarification", question)
    for change in ({"clarification_id": 2}, {"way": "noted"}, {"replied_at": PAST}):
        reply = [
            ("text", ONE),
            ("uuid", ADA),
            ("jsonb", {"clarification_id": 1, "way": "code", "replied_at": NOW} | change),
        ]
        yield plain(called("rights_is_reply_told", reply, asked, by))
    reply = [("text", ONE), ("uuid", ADA), ("jsonb", {"clarification_id": 1, "way": "code", "replied_at": NOW})]
    for change in (
        {"object": TWO},
        {"customer": BEN},
        {"event": "x"},
        {"outcome": "x"},
        {"details": "{}"},
        {"occurred_at": PAST},
    ):
        yield plain(called("rights_is_reply_told", reply, asked, (by[0], by[1] | change)))
    yield plain(
        called("rights_is_reply_told", reply, ("rights_clarification", question | {"rights_request_id": TWO}), by)
    )
    for change in ({}, {"rights_request_id": TWO}, {"began_at": NOW}):
        for ends in ((), (end,), (("rights_pauseend", end[1] | {"pause_id": 2}),)):
            yield plain(called("rights_is_reply_told", reply, asked, by, ("rights_pause", pause | change), *ends))
