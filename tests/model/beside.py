"""What each act of the state machine is compared with: the model beside it, and what is true after every act."""

import copy
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from consents.access.rules import STEPS_OF_REQUESTS
from consents.choices.models import Choice
from consents.core.refusals import Refusal
from consents.decisions.selectors import decide_use
from consents.ledger.rules import PORTAL, Actor
from consents.people.known_browsers import submit_once
from consents.people.models import Acting, JointAssent, Role
from consents.people.services.staff_members import assign_manager
from consents.training import services
from consents.training.models import ModuleVersion
from tests.model import model
from tests.model.model import Model, Request
from tests.model.seen import Seen, read
from tests.world.cast import make_customer, make_purpose, make_staff, put_in_vault
from tests.world.holders import share_account

CATEGORIES = ["contact", "orders"]
SAID = {None: "", "RenewedConsentGiven": "given"} | {
    f"Consent{said.capitalize()}": said for said in ("given", "refused", "withdrawn", "revoked")
}
number = count(1)


class Crash(Exception):
    """The process died at this statement."""


def crash_at(statement: int) -> Any:
    seen = count(1)

    def wrapper(execute: Callable, *args: Any) -> Any:
        if next(seen) == statement:
            raise Crash
        return execute(*args)

    return connection.execute_wrapper(wrapper)


class ActsBesideModel(RuleBasedStateMachine):
    """A customer and staff of its own; how one act is done beside the model, and the promises that hold after each."""

    world: SimpleNamespace
    module: ModuleVersion
    later: Callable[[timedelta], None]
    ahead = timedelta(0)

    def __init__(self) -> None:
        super().__init__()
        self.number = n = next(number)
        self.model = Model()
        self.ids: list[UUID] = []
        self.exemptions: list[UUID] = []
        self.proposals: list[UUID] = []
        self.blocks: dict[str, UUID] = {}
        self.rights: list[UUID] = []
        self.sent: list[SimpleNamespace] = []
        self.looks = 0
        self.customer = make_customer(f"M-{n}", f"model{n}@example.com")
        self.holders = {"ada": self.customer}
        for code, field in zip(CATEGORIES, ("name", "item"), strict=True):
            put_in_vault(self.customer.customer, self.world.categories[code], {field: "Marker"})
        self.staff = {s: make_staff(f"{s}{n}@example.com", Role.REQUESTER, "Model", s) for s in ("una", "vic")}
        about = [self.world.categories[code] for code in CATEGORIES]
        self.version = make_purpose(f"model-{n}", f"Model {n}", about, self.world.pia.user)
        self.purpose = self.version.purpose
        for who in self.staff:
            self.train(who, None)

    def guard_purpose(self) -> None:
        """Let the manager of both agree first, to another purpose of the same kind."""
        about = [self.world.categories[code] for code in CATEGORIES]
        facts = {"officer": self.world.pia.user, "needs_agreement": True}
        self.version = make_purpose(f"guarded-{self.number}", f"Guarded {self.number}", about, **facts)
        self.purpose, self.model.is_guarded = self.version.purpose, True
        for member in self.staff.values():
            assign_manager(member=member, manager=self.world.kim, by=PORTAL)

    def share_account(self, yes_of: str) -> None:
        email = f"holder{self.number}@example.com"
        self.holders["mia"] = share_account(self.world, email, yes_of, of=self.customer)
        self.model.holders, self.model.yes_of = frozenset(self.holders), yes_of

    # One act, beside the model

    def act(self, name: str, *args: Any, user: UUID, do: Callable[[], Any], crash: int | None = None) -> None:
        """Do it as the model says. After a crash nothing has happened, and the same form still counts once."""
        form = SimpleNamespace(user=user, token=uuid4(), content=f"{name} {args}", do=do, made="")
        if crash is not None and self.crashes(form, crash):
            self.tables_are_as_the_model_says()
        expected = copy.deepcopy(self.model)
        refusal = getattr(expected, name)(*args)
        assert self.send(form) == refusal
        if not refusal:
            self.model = expected
            self.sent.append(form)

    def crashes(self, form: SimpleNamespace, statement: int) -> bool:
        """False when it was over before that statement: what follows is then a retry of the whole."""
        try:
            with crash_at(statement):
                self.send(form)
        except Crash:
            return True
        return False

    def send(self, form: SimpleNamespace) -> str:
        try:
            form.made = submit_once(user=form.user, token=form.token, content=form.content, act=form.do)
        except Refusal as refusal:
            return type(refusal).__name__
        return ""

    def place(self, data: Any, liked: Callable[[Request], bool] = lambda request: True) -> int:
        """One of the requests, mostly one that is liked: what is refused anyway teaches little."""
        every = range(len(self.ids))
        some = [place for place in every if liked(self.model.requests[place])]
        mostly = some if some and data.draw(st.integers(0, 4), label="any") else every
        return data.draw(st.sampled_from(mostly), label="request")

    def waits(self, request: Request) -> bool:
        return request.state_at(self.model.now) == "pending"

    def rests(self, request: Request) -> bool:
        return self.model.now < request.rests_until(self.model.now)

    def runs(self, request: Request | model.Exemption) -> bool:
        return any(grant.is_live(self.model.now) for grant in request.grants.values())

    @property
    def is_open(self) -> bool:
        return self.model.may_use() or any(self.waits(one) or self.runs(one) for one in self.model.requests)

    @property
    def lapsed(self) -> list[str]:
        return [who for who in self.staff if not self.model.is_trained(who)]

    # By whom

    def mine(self, who: str) -> dict[str, Any]:
        return {"customer": self.customer.customer.pk, "by": self.holders[who].actor}

    def train(self, who: str, crash: int | None) -> None:
        member = self.staff[who]
        said = {"version": self.module, "answers": self.module.solution, "member": member}
        by = Actor("staff", str(member.pk))
        self.act("train", who, user=member.pk, do=lambda: services.record_attempt(**said, by=by), crash=crash)

    def by_company(self, name: str, *args: Any, do: Callable[[], Any], crash: int | None) -> None:
        self.act(name, *args, user=self.world.pia.pk, do=do, crash=crash)

    def keys(self, codes: frozenset[str]) -> frozenset[int]:
        return frozenset(self.world.categories[code].pk for code in codes)

    def by_holder(self, who: str, name: str, *args: Any, do: Callable[[], Any], crash: int | None) -> None:
        self.act(name, *args, user=self.holders[who].user.pk, do=do, crash=crash)

    def holder(self, data: Any, besides: Iterable[str] = ()) -> str:
        """One of those who hold the account, mostly none of these."""
        every = sorted(self.model.holders)
        others = [who for who in every if who not in besides]
        mostly = others if others and data.draw(st.integers(0, 4), label="any holder") else every
        return data.draw(st.sampled_from(mostly), label="holder")

    # Invariants

    @invariant()
    def promises_hold(self) -> None:
        """After every act; what the database says is read once for all of them."""
        seen = self.tables_are_as_the_model_says()
        self.the_manager_agreed_before_the_customer_was_asked(seen)
        self.data_is_opened_by_one_of_two_roads(seen)
        self.nothing_opens_without_the_stated_number_of_yeses(seen)
        self.a_request_ends_once(seen)
        self.grants_of_one_scope_never_overlap(seen)
        self.every_look_is_on_record(seen)

    def tables_are_as_the_model_says(self) -> Seen:
        seen = read(self.customer.customer)
        rows = {row.pk: row for row in seen.requests}
        assert len(rows) == len(self.model.requests)
        for id, expected in zip(self.ids, self.model.requests, strict=True):
            assert rows[id].state_at(seen.now) == expected.state_at(self.model.now)
            assert seen.live(access_request_id=id) == self.live(expected)
        self.exemptions_are_as_the_model_says(seen)
        choice = Choice.objects.filter(customer=self.customer.customer).values_list("status", flat=True).first()
        assert SAID[choice] == self.model.choice
        use = decide_use(customer=self.customer.customer.pk, category="orders", purpose=self.purpose.code)
        assert use.allowed == self.model.may_use()
        return seen

    def live(self, expected: Request | model.Exemption) -> set[str]:
        return {name for name, grant in expected.grants.items() if grant.is_live(self.model.now)}

    def exemptions_are_as_the_model_says(self, seen: Seen) -> None:
        rows = {row.pk: row for row in seen.exemptions}
        assert len(rows) == len(self.model.exemptions)
        for id, expected in zip(self.exemptions, self.model.exemptions, strict=True):
            is_late = rows[id].state == "opened" and seen.now >= rows[id].check_by
            assert ("unchecked" if is_late else rows[id].state) == expected.state_at(self.model.now)
            assert seen.live(exemption=id) == self.live(expected)

    def the_manager_agreed_before_the_customer_was_asked(self, seen: Seen) -> None:
        """Rule 6: of what is proposed, exactly what the manager agreed to has become a request."""
        rows = {row.id: row for row in seen.proposals}
        assert [rows[id].state for id in self.proposals] == [one.state for one in self.model.proposals]
        agreed = {row.access_request_id for row in rows.values() if row.access_request_id}
        assert agreed == (set(self.ids) if self.model.is_guarded else set())

    def data_is_opened_by_one_of_two_roads(self, seen: Seen) -> None:
        """Promises 1 and 15: every grant rests on the customer's yes, or on an exemption that its entries tell of;
        every look falls into the time of its grant."""
        said_yes = {one.access_request_id for one in seen.answers if one.decision in ("all", "part")}
        assert {grant.access_request_id for grant in seen.grants if grant.exemption is None} == said_yes
        opened = {one.object for one in seen.entries if one.event in ("exemption.opened", "exemption.granted")}
        assert {str(grant.exemption) for grant in seen.grants if grant.exemption} == opened
        grants = {grant.pk: grant for grant in seen.grants}
        for look in seen.openings:
            assert grants[look.grant_id].starts_at <= look.opened_at < grants[look.grant_id].over_at

    def nothing_opens_without_the_stated_number_of_yeses(self, seen: Seen) -> None:
        """Rule 5: of each category, the yes of every holder of then, where their contract asks for it; else of one."""
        actings = Acting.objects.filter(customer=self.customer.customer, capacity__in=Acting.HOLDING)
        ends = dict(actings.values_list("user", "ends_at"))
        answers = {one.access_request_id: one for one in seen.answers}
        for grant in seen.grants:
            if grant.exemption is None:
                answer = answers[grant.access_request_id]
                of_category = [one for one in seen.assents if grant.category.code in one.categories]
                yeses = {one.given_by_id for one in of_category if one.access_request_id == grant.access_request_id}
                held = {user for user, ended in ends.items() if ended is None or ended > answer.answered_at}
                needed = len(held) if self.model.yes_of == "all" else 1
                assert len((yeses | {answer.answered_by_id}) & held) >= needed
        # Only a yes to the words in force counts.
        words = {"matter": "joint_consent", "object": str(self.version.pk)}
        waiting = JointAssent.objects.filter(customer=self.customer.customer, ended_at=None, **words)
        assert set(waiting.values_list("given_by", flat=True)) == {
            self.holders[who].user.pk for who in self.model.agreed
        }

    def a_request_ends_once(self, seen: Seen) -> None:
        """I10, in table and ledger."""
        steps = ["access_request.filed", *STEPS_OF_REQUESTS]
        told = [one for one in seen.entries if one.object_type == "access_request" and one.event not in steps]
        ends = [one.object for one in told if one.event.startswith("access_request.")]
        assert len(ends) == len(set(ends))
        assert set(ends) == {str(one.pk) for one in seen.requests if one.state != "pending"}

    def grants_of_one_scope_never_overlap(self, seen: Seen) -> None:
        """I13."""
        over: dict[tuple, Any] = {}
        for row in seen.grants:
            scope = (row.staff_id, row.category_id)
            assert scope not in over or over[scope] <= row.starts_at
            over[scope] = row.over_at

    def every_look_is_on_record(self, seen: Seen) -> None:
        """I17: the log may tell of more than was seen, never of less."""
        assert len(seen.openings) >= self.looks
        told = [one for one in seen.entries if one.event == "vault.opened"]
        assert {json.loads(one.details)["opening"] for one in told} == {str(one.id) for one in seen.openings}
