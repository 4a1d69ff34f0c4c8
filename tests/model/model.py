"""The rules of yes and no (design §4) once more, as plainly as they can be said: no database, no rooms.

Time is a number of seconds. Every act returns the name of its refusal, or "" when it was done.
"""

from dataclasses import dataclass, field

HOUR, DAY = 3600.0, 86400.0
ACCESS, ANSWER_WITHIN = 2 * HOUR, 7 * DAY
AFTER_NO, AFTER_SILENCE = 30 * DAY, 7 * DAY
MOST_PENDING = 3
MOST_CANCELLED = 3


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
class Model:
    """One customer and one purpose. `outdated`: the choice was given to a text that means something else by now."""

    now: float = 0
    requests: list[Request] = field(default_factory=list)
    choice: str = ""
    outdated: bool = False
    said_no: float = 0
    openings: int = 0
    left: frozenset[str] = frozenset()
    retired: bool = False
    erased: bool = False

    def pending(self) -> list[Request]:
        return [one for one in self.requests if one.state_at(self.now) == "pending"]

    def live(self) -> list[tuple[Request, str, Grant]]:
        found = [(one, name, grant) for one in self.requests for name, grant in one.grants.items()]
        return [each for each in found if each[2].is_live(self.now)]

    def ask(self, staff: str, categories: frozenset[str]) -> str:
        if staff in self.left:
            return "NotStaff"
        if self.retired or self.erased:
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
        if any(one.staff == staff and name in categories for one, name, _ in self.live()):
            return "AccessAlreadyRunning"
        if len(self.pending()) >= MOST_PENDING:
            return "TooManyPendingForCustomer"
        if len(self.cancelled_today(staff)) >= MOST_CANCELLED:
            return "TooManyCancelled"
        self.requests.append(Request(staff, categories, self.now + ANSWER_WITHIN))
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

    def answer(self, place: int, decision: str, chosen: frozenset[str], length: float) -> str:
        request = self.requests[place]
        if request.state_at(self.now) != "pending":
            return "AlreadyEnded"
        if decision != "part":
            chosen, length = (request.categories, ACCESS) if decision == "all" else (frozenset(), 0)
        elif not chosen:
            return "NothingChosen"
        elif not chosen <= request.categories or length > ACCESS:
            return "BeyondRequest"
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

    def end(self, request: Request, why: str) -> None:
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

    def give(self) -> str:
        if self.erased or self.retired:
            return "AlreadyErased" if self.erased else "TextHasChanged"
        self.choice, self.outdated = "given", False
        return ""

    def withdraw(self) -> str:
        if self.erased or self.retired:
            return "AlreadyErased" if self.erased else "NoSuchPurpose"
        if self.choice in ("", "given"):
            stood = self.choice and not self.outdated
            self.choice, self.outdated, self.said_no = "withdrawn" if stood else "refused", False, self.now
            for request in self.requests:
                request.lifted_since_no = False
        for request in self.pending():
            request.state, request.ended = "denied", self.now
        for request in self.requests:
            self.end(request, "withdrawn")
        return ""

    def may_use(self) -> bool:
        """Another system of the company, now."""
        return self.choice == "given" and not (self.outdated or self.retired or self.erased)

    def publish(self) -> str:
        """Words that mean something else: what was asked before goes on, a yes to the purpose does not."""
        self.outdated = self.choice == "given"
        return ""

    def end_staff(self, staff: str) -> str:
        self.left |= {staff}
        self.end_for_company([one for one in self.requests if one.staff == staff])
        return ""

    def retire(self) -> str:
        self.retired = True
        self.end_for_company(self.requests)
        return ""

    def erase(self) -> str:
        self.erased = True
        self.choice = "revoked" if self.choice == "given" else self.choice
        self.end_for_company(self.requests)
        return ""

    def end_for_company(self, requests: list[Request]) -> None:
        for request in requests:
            if request.state_at(self.now) == "pending":
                request.state, request.ended = "cancelled", self.now
            self.end(request, "company")

    def open(self, place: int, category: str) -> str:
        grant = self.requests[place].grants.get(category)
        if grant is None:
            return "Unknown"
        if not grant.is_live(self.now):
            return "LookRefused"
        self.openings += 1
        return ""
