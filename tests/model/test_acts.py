"""The services beside a plain model: any acts in any order, with time passing, retries and crashes in between.

`--seed` throws other acts, `--times` more of them.
"""

import dataclasses
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from consents.access.models import AccessRequest, Grant, ProposedRequest, Reason
from consents.access.rules.blocks import BlockKind
from consents.access.services import answering, asking, blocking, ending, ending_proposals, proposing
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.catalogue.services import publishing, versions
from consents.choices.rules import ActContext
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core.refusals import Refusal
from consents.disclosures.services import disclose_records
from consents.exemptions.services import deciding, filing
from consents.exemptions.services import deciding as exempted_ending
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.ops import rebuilding
from consents.people.known_browsers import ConflictingSubmission
from consents.people.models import Erasure
from consents.people.services import erasing, representing, staff_members
from consents.rights.services import correcting, sharing
from tests.model.beside import CATEGORIES, ActsBesideModel, Crash, crash_at
from tests.model.model import ACCESS, ANSWER_WITHIN, DAY, EVERYBODY, EXEMPTED, HOUR
from tests.world.cast import quinn
from tests.world.erasing import propose
from tests.world.exemptions import EMERGENCY, ORDER, build_exemption
from tests.world.proposals import by_member
from tests.world.retirements import confirm_end, propose_end
from tests.world.rights_requests import file, file_correction
from tests.world.training import publish_module

EXAMPLES, STEPS = 20, 25
RIGHT_NAME = {"category": "contact", "field": "name", "right": "Marker"}
# No sum of these is a limit of the rules: the seconds that the test itself takes decide nothing.
PASSING = [50 * 60.0, 190 * 60.0, 8 * DAY, 31 * DAY]
staff = st.sampled_from(["una", "vic"])
some = st.sets(st.sampled_from(CATEGORIES), min_size=1).map(frozenset)
# At which statement an act crashes; half of the time it does not, and the longest take some eighty.
crashing = st.one_of(st.none(), st.none(), st.integers(1, 30), st.integers(31, 90))


class Acts(ActsBesideModel):
    """Each run has a customer and staff of its own; the clock of the database only runs ahead."""

    @initialize(
        yes_of=st.sampled_from(["all", "all", "all", "any", ""]),
        categories=some,
        decision=st.sampled_from(["all", "part", "none", ""]),
        by_each=st.booleans(),
        guard=st.sampled_from(["", "", "", "manager"]),
    )
    def una_asks_first(self, yes_of: str, categories: frozenset[str], decision: str, by_each: bool, guard: str) -> None:
        """Mostly of two who share the account. A run may leave out any act, and without a request little can happen."""
        if yes_of:
            self.share_account(yes_of)
        if guard:
            self.guard_purpose()
        self.ask_one("una", categories, decision, by_each, ACCESS, None)

    @rule(
        who=staff,
        categories=some,
        decision=st.sampled_from(["", "all", "all", "part", "none"]),
        by_each=st.booleans(),
        length=st.sampled_from([HOUR, ACCESS]),
        crash=crashing,
    )
    def ask(
        self, who: str, categories: frozenset[str], decision: str, by_each: bool, length: float, crash: int | None
    ) -> None:
        """Mostly answered at once, by one holder or by each: what waits and runs is where the rules meet."""
        self.ask_one(who, categories, decision, by_each, length, crash)

    def ask_one(
        self, who: str, categories: frozenset[str], decision: str, by_each: bool, length: float, crash: int | None
    ) -> None:
        member = self.staff[who]
        ask = NewRequest(
            customer=self.customer.customer.pk,
            version=self.version.pk,
            categories=self.keys(categories),
            reason=Reason.COMPLAINT,
            sentence="You complained about a lamp.",
            duration=timedelta(seconds=ACCESS),
            answer_within=timedelta(seconds=ANSWER_WITHIN),
            token=uuid4(),
        )
        by = Actor("staff", str(member.pk))
        before = len(self.model.requests)
        if self.model.is_guarded:
            self.propose(who, categories, ask, agrees=bool(decision), crash=crash)
        else:
            self.act(
                "ask",
                who,
                categories,
                user=member.pk,
                do=lambda: asking.file_access_request(ask=ask, member=member, by=by),
                crash=crash,
            )
            self.ids += [UUID(self.sent[-1].made)] if len(self.model.requests) > before else []
        if len(self.model.requests) > before:
            for holder in sorted(self.model.holders)[: len(self.model.holders) if by_each else 1] if decision else ():
                self.answer_one(before, holder, decision, categories, length, None)

    def propose(
        self, who: str, categories: frozenset[str], ask: NewRequest, *, agrees: bool, crash: int | None
    ) -> None:
        """Put it to the manager, who mostly agrees at once."""
        member, before = self.staff[who], len(self.model.proposals)
        do = lambda: proposing.propose_access_request(ask=ask, member=member, by=by_member(member))  # noqa: E731
        self.act("propose", who, categories, user=member.pk, do=do, crash=crash)
        if len(self.model.proposals) > before:
            self.proposals.append(UUID(self.sent[-1].made))
            if agrees:
                self.agree_first(before, None)

    def agree_first(self, place: int, crash: int | None) -> None:
        kim, before = self.world.kim, len(self.model.requests)
        said = {"proposed_request": self.proposals[place], "manager": kim, "by": by_member(kim)}
        self.act("agree_first", place, user=kim.pk, do=lambda: proposing.agree_to_request(**said), crash=crash)
        if len(self.model.requests) > before:
            self.ids.append(ProposedRequest.objects.get(pk=self.proposals[place]).access_request_id)

    @precondition(lambda self: self.proposals)
    @rule(
        data=st.data(),
        act=st.sampled_from(["agree_first", "agree_first", "decline", "take_back"]),
        who=staff,
        crash=crashing,
    )
    def the_manager_or_the_requester_decides(self, data: Any, act: str, who: str, crash: int | None) -> None:
        """About what waits, mostly."""
        every = range(len(self.proposals))
        waiting = [place for place in every if self.model.proposals[place].state == "waiting"]
        place = data.draw(st.sampled_from(waiting or every), label="proposal")
        if act == "agree_first":
            self.agree_first(place, crash)
        elif act == "decline":
            kim = self.world.kim
            said = {"proposed_request": self.proposals[place], "reason": "Call them.", "manager": kim}
            do = lambda: proposing.decline_request(**said, by=by_member(kim))  # noqa: E731
            self.act("decline", place, user=kim.pk, do=do, crash=crash)
        else:
            member = self.staff[who]
            back = {"proposed_request": self.proposals[place], "member": member, "by": by_member(member)}
            do = lambda: ending_proposals.take_proposal_back(**back)  # noqa: E731
            self.act("take_back", place, who, user=member.pk, do=do, crash=crash)

    @precondition(lambda self: self.ids)
    @rule(
        data=st.data(),
        decision=st.sampled_from(["all", "all", "part", "part", "none"]),
        chosen=st.sets(st.sampled_from(CATEGORIES)).map(frozenset),
        length=st.sampled_from([HOUR, ACCESS, 3 * HOUR]),
        crash=crashing,
    )
    def answer(self, data: Any, decision: str, chosen: frozenset[str], length: float, crash: int | None) -> None:
        place = self.place(data, self.waits)
        holder = self.holder(data, besides=self.model.requests[place].yeses)
        self.answer_one(place, holder, decision, chosen, length, crash)

    def answer_one(
        self, place: int, holder: str, decision: str, chosen: frozenset[str], length: float, crash: int | None
    ) -> None:
        reply = Reply(
            decision=decision,
            digest=AccessRequest.objects.get(pk=self.ids[place]).digest,
            token=uuid4(),
            categories=self.keys(chosen),
            duration=timedelta(seconds=length),
        )
        given = {
            "access_request": self.ids[place],
            "reply": reply,
            "acting": self.holders[holder].acting,
            "by": self.holders[holder].actor,
        }
        self.by_holder(
            *(holder, "answer", place, holder, decision, chosen, length),
            do=lambda: answering.answer_access_request(**given),
            crash=crash,
        )

    @precondition(lambda self: self.ids)
    @rule(
        data=st.data(),
        act=st.sampled_from(
            ["stop", "stop", "let_ask_again", "let_ask_again", "cancel", "give", "give", "give", "withdraw"]
        ),
        by_another=st.booleans(),
        crash=crashing,
    )
    def end(self, data: Any, act: str, by_another: bool, crash: int | None) -> None:
        """Whatever ends or changes what is there."""
        holder = self.holder(data, besides=self.model.agreed if act == "give" else ())
        if act in ("give", "withdraw"):
            self.choose(holder, act, crash)
        elif act == "cancel":
            self.cancel(self.place(data, self.waits), by_another, crash)
        else:
            place = self.place(data, self.runs if act == "stop" else self.rests)
            said = self.mine(holder) | {"access_request": self.ids[place]}
            do = {"stop": ending.stop_access, "let_ask_again": answering.lift_waiting_time}[act]
            self.by_holder(holder, act, place, do=lambda: do(**said), crash=crash)

    def choose(self, holder: str, act: str, crash: int | None) -> None:
        """To agree, or to withdraw; each as what they are."""
        said = self.mine(holder) | {"purpose": self.purpose.code}
        said["how"] = ActContext(capacity=self.holders[holder].acting.capacity)
        version = self.version.pk
        if act == "give":
            self.by_holder(
                *(holder, "give", holder),
                do=lambda: choices_answering.give_consent(**said, version=version),
                crash=crash,
            )
        else:
            self.by_holder(holder, "withdraw", do=lambda: withdrawing.withdraw_consent(**said), crash=crash)

    def cancel(self, place: int, by_another: bool, crash: int | None) -> None:
        asker = self.model.requests[place].staff
        who = {"una": "vic", "vic": "una"}[asker] if by_another else asker
        member = self.staff[who]
        said = {"access_request": self.ids[place], "member": member, "by": Actor("staff", str(member.pk))}
        self.act("cancel", place, who, user=member.pk, do=lambda: asking.cancel_access_request(**said), crash=crash)

    @precondition(lambda self: self.is_open and not self.model.retired and not self.model.erased)
    @rule(
        act=st.sampled_from(["publish", "publish", "publish", "end_staff", "end_staff", "retire", "erase"]),
        who=staff,
        crash=crashing,
    )
    def the_company_acts(self, act: str, who: str, crash: int | None) -> None:
        """While something waits, runs or is given, since little can happen after most of it."""
        officer, otto = self.world.pia.user, self.world.otto
        if act == "publish":
            draft = versions.draft_next_version(purpose=self.purpose, officer=quinn(), by=PORTAL)
            self.by_company(
                act,
                do=lambda: publishing.publish_version(
                    version=draft, officer=officer, by=Actor("staff", str(officer.pk))
                ),
                crash=crash,
            )
            self.version = draft
        elif act == "end_staff":
            member = self.staff[who]
            self.by_company(
                act, who, do=lambda: staff_members.end_staff_membership(member=member, by=PORTAL), crash=crash
            )
        elif act == "retire":
            retirement = propose_end(self.purpose, quinn().staff_member)
            self.by_company(act, do=lambda: confirm_end(retirement, self.world.pia), crash=crash)
        else:
            customer = self.customer.customer.pk
            if not Erasure.objects.filter(customer=customer).exists():
                propose(self.world, self.customer)
            by_otto = Actor("staff", str(otto.pk))
            self.by_company(
                act, do=lambda: erasing.erase_customer(customer=customer, officer=otto, by=by_otto), crash=crash
            )

    @rule(
        who=staff,
        categories=some,
        kind=st.sampled_from(["legal_duty", "safety", "safety"]),
        verdict=st.sampled_from(["", "granted", "granted", "refused"]),
        crash=crashing,
    )
    def go_without_an_answer(
        self, who: str, categories: frozenset[str], kind: str, verdict: str, crash: int | None
    ) -> None:
        """An emergency opens at once, a legal duty once it is decided: mostly at once, too."""
        member, before = self.staff[who], len(self.model.exemptions)
        terms = {"ground": ORDER} if kind == "legal_duty" else {"ground": EMERGENCY, "at_once": True}
        new = dataclasses.replace(
            build_exemption(self.world, duration=timedelta(seconds=EXEMPTED), **terms),
            customer=self.customer.customer.pk,
            version=self.version.pk,
            categories=self.keys(categories),
        )
        by = Actor("staff", str(member.pk))
        self.act(
            "exempt",
            *(who, kind, categories, kind == "safety"),
            user=member.pk,
            do=lambda: filing.file_exemption(new=new, member=member, by=by),
            crash=crash,
        )
        if len(self.model.exemptions) > before:
            self.exemptions.append(UUID(self.sent[-1].made))
            if verdict:
                self.decide_one(before, verdict, None)

    @precondition(lambda self: self.exemptions)
    @rule(data=st.data(), verdict=st.sampled_from(["granted", "refused"]), crash=crashing)
    def decide(self, data: Any, verdict: str, crash: int | None) -> None:
        self.decide_one(data.draw(st.sampled_from(range(len(self.exemptions))), label="exemption"), verdict, crash)

    def decide_one(self, place: int, verdict: str, crash: int | None) -> None:
        said = {"exemption": self.exemptions[place], "is_granted": verdict == "granted", "words": "We looked at it."}
        officer = {"officer": self.world.pia, "by": Actor("staff", str(self.world.pia.pk))}
        self.by_company("decide", place, verdict, do=lambda: deciding.decide_exemption(**said, **officer), crash=crash)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), everybody=st.booleans(), crash=crashing)
    def block(self, data: Any, everybody: bool, crash: int | None) -> None:
        place = self.place(data, self.runs)
        whom = EVERYBODY if everybody else self.model.requests[place].staff
        said = {"kind": BlockKind.EVERYBODY if everybody else BlockKind.MEMBER, "access_request": self.ids[place]}
        holder = self.holder(data)
        mine = self.mine(holder)
        before = self.model.blocked
        self.by_holder(holder, "block", whom, do=lambda: blocking.place_block(**said, **mine), crash=crash)
        if self.model.blocked != before:
            self.blocks[whom] = UUID(self.sent[-1].made)

    @precondition(lambda self: self.model.blocked)
    @rule(data=st.data(), crash=crashing)
    def unblock(self, data: Any, crash: int | None) -> None:
        whom = data.draw(st.sampled_from(sorted(self.model.blocked)), label="whom")
        holder = self.holder(data)
        said = self.mine(holder) | {"block": self.blocks[whom]}
        self.by_holder(holder, "unblock", whom, do=lambda: blocking.lift_block(**said), crash=crash)

    @precondition(lambda self: len(self.model.holders) > 1 and not self.model.erased)
    @rule(
        data=st.data(),
        act=st.sampled_from(["correction", "correction", "erasure", "agree", "agree", "correct", "correct", "leave"]),
    )
    def holders_act_together(self, data: Any, act: str) -> None:
        """Ask by right for what each must agree to, agree, have it done; or one of them goes."""
        rights = self.model.rights
        open_rights = {right.kind: place for place, right in enumerate(rights) if not right.is_done}
        holder = self.holder(data)
        if act == "leave":
            self.leave(holder)
        elif act in ("correction", "erasure") and act not in open_rights:
            self.ask_by_right(holder, act)
        elif act == "correct" and "correction" in open_rights:
            self.correct(open_rights["correction"])
        elif open_rights:
            place = data.draw(st.sampled_from(sorted(open_rights.values())), label="right")
            self.agree(place, self.holder(data, besides=rights[place].agreed))

    def ask_by_right(self, holder: str, kind: str) -> None:
        mine = self.holders[holder]
        do = {
            "correction": lambda: file_correction(mine, proposals=[RIGHT_NAME]),
            "erasure": lambda: file(mine, Type.ERASURE),
        }[kind]
        before = len(self.model.rights)
        self.by_holder(holder, "ask_by_right", holder, kind, do=do, crash=None)
        self.rights += [UUID(self.sent[-1].made)] if len(self.model.rights) > before else []

    def agree(self, place: int, holder: str) -> None:
        mine = self.holders[holder]
        said = {"rights_request": self.rights[place], "acting": mine.acting, "by": mine.actor}
        self.by_holder(holder, "agree", place, holder, do=lambda: sharing.agree_to_request(**said), crash=None)

    def correct(self, place: int) -> None:
        said = {"rights_request": self.rights[place], "place": 0, "officer": self.world.pia}
        by = Actor("staff", str(self.world.pia.pk))
        self.by_company("correct", place, do=lambda: correcting.decide_value(**said, by=by), crash=None)

    def leave(self, holder: str) -> None:
        mine = self.holders[holder]
        said = {"acting": mine.acting.pk, "user": mine.user, "by": mine.actor}
        self.by_holder(holder, "leave", holder, do=lambda: representing.end_acting(**said), crash=None)

    @precondition(lambda self: self.lapsed)
    @rule(data=st.data(), crash=crashing)
    def train_again(self, data: Any, crash: int | None) -> None:
        self.train(data.draw(st.sampled_from(self.lapsed), label="who"), crash)

    @precondition(lambda self: any(one.grants for one in (*self.model.requests, *self.model.exemptions)))
    @rule(data=st.data(), crash=crashing)
    def look_at_data(self, data: Any, crash: int | None) -> None:
        """By either road; mostly where access runs."""
        roads = {"requests": self.model.requests, "exemptions": self.model.exemptions}
        granted = [(road, place) for road, ones in roads.items() for place, one in enumerate(ones) if one.grants]
        running = [(road, place) for road, place in granted if self.runs(roads[road][place])]
        mostly = running if running and data.draw(st.integers(0, 4), label="any") else granted
        road, place = data.draw(st.sampled_from(mostly), label="road")
        category = data.draw(st.sampled_from(sorted(roads[road][place].grants)), label="category")
        of = {"access_request": self.ids[place]} if road == "requests" else {"exemption": self.exemptions[place]}
        grant = Grant.objects.get(category__code=category, **of)
        if crash is not None:
            self.look(grant, crash)
        else:
            assert self.look(grant) == self.model.look(road, place, category)

    def look(self, grant: Grant, crash: int = 0) -> str:
        """Data only ever comes with its opening; a crash may leave the opening without the look."""
        try:
            with crash_at(crash):
                seen = disclose_records(grant=grant.pk, staff=grant.staff_id, by=Actor("staff", str(grant.staff_id)))
        except Crash:
            return "Crash"
        except Refusal as refusal:
            return type(refusal).__name__
        self.looks += 1
        assert [value for record in seen.records for value in record.values()] == ["Marker"]
        return ""

    @rule(seconds=st.sampled_from(PASSING), jobs_run=st.booleans())
    def time_passes(self, seconds: float, jobs_run: bool) -> None:
        """Whether the jobs that record what time has ended run or not makes no difference to anybody."""
        type(self).ahead += timedelta(seconds=seconds)
        self.later(type(self).ahead)
        self.model.now += seconds
        if jobs_run:
            ending.expire_due_requests()
            ending.end_due_grants()
            deciding.record_missed_checks()
            exempted_ending.end_due_exempted_grants()

    @precondition(lambda self: self.sent and not self.model.erased)
    @rule(data=st.data(), saying_something_else=st.booleans())
    def a_form_is_sent_again(self, data: Any, saying_something_else: bool) -> None:
        """However old it is, whatever has happened since: the answer of then, and no effect."""
        form = data.draw(st.sampled_from(self.sent), label="form")
        entries, made = Entry.objects.count(), form.made

        if saying_something_else:
            assert self.send(SimpleNamespace(**vars(form) | {"content": "else"})) == ConflictingSubmission.__name__
        assert self.send(form) == ""

        assert form.made == made
        assert Entry.objects.count() == entries


@pytest.mark.timeout(900)
def test_services_and_model_agree(real_world, later, request):
    thrown, times = (request.config.getoption(name) for name in ("seed", "times"))
    Acts.world, Acts.later, Acts.ahead = real_world, staticmethod(later), timedelta(0)
    Acts.module = publish_module(real_world, valid_months=1)
    print(f"seed {thrown}, {EXAMPLES * times} runs of {STEPS} acts")

    run_state_machine_as_test(
        seed(thrown)(type("Acts", (Acts,), {})),
        settings=settings(
            max_examples=EXAMPLES * times,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert [one for one in rebuilding.find_differences() if isinstance(one, rebuilding.Difference)] == []
    assert [one for one in find_chain_faults() if isinstance(one, ChainFault)] == []
