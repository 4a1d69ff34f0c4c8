"""Whether some lawful order of events explains a history, given what database and ledger hold afterwards. Pure.

Its rules by number: I6 (no means no), I7 (a grant that is over yields nothing), I10 (one terminal answer), I13 (no two
grants of one scope at once), I17 (no data off the record), I22 (acknowledged is durable), I23 (all or nothing, retried
is harmless).
An unknown outcome may turn out either way, but never both ways, and never changes later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.soak.history import CUT_SHORT, TURNED_AWAY, Call, Kind, Outage, Outcome

YES = {"all": "approved", "part": "partly_approved"}
STATES_OF = {"all": {"approved"}, "part": {"partly_approved", "approved"}, "none": {"denied"}}
ENDS = {"approved", "partly_approved", "denied", "expired", "cancelled"}
# Seconds after the moment it writes down, or after its call broke off, in which an act is saved at the latest.
SETTLES = 2.0
# What clients may notice of a death: no answer, half a download, or "not now".
NOT_NOW = {0, CUT_SHORT, 503}

# What is told of: kind, customer (none of an export), and the call's object (none of an ask).
Act = tuple[Kind, str, str]


@dataclass(frozen=True)
class Asked:
    """A request as the tables have it. `ends`: the outcomes that the ledger tells of its end, in order."""

    id: str
    customer: str
    purpose: str
    state: str
    decision: str
    ends: tuple[str, ...]
    filings: int = 1
    filed: float = 0


@dataclass(frozen=True)
class Granted:
    id: str
    request: str
    scope: tuple[str, ...]
    starts: float
    over: float
    ended: bool


@dataclass(frozen=True)
class Facts:
    """`openings`: (grant, moment) of the table; `told`: the same of the ledger.

    `choices`: whether given, by customer and purpose. `acts`: the moments at which the ledger tells of each act.
    """

    requests: dict[str, Asked] = field(default_factory=dict)
    grants: dict[str, Granted] = field(default_factory=dict)
    openings: Sequence[tuple[str, float]] = ()
    told: Sequence[tuple[str, float]] = ()
    choices: dict[tuple[str, str], bool] = field(default_factory=dict)
    exports: frozenset[str] = frozenset()
    acts: Mapping[Act, Sequence[float]] = field(default_factory=dict)


def problems(calls: Iterable[Call], facts: Facts, outages: Sequence[Outage] = ()) -> list[str]:
    calls = sorted(calls, key=lambda call: call.start)
    found: list[str] = []
    for check in (no_means_no, one_end, acknowledged_lasts, retries_are_harmless, one_form_one_act, looks_on_record):
        found += check(calls, facts)
    return found + list(scopes_apart(facts)) + list(excused(calls, outages))


def of(calls: Iterable[Call], *kinds: Kind) -> list[Call]:
    return [call for call in calls if call.kind in kinds]


def no_means_no(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I6, I7: what starts after a no was acknowledged, or after the grant was over, yields nothing; what once yielded
    nothing never yields again; and only an answer in full yields anything."""
    looks = defaultdict(list)
    for look in of(calls, Kind.OPEN):
        looks[look.grant].append(look)
    ends = of(calls, Kind.STOP, Kind.WITHDRAW)
    for id, seen in looks.items():
        grant = facts.grants.get(id)
        told = min((no.end for no in noes(ends, grant, facts)), default=float("inf"))
        over = settled(ends, grant, facts)
        refused = min((look.end for look in seen if look.outcome == Outcome.REFUSED), default=float("inf"))
        for look in seen:
            if look.data and look.outcome != Outcome.OK:
                yield f"I6: grant {id} yielded data with the answer {look.status}"
            if look.data and look.start > told:
                yield f"I6: grant {id} yielded data to a look that began after the no was acknowledged"
            if look.data and look.start > over:
                yield f"I7: grant {id} yielded data to a look that began after it was over"
            if look.data and look.start > refused:
                yield f"I6: grant {id} yielded data after it had been refused"


def noes(calls: Iterable[Call], grant: Granted | None, facts: Facts) -> list[Call]:
    """The acknowledged acts that end this grant."""
    known = [call for call in calls if call.outcome == Outcome.OK]
    return [call for call in may_end(known, grant, facts) if grant and grant.starts < call.start]


def settled(calls: Iterable[Call], grant: Granted | None, facts: Facts) -> float:
    """From when on everybody sees that the grant is over: its end is written down before it is saved."""
    if grant is None:
        return float("inf")
    own = [call.end for call in may_end(calls, grant, facts) if call.start <= grant.over <= call.end]
    return max([grant.over, *own]) + SETTLES


def may_end(calls: Iterable[Call], grant: Granted | None, facts: Facts) -> list[Call]:
    if grant is None:
        return []
    request = facts.requests[grant.request]
    return [call for call in calls if call.outcome != Outcome.REFUSED and is_no_to(call, request)]


def is_no_to(call: Call, request: Asked) -> bool:
    if call.kind == Kind.STOP:
        return call.object == request.id
    return call.kind == Kind.WITHDRAW and (call.customer, call.object) == (request.customer, request.purpose)


def one_end(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I10: one end in table and ledger, the one that was acknowledged, and not one that all were refused."""
    for request in facts.requests.values():
        if len(request.ends) > 1:
            yield f"I10: request {request.id} ended {len(request.ends)} times in the ledger"
        if set(request.ends) != ({request.state} & ENDS):
            yield f"I10: request {request.id} is {request.state}, the ledger says {request.ends}"
    answers = defaultdict(list)
    for call in of(calls, Kind.ANSWER):
        answers[call.object].append(call)
    for id, given in answers.items():
        decision = facts.requests[id].decision if id in facts.requests else ""
        acknowledged = {call.said for call in given if call.outcome == Outcome.OK}
        if len(acknowledged) > 1:
            yield f"I10: request {id} was acknowledged as {sorted(acknowledged)}"
        if decision and all(call.outcome == Outcome.REFUSED for call in given if call.said == decision):
            yield f"I10: request {id} has the answer {decision}, which was refused"


def acknowledged_lasts(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I22: whatever a client was told is so, still is so."""
    for call in calls:
        if call.outcome == Outcome.OK and (missing := lost(call, facts)):
            yield f"I22: {call.kind} of client {call.client} was acknowledged, but {missing}"
    choices = defaultdict(list)
    for call in of(calls, Kind.GIVE, Kind.WITHDRAW):
        choices[call.customer, call.object].append(call)
    for (customer, purpose), acts in choices.items():
        if not explained(acts, facts.choices.get((customer, purpose))):
            yield f"I22: the choice of {customer} for {purpose} is not what was acknowledged last"


def lost(call: Call, facts: Facts) -> str:
    """What of an acknowledged call is not on record; empty when all is."""
    request = facts.requests.get(call.object)
    if call.kind == Kind.ASK:
        return "" if call.made in facts.requests else "there is no such request"
    if call.kind == Kind.EXPORT:
        return "" if call.object in facts.exports else "there is no such export"
    if call.kind == Kind.ANSWER and (request is None or request.state not in STATES_OF[call.said]):
        return f"the request is {request.state if request else 'not there'}"
    return still_open(call, facts) if call.kind in (Kind.STOP, Kind.WITHDRAW) else ""


def still_open(call: Call, facts: Facts) -> str:
    """What was there before this no and goes on after it."""
    requests = {one.id: one for one in facts.requests.values() if is_no_to(call, one)}
    own = [grant for grant in facts.grants.values() if grant.request in requests]
    if any(not grant.ended and grant.starts < call.start for grant in own):
        return "a grant still runs"
    waiting = [one for one in requests.values() if one.state == "pending" and one.filed < call.start]
    return "a request still waits" if call.kind == Kind.WITHDRAW and waiting else ""


def explained(acts: list[Call], is_given: bool | None) -> bool:
    """Some act that may have happened left the choice so, and no acknowledged one of the other kind came after it.
    Where there is no choice (None), none was acknowledged."""
    if is_given is None:
        return not any(call.outcome == Outcome.OK for call in acts)

    def says(call: Call) -> bool:
        return (call.kind == Kind.GIVE) == is_given

    def undone(call: Call) -> bool:
        return any(other.outcome == Outcome.OK and other.start > call.end for other in acts if not says(other))

    return any(says(call) and call.outcome != Outcome.REFUSED and not undone(call) for call in acts)


def retries_are_harmless(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I23: one token, one effect, one answer; and a request is filed with all that belongs to it, once."""
    made = defaultdict(set)
    for call in calls:
        if call.token and call.outcome == Outcome.OK:
            made[call.kind, call.token].add(call.made)
    for (kind, token), told in made.items():
        if len(told) > 1:
            yield f"I23: one {kind} with token {token} made {len(told)} things"
    for request in facts.requests.values():
        if request.filings != 1:
            yield f"I23: request {request.id} was filed {request.filings} times"
    granted = {grant.request for grant in facts.grants.values()}
    for request in facts.requests.values():
        if (request.state in YES.values()) != (request.id in granted):
            yield f"I23: request {request.id} is {request.state}, with{'' if request.id in granted else 'out'} grants"
        if request.state in YES.values() and not request.decision:
            yield f"I23: request {request.id} is {request.state} without an answer"


def one_form_one_act(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I23: each act that the ledger tells of has a form of its own that was under way then, however often it was sent;
    one that was only ever refused has none."""
    forms: dict[Act, dict[str, tuple[float, float]]] = defaultdict(dict)
    for call in calls:
        if call.token and call.outcome != Outcome.REFUSED:
            own = forms[call.kind, call.customer, call.object]
            first, last = own.get(call.token, (call.start, 0.0))
            own[call.token] = (first, max(last, call.end + SETTLES))
    for act, moments in facts.acts.items():
        free = sorted(forms[act].values(), key=lambda form: form[1])
        for moment in sorted(moments):
            own_form = next((form for form in free if form[0] <= moment <= form[1]), None)
            if own_form is None:
                yield f"I23: {' '.join(act)} is on record at {moment:.3f}, and no form accounts for it"
            else:
                free.remove(own_form)


def looks_on_record(calls: list[Call], facts: Facts) -> Iterator[str]:
    """I17: each look that yielded data has an opening of its own, made while it went on; table and ledger agree; and
    nothing but a look yields data."""
    for call in calls:
        if call.data and call.kind != Kind.OPEN:
            yield f"I17: {call.kind} of client {call.client} showed data"
    if Counter(grant for grant, _ in facts.openings) != Counter(grant for grant, _ in facts.told):
        yield "I17: openings in the table and in the ledger differ"
    moments = defaultdict(list)
    for grant, moment in facts.openings:
        moments[grant].append(moment)
    for look in sorted(of(calls, Kind.OPEN), key=lambda call: call.end):
        if not look.data:
            continue
        own = next((m for m in sorted(moments[look.grant]) if look.start <= m <= look.end), None)
        if own is None:
            yield f"I17: client {look.client} saw data of grant {look.grant} without an opening of that moment"
        else:
            moments[look.grant].remove(own)


def scopes_apart(facts: Facts) -> Iterator[str]:
    """I13: two grants of one scope never run at once, and each ends after it began."""
    scopes = defaultdict(list)
    for grant in facts.grants.values():
        scopes[grant.scope].append(grant)
    for grants in scopes.values():
        for first, second in pairwise(sorted(grants, key=lambda grant: grant.starts)):
            if second.starts < first.over:
                yield f"I13: grants {first.id} and {second.id} of one scope overlap"


def excused(calls: list[Call], outages: Sequence[Outage]) -> Iterator[str]:
    """No 5xx and no lost answer, but "not now" or silence while something was down, or a request for which there was
    no place. A dead worker counts: `serve` ends with it, and starts again as a whole."""
    for call in (call for call in calls if call.status != TURNED_AWAY):
        failed = call.status >= 500 or call.outcome == Outcome.UNKNOWN
        down = any(call.start <= outage.end and outage.start <= call.end for outage in outages)
        if failed and not (down and call.status in NOT_NOW):
            why = "that is no way to say not now" if down else "with nothing down"
            yield f"5xx: {call.kind} of client {call.client} failed ({call.status or 'no answer'}): {why}"
