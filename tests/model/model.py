"""The rules of yes and no (consents/DESIGN.md, section 4) once more, as plainly as possible: no database, no rooms.

Time is a number of seconds. Every act returns the name of its refusal, or "" when it was done.
"""

from dataclasses import dataclass, field

HOUR, DAY = 3600.0, 86400.0
ACCESS, ANSWER_WITHIN = 2 * HOUR, 7 * DAY
AFTER_NO, AFTER_SILENCE = 30 * DAY, 7 * DAY
MOST_PENDING = 3
MOST_CANCELLED = 3
EXEMPTED, CHECK_WITHIN, UNCONFIRMED_COUNTS = HOUR, DAY, 30 * DAY
TRAINED = 30 * DAY  # a month, near enough: no sum of the times that pass lies between 28 and 31 days
YES_COUNTS = 30 * DAY  # of one holder to a purpose, while the others' is missing
EVERYBODY = "everybody"


@dataclass
class Grant:
    starts: float
    ends: float
    over: float | None = None
    why: str = ""

    def is_live(self, now: float) -> bool:
        return self.over is None and self.starts <= now < self.ends


@dataclass
class Request:
    staff: str
    categories: frozenset[str]
    answer_by: float
    state: str = "pending"
    ended: float | None = None
    lifted: bool = False
    lifted_since_no: bool = False  # to the purpose
    grants: dict[str, Grant] = field(default_factory=dict)
    yeses: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)  # of single holders: what, how long

    def state_at(self, now: float) -> str:
        return "expired" if self.state == "pending" and now >= self.answer_by else self.state

    def rests_until(self, now: float) -> float:
        """Until when the same may not be asked again."""
        said_no = [grant.over for grant in self.grants.values() if grant.why in ("stopped", "withdrawn")]
        if self.lifted:
            return 0
        if said_no:
            return max(over for over in said_no if over is not None) + AFTER_NO
        if self.state == "denied" and self.ended is not None:
            return self.ended + AFTER_NO
        return self.answer_by + AFTER_SILENCE if self.state_at(now) == "expired" else 0


@dataclass
class Proposal:
    """What waits for the requester's manager: `version` of the purpose, which must still be in force at the yes.

    `state`: waiting, agreed, declined or ended.
    """

    staff: str
    categories: frozenset[str]
    version: int
    state: str = "waiting"


@dataclass
class Exemption:
    """`state`: filed, opened (in an emergency, before anyone checked), granted or refused."""

    staff: str
    kind: str
    filed: float
    categories: frozenset[str]
    state: str = "filed"
    grants: dict[str, Grant] = field(default_factory=dict)

    def state_at(self, now: float) -> str:
        return "unchecked" if self.state == "opened" and now >= self.filed + CHECK_WITHIN else self.state

    def is_unconfirmed_at(self, now: float) -> bool:
        """Opened at once, as every emergency here, and not confirmed by a second officer: for 30 days."""
        return self.kind == "safety" and self.state != "granted" and self.filed > now - UNCONFIRMED_COUNTS


@dataclass
class Right:
    """What holders ask for by right: `kind` is a correction or an erasure; `agreed`: who of them has said yes."""

    kind: str
    agreed: frozenset[str]
    is_done: bool = False


@dataclass
class Model:
    """One customer and one purpose. `outdated`: the choice was given to a text that means something else by now.

    `trained`: until when who is; `blocked`: whom the customer does not want, or everybody. `holders`: who shares the
    account, of whom `yes_of` must agree: all or any; `agreed`: when single holders said yes to the purpose.
    `is_guarded`: the requester's manager agrees before the customer is asked. `version`: how often it was reworded.
    """

    now: float = 0
    requests: list[Request] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    trained: dict[str, float] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    choice: str = ""
    outdated: bool = False
    said_no: float = 0
    openings: int = 0
    left: frozenset[str] = frozenset()
    retired: bool = False
    erased: bool = False
    holders: frozenset[str] = frozenset({"ada"})
    yes_of: str = "all"
    agreed: dict[str, float] = field(default_factory=dict)
    rights: list[Right] = field(default_factory=list)
    is_guarded: bool = False
    version: int = 0
    proposals: list[Proposal] = field(default_factory=list)

    def needed_beside(self, who: str) -> frozenset[str]:
        """Whose yes a holder's needs, to count."""
        return self.holders - {who} if self.yes_of == "all" else frozenset()

    def pending(self) -> list[Request]:
        return [one for one in self.requests if one.state_at(self.now) == "pending"]

    def has_access(self, staff: str, categories: frozenset[str]) -> bool:
        """To any of these, by an answer or without one."""
        theirs = [one for one in (*self.requests, *self.exemptions) if one.staff == staff]
        return any(one.grants[name].is_live(self.now) for one in theirs for name in categories & one.grants.keys())

    def is_trained(self, staff: str) -> bool:
        return self.now < self.trained.get(staff, 0)

    def is_blocked(self, staff: str) -> bool:
        return not self.blocked.isdisjoint({staff, EVERYBODY})

    def may_work(self, staff: str) -> str:
        return "StaffEnded" if staff in self.left else "" if self.is_trained(staff) else "NotTrained"

    def ask(self, staff: str, categories: frozenset[str]) -> str:
        if refusal := self.may_ask(staff, categories, self.version):
            return refusal
        if self.is_guarded:
            return "NeedsAgreement"
        self.requests.append(Request(staff, categories, self.now + ANSWER_WITHIN))
        return ""

    def propose(self, staff: str, categories: frozenset[str]) -> str:
        """To the manager, under the same rules; the customer learns of nothing."""
        if refusal := self.may_ask(staff, categories, self.version):
            return refusal
        new = Proposal(staff, categories, self.version)
        if new in self.proposals:
            return "AlreadyProposed"
        self.proposals.append(new)
        return ""

    def agree_first(self, place: int) -> str:
        """The manager's yes: everything is checked once more, and the time to answer begins."""
        proposal = self.proposals[place]
        if proposal.state != "waiting":
            return "" if proposal.state == "agreed" else "AlreadyDecided"
        if refusal := self.may_ask(proposal.staff, proposal.categories, proposal.version):
            return refusal
        self.requests.append(Request(proposal.staff, proposal.categories, self.now + ANSWER_WITHIN))
        proposal.state = "agreed"
        return ""

    def decline(self, place: int) -> str:
        return self.end_proposal(place, "declined")

    def take_back(self, place: int, staff: str) -> str:
        return self.end_proposal(place, "ended") if self.proposals[place].staff == staff else "Unknown"

    def end_proposal(self, place: int, state: str) -> str:
        proposal = self.proposals[place]
        if proposal.state not in ("waiting", state):
            return "AlreadyDecided"
        proposal.state = state
        return ""

    def end_waiting(self, staff: str = "") -> None:
        """With the ground it rests on."""
        for proposal in self.proposals:
            if proposal.state == "waiting" and staff in ("", proposal.staff):
                proposal.state = "ended"

    def may_ask(self, staff: str, categories: frozenset[str], version: int) -> str:
        if refusal := self.may_work(staff):
            return refusal
        if self.is_blocked(staff):
            return "BlockedByCustomer"
        if self.retired or self.erased or version != self.version:
            return "PurposeNotAskable"
        for earlier in reversed(self.requests):
            if earlier.state == "cancelled" or not earlier.categories & categories:
                continue
            if earlier.state_at(self.now) == "pending":
                return "AlreadyAsked"
            if self.now < earlier.rests_until(self.now):
                return "MustWait"
        if self.purpose_rests():
            return "MustWait"
        if self.has_access(staff, categories):
            return "AccessAlreadyRunning"
        if len(self.pending()) >= MOST_PENDING:
            return "TooManyPendingForCustomer"
        if len(self.cancelled_today(staff)) >= MOST_CANCELLED:
            return "TooManyCancelled"
        return ""

    def cancelled_today(self, staff: str) -> list[Request]:
        """What they filed within a day and cancelled."""
        filed_after = self.now - DAY + ANSWER_WITHIN
        return [
            one
            for one in self.requests
            if one.staff == staff and one.state == "cancelled" and one.answer_by > filed_after
        ]

    def purpose_rests(self) -> bool:
        if self.choice not in ("refused", "withdrawn") or self.now >= self.said_no + AFTER_NO:
            return False
        return not any(one.lifted_since_no for one in self.requests)

    def answer(self, place: int, who: str, decision: str, chosen: frozenset[str], length: float) -> str:
        request = self.requests[place]
        if request.state_at(self.now) != "pending":
            return "AlreadyEnded"
        if decision != "part":
            chosen, length = (request.categories, ACCESS) if decision == "all" else (frozenset(), 0)
        elif not chosen:
            return "NothingChosen"
        elif not chosen <= request.categories or length > ACCESS:
            return "BeyondRequest"
        if decision != "none" and (needed := self.needed_beside(who)):
            if who in request.yeses:
                return "AlreadyAssented"
            for theirs, longest in (request.yeses[other] for other in needed & request.yeses.keys()):
                chosen, length = chosen & theirs, min(length, longest)
            if not chosen:
                return "NothingInCommon"
            if needed - request.yeses.keys():
                request.yeses[who] = (chosen, length)
                return ""
        if self.has_access(request.staff, chosen):
            return "CannotAllowNow"
        whole = chosen == request.categories and length == ACCESS
        request.state = "denied" if decision == "none" else "approved" if whole else "partly_approved"
        request.ended = self.now
        request.grants = {name: Grant(self.now, self.now + length) for name in chosen}
        return ""

    def cancel(self, place: int, staff: str) -> str:
        request = self.requests[place]
        if request.staff != staff:
            return "Unknown"
        if request.state_at(self.now) != "pending":
            return "AlreadyEnded"
        request.state, request.ended = "cancelled", self.now
        return ""

    def stop(self, place: int) -> str:
        self.end(self.requests[place], "stopped")
        return ""

    def end(self, request: Request | Exemption, why: str) -> None:
        for grant in request.grants.values():
            if grant.is_live(self.now):
                grant.over, grant.why = self.now, why

    def let_ask_again(self, place: int) -> str:
        request = self.requests[place]
        if self.erased:
            return "AlreadyErased"
        if not request.lifted and request.state_at(self.now) != "pending":
            request.lifted = request.lifted_since_no = True
        return ""

    def give(self, who: str) -> str:
        if self.erased or self.retired:
            return "AlreadyErased" if self.erased else "TextHasChanged"
        if self.choice == "given" and not self.outdated:
            return ""
        if self.outdated:
            self.choice, self.outdated = "revoked", False
        fresh = {holder for holder, at in self.agreed.items() if self.now < at + YES_COUNTS}
        if self.needed_beside(who) - fresh:
            self.agreed |= {} if who in fresh else {who: self.now}
            return ""
        self.choice, self.outdated, self.agreed = "given", False, {}
        return ""

    def withdraw(self) -> str:
        if self.erased or self.retired:
            return "AlreadyErased" if self.erased else "NoSuchPurpose"
        self.agreed = {}
        if self.choice in ("", "given", "revoked"):
            stood = self.choice == "given" and not self.outdated
            self.choice, self.outdated, self.said_no = "withdrawn" if stood else "refused", False, self.now
            for request in self.requests:
                request.lifted_since_no = False
        for request in self.pending():
            request.state, request.ended = "denied", self.now
        for one in (*self.requests, *self.emergencies()):
            self.end(one, "withdrawn")
        return ""

    def emergencies(self) -> list[Exemption]:
        """What a no of the customer ends, too."""
        return [one for one in self.exemptions if one.kind == "safety"]

    def block(self, whom: str) -> str:
        if self.erased or whom in self.left:
            return "AlreadyErased" if self.erased else "MemberHasLeft"
        self.blocked |= {whom}
        for request in self.pending():
            if self.is_blocked(request.staff):
                request.state, request.ended = "denied", self.now
        for one in (*self.requests, *self.emergencies()):
            if self.is_blocked(one.staff):
                self.end(one, "stopped")
        return ""

    def unblock(self, whom: str) -> str:
        if self.erased:
            return "AlreadyErased"
        self.blocked -= {whom}
        return ""

    def train(self, staff: str) -> str:
        if staff in self.left:
            return "MembershipEnded"
        self.trained[staff] = self.now + TRAINED
        return ""

    def exempt(self, staff: str, kind: str, categories: frozenset[str], at_once: bool) -> str:
        """A legal duty, or an emergency (`safety`), which alone opens at once."""
        if refusal := self.may_work(staff):
            return refusal
        if self.retired or self.erased:
            return "PurposeNotAskable"
        if kind == "safety" and self.is_blocked(staff):
            return "BlockedByCustomer"
        if at_once and any(one.is_unconfirmed_at(self.now) for one in self.exemptions if one.staff == staff):
            return "EmergencyUnconfirmed"
        if at_once and self.has_access(staff, categories):
            return "AlreadyOpen"
        exemption = Exemption(staff, kind, self.now, categories)
        if at_once:
            exemption.state, exemption.grants = "opened", self.grant_exempted(categories)
        self.exemptions.append(exemption)
        return ""

    def grant_exempted(self, categories: frozenset[str]) -> dict[str, Grant]:
        return {name: Grant(self.now, self.now + EXEMPTED) for name in categories}

    def decide(self, place: int, verdict: str) -> str:
        exemption = self.exemptions[place]
        state = exemption.state_at(self.now)
        if state == verdict:
            return ""
        if state not in ("filed", "opened"):
            return "AlreadyDecided"
        if state == "filed" and verdict == "granted":
            if refusal := self.may_grant(exemption):
                return refusal
            exemption.grants = self.grant_exempted(exemption.categories)
        exemption.state = verdict
        if verdict == "refused":
            self.end(exemption, "company")
        return ""

    def may_grant(self, exemption: Exemption) -> str:
        if exemption.staff in self.left or self.retired or self.erased:
            return "NothingToGrant"
        if exemption.kind == "safety" and self.is_blocked(exemption.staff):
            return "BlockedByCustomer"
        return "AlreadyOpen" if self.has_access(exemption.staff, exemption.categories) else ""

    def may_use(self) -> bool:
        """Another system of the company, now."""
        return self.choice == "given" and not (self.outdated or self.retired or self.erased)

    def publish(self) -> str:
        """Words that mean something else: what was asked before goes on, a yes to the purpose does not."""
        self.outdated, self.agreed = self.choice == "given", {}
        self.version += 1
        return ""

    def end_staff(self, staff: str) -> str:
        self.left |= {staff}
        self.end_waiting(staff)
        self.end_for_company([one for one in (*self.requests, *self.exemptions) if one.staff == staff])
        return ""

    def retire(self) -> str:
        self.retired = True
        self.end_waiting()
        self.end_for_company([*self.requests, *self.exemptions])
        return ""

    def erase(self) -> str:
        """As asked for: not by one of several who must all agree."""
        asked = [right for right in self.rights if right.kind == "erasure"]
        if asked and all(self.missing(right) for right in asked):
            return "HoldersFirst"
        self.erased = True
        self.end_waiting()
        self.choice = "revoked" if self.choice == "given" else self.choice
        self.end_for_company([*self.requests, *self.exemptions])
        return ""

    def leave(self, who: str) -> str:
        self.holders -= {who}
        return ""

    def missing(self, right: Right) -> frozenset[str]:
        is_shared = len(self.holders) > 1 and self.yes_of == "all"
        return self.holders - right.agreed if is_shared else frozenset()

    def ask_by_right(self, who: str, kind: str) -> str:
        """What is corrected is not answered yet: until then the same is one request."""
        if any(right.kind == kind for right in self.rights):
            return "AlreadyAsked"
        self.rights.append(Right(kind, frozenset({who})))
        return ""

    def agree(self, place: int, who: str) -> str:
        right = self.rights[place]
        if not self.missing(right):
            return "NothingToAgree"
        right.agreed |= {who}
        return ""

    def correct(self, place: int) -> str:
        if self.missing(self.rights[place]):
            return "HoldersFirst"
        self.rights[place].is_done = True
        return ""

    def end_for_company(self, requests: list[Request | Exemption]) -> None:
        for request in requests:
            if isinstance(request, Request) and request.state_at(self.now) == "pending":
                request.state, request.ended = "cancelled", self.now
            self.end(request, "company")

    def look(self, road: str, place: int, category: str) -> str:
        """`road`: requests or exemptions. There is no other."""
        one = getattr(self, road)[place]
        if not one.grants[category].is_live(self.now) or not self.is_trained(one.staff):
            return "LookRefused"
        self.openings += 1
        return ""
