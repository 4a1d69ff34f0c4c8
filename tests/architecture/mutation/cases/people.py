"""Accounts, who acts for whom, addresses on file, erasure."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from tests.architecture.mutation.varying import (
    ADA,
    BEN,
    LATER,
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
    called,
    deleted,
    entry,
    inserted,
    of_before,
    plain,
    staff,
    updated,
)

RESTORING = ("ledger_restoration", {"id": 1, "opened_at": None})


def customer(id: str = ADA, **more: Any) -> tuple[str, Row]:
    return "people_customer", {"id": id, "born_on": "1990-01-01", "country": "DE", "erased_at": None} | more


def acting(user: str, capacity: str = "self", customer_id: str = ADA, **more: Any) -> Row:
    return {"id": 7, "user_id": user, "customer_id": customer_id, "capacity": capacity, "ends_at": None} | more


def cases() -> Iterator[Case]:
    yield from ends_of_acting()
    yield from addresses()
    yield from erasures()
    yield from codes()
    yield from accounts()
    yield from own_matters()
    yield from managers()
    yield from officers_left()
    yield from ranks()
    yield from proposals()
    yield from joint_assents()
    yield from yes_of_every_holder()


ASSENT = {"id": TWO, "customer_id": ADA, "given_by_id": MUM, "matter": "joint_consent", "object": "3"}
ASSENT |= {"given_at": NOW, "ended_at": None}


def joint_assents() -> Iterator[Case]:
    """Mum, who holds the account, says yes to a text; her yes ends."""
    rule, table = "refuse_change_of_joint_assent", "people_jointassent"
    yield inserted(rule, table, ASSENT)
    for given_at, ended_at in ((NOW, NOW), (PAST, None)):
        yield plain(inserted(rule, table, ASSENT | {"given_at": given_at, "ended_at": ended_at}))
    before = ASSENT | {"given_at": PAST}
    yield updated(rule, table, before, {"ended_at": NOW})
    for old, change in ((before, {"ended_at": PAST}), (before | {"ended_at": PAST}, {"ended_at": NOW})):
        yield plain(updated(rule, table, old, change))
    yield plain(updated(rule, table, before, {"ended_at": NOW, "object": "4"}))
    rule, told = "require_entry_for_joint_assent", {"details": {"assent": TWO}}
    by = entry("joint_consent.assented", "3", actor=MUM, **told)
    for capacity, until in (("self", None), ("holder", None), ("guardian", None), ("self", PAST)):
        who = ("people_acting", acting(MUM, capacity, ends_at=until))
        yield inserted(rule, table, ASSENT, by, who)
    holder = ("people_acting", acting(MUM))
    for other in (
        entry("consent.given", "3", actor=MUM, **told),
        entry("joint_consent.assented", "4", actor=MUM, **told),
        entry("joint_consent.assented", "3", actor=PIA, **told),
        entry("joint_consent.assented", "3", actor=MUM, details={"assent": ONE}),
        entry("joint_consent.assented", "3", actor=MUM, customer=BEN, **told),
        entry("joint_consent.assented", "3", actor=MUM, occurred_at=PAST, **told),
    ):
        yield plain(inserted(rule, table, ASSENT, other, holder))
    for stranger in (acting(PIA), acting(MUM, customer_id=BEN)):
        yield plain(inserted(rule, table, ASSENT, by, ("people_acting", stranger)))


def yes_of_every_holder() -> Iterator[Case]:
    """Mum says yes; whoever else holds the account has said yes to the same, lately, or has not."""
    asked = [("uuid", ADA), ("text", "joint_consent"), ("text", "3"), ("text", MUM)]
    alone, other = ("people_acting", acting(MUM)), ("people_acting", acting(PIA, "holder", id=8))
    yes = ("people_jointassent", ASSENT | {"given_by_id": PIA})
    for rule in ("all", "any"):
        account = customer(yes_of=rule)
        for said in ((), (yes,)):
            yield called("has_every_yes", asked, account, alone, other, *said)
            yield called("has_every_yes", asked, account, alone, *said)
    strict = (customer(yes_of="all"), alone, other)
    yield called("has_every_yes", asked, *strict, customer(BEN, yes_of="any"))
    for change in (
        {"customer_id": BEN},
        {"matter": "rights_request"},
        {"object": "4"},
        {"given_by_id": MUM},
        {"given_at": PAST},
        {"ended_at": PAST},
    ):
        yield called("has_every_yes", asked, *strict, ("people_jointassent", yes[1] | change))
    asked_of_right = [asked[0], ("text", "rights_request"), *asked[2:]]
    old = yes[1] | {"matter": "rights_request", "given_at": PAST}
    yield called("has_every_yes", asked_of_right, *strict, ("people_jointassent", old))
    for change in ({"ends_at": PAST}, {"capacity": "guardian"}, {"customer_id": BEN}):
        yield called("has_every_yes", asked, strict[0], alone, (other[0], other[1] | change))
        yield called("has_every_yes", asked, strict[0], (alone[0], alone[1] | change), other)


def ends_of_acting() -> Iterator[Case]:
    rule, table, end = "require_entry_for_acting_end", "people_acting", {"ends_at": NOW}
    guardian, own = acting(MUM, "guardian"), acting(MUM)
    ended = {"details": {"user": MUM}, "outcome": "guardian"}
    yield updated(rule, table, guardian, end, entry("acting.ended", ADA, actor=MUM, **ended))
    yield updated(rule, table, guardian, end, entry("acting.ended", ADA, "staff", PIA, **ended), staff(PIA))
    yield updated(rule, table, guardian, end, entry("acting.ended", ADA, "portal", "", **ended), RESTORING)
    for person in (PIA, OTTO, MUM):
        by = entry("acting.ended", ADA, "staff", person, **ended)
        yield plain(updated(rule, table, guardian, end, by, staff(PIA), staff(MUM)))
    of_age = [("people_acting", acting(ONE, id=8)), customer()]
    child = [of_age[0], customer(born_on="2020-01-01")]
    for given in (of_age, child):
        yield updated(rule, table, guardian, end, entry("acting.ended", ADA, actor=ONE, **ended), *given)
    for capacity in ("self", "holder"):
        leaving = {"details": {"user": MUM}, "outcome": capacity}
        for others in ("self", "holder", "guardian"):
            stays = ("people_acting", acting(ONE, others, id=8))
            by = entry("acting.ended", ADA, actor=ONE, **leaving)
            yield plain(updated(rule, table, acting(MUM, capacity), end, by, stays, customer()))
    one, many = [{"left": ADA}, {"left": BEN}], [{"left": [ADA]}, {"left": [BEN]}, {}]
    for left in one:
        yield updated(rule, table, own, end, entry("record.claimed", BEN, details=left), details=texts(one))
    for left in many:
        for event in ("customer.erased", "account.closed", "acting.begun"):
            for about in (ADA, BEN, None):
                told = entry(event, BEN, customer=about, details=left)
                yield plain(updated(rule, table, own, end, told))


def texts(all_: list[Row]) -> list[str]:
    """As the ledger keeps details."""
    return [json.dumps(one) for one in all_]


def addresses() -> Iterator[Case]:
    rule, table = "require_entry_for_address", "people_customer"
    one, many = [{"left": ADA}, {"left": BEN}], [{"left": [ADA]}, {"left": [BEN]}, {}]
    known = {"id": ADA, "reference": "C-1", "address_hash": "\\x01", "sealed_address": "x"}
    unknown = known | {"reference": None}
    gone, other = {"address_hash": None}, {"address_hash": "\\x02"}
    for old in (known, unknown):
        for event in ("record.claimed", "customer.erased", "account.closed", "customer.address_changed"):
            for left in (*one, *many):
                for change in (gone, other):
                    yield plain(updated(rule, table, old, change, entry(event, ADA, details=left)))
        for about in (None, ADA):
            for thing in ("list", ADA):
                told = entry("customers.imported", thing, "staff", PIA, customer=about)
                yield plain(updated(rule, table, old, other, told))
    for thing in ("addresses", ADA):
        for newer in ("\\x00", "\\x01ab", "\\x02"):
            told = entry("keyed_hashes.rekeyed", thing, "portal", "", customer=None)
            yield plain(updated(rule, table, known, {"address_hash": newer}, told))
    # A record's other facts.
    rule = "require_entry_for_facts"
    for change in ({"country": "FR"}, {"language": "de"}, {"time_zone": "UTC"}, {"country": "FR", "language": "de"}):
        old = {"id": ADA, "reference": "C-1", "country": "DE", "language": "en", "time_zone": "", "region": ""}
        yield updated(rule, table, old, change)
        yield updated(rule, table, old, change, entry("customers.imported", "list", "staff", PIA, customer=None))
        for event in ("customer.language_chosen", "customer.time_zone_chosen"):
            yield updated(rule, table, old, change, entry(event, ADA))
            theirs = {"id": 7, "user_id": ADA, "customer_id": ADA, "capacity": "self", "starts_at": PAST}
            yield plain(updated(rule, table, old, change, entry(event, ADA), ("people_acting", theirs)))
    yield called("may_consent_alone", [("uuid", ADA)], customer(born_on="2020-01-01"))


def erasures() -> Iterator[Case]:
    rule, table = "require_entry_for_erased_customer", "people_customer"
    erasure = (
        "people_erasure",
        {"id": TWO, "customer_id": ADA, "reason": "requested", "done_at": NOW, "original": None},
    )
    again = ("people_erasure", erasure[1] | {"original": ONE})
    told = entry("customer.erased", ADA, "portal", "", outcome="requested", details={"erasure": TWO})
    old = {"id": ADA, "erased_at": None}
    hold = ("people_legalhold", {"id": TWO, "customer_id": ADA, "lifted_at": None})
    for given in ((erasure, told), (again, told), (told,)):
        yield updated(rule, table, old, {"erased_at": NOW}, *given)
        for rest in (
            hold,
            ("people_customerkey", {"customer_id": ADA}),
            ("people_acting", acting(MUM)),
            ("people_claimcode", {"id": ONE, "customer_id": ADA}),
        ):
            yield updated(rule, table, old, {"erased_at": NOW}, *given, rest)
    yield inserted(rule, table, {"id": ADA, "erased_at": NOW}, erasure, told)
    of_none = entry("customer.erased", ADA, "portal", "", outcome="requested", details={"erasure": None})
    yield plain(updated(rule, table, old, {"erased_at": NOW}, of_none))
    long_ago = ("people_erasure", erasure[1] | {"done_at": PAST})
    yield plain(updated(rule, table, old, {"erased_at": PAST}, long_ago, told))
    rule, table = "require_entry_for_erasure", "people_erasure"
    row, done = erasure[1], customer(erased_at=NOW)
    for now in ({"done_at": NOW}, {"cancelled_at": NOW}, {}):
        for event, thing in (("customer.erased", ADA), ("erasure.cancelled", TWO), ("erasure.proposed", TWO)):
            new = row | {"done_at": None, "cancelled_at": None} | now
            entered = entry(event, thing, "portal", "", outcome="requested", details={"erasure": TWO})
            yield inserted(rule, table, new, done, entered)
    rule = "refuse_change_of_erasure"
    for original in (None, ONE):
        new = {"id": TWO, "customer_id": ADA, "proposed_by_id": PIA, "proposed_at": NOW, "original": original}
        new |= {"done_at": None, "cancelled_at": None, "reason": "requested", "confirmed_by_id": None}
        for restoring in ((), (RESTORING,)):
            yield inserted(rule, table, new, staff(PIA), *restoring)
            yield plain(inserted(rule, table, new, *restoring))
            done = {"done_at": NOW, "confirmed_by_id": OTTO}
            yield plain(updated(rule, table, new | {"cancelled_by_id": None}, done, *restoring))
            begun = new | {"proposed_at": PAST, "cancelled_by_id": None}
            for change in (
                {"done_at": NOW, "confirmed_by_id": OTTO},
                {"cancelled_at": NOW, "cancelled_by_id": OTTO},
                {"cancelled_at": NOW, "cancelled_by_id": MUM},
            ):
                me = ("people_acting", acting(MUM, starts_at=PAST))
                yield updated(rule, table, begun, change, staff(PIA), staff(OTTO), me, *restoring)
            for change in (
                {"done_at": NOW, "confirmed_by_id": OTTO, "reason": "unlawful"},
                {"cancelled_at": NOW, "cancelled_by_id": BEN},
            ):
                yield plain(updated(rule, table, begun, change, staff(OTTO), *restoring))
    erased = customer(erased_at=NOW)
    yield inserted("refuse_for_erased_customer", "people_acting", acting(MUM), erased)
    yield inserted("refuse_for_erased_customer", "people_legalhold", {"id": TWO, "customer_id": ADA}, erased)
    yield deleted("refuse_unless_customer_erased", "people_customerkey", {"customer_id": ADA}, erased)
    rule, table = "refuse_change_of_legal_hold", "people_legalhold"
    held = {"id": TWO, "customer_id": ADA, "placed_by_id": OTTO, "placed_at": NOW, "review_on": "2027-06-01"}
    held |= {"original": None, "lifted_at": None, "lifted_by_id": None, "document": "1 BvR 1"}
    for restoring in ((), (RESTORING,)):
        yield inserted(rule, table, held, staff(OTTO, "compliance_officer"), *restoring)
        yield inserted(rule, table, held | {"original": TWO}, staff(OTTO, "compliance_officer"), *restoring)
    lift = {"lifted_at": NOW, "lifted_by_id": OTTO}
    yield updated(rule, table, held, lift, staff(OTTO, "compliance_officer"), document=["other"])
    yield updated(rule, table, held, lift | {"document": "other"}, staff(OTTO, "compliance_officer"))


def codes() -> Iterator[Case]:
    code = {"id": ONE, "customer_id": ADA, "capacity": "guardian", "proposed_by_id": PIA, "approved_by_id": None}
    code |= {"approved_at": None, "used_at": None, "used_by_id": None, "cancelled_at": None, "cancelled_by_id": None}
    code |= {"code_hash": None, "ends_at": None, "proposed_at": PAST}
    approved = code | {"approved_by_id": OTTO, "approved_at": PAST, "ends_at": LATER}
    printed = approved | {"code_hash": "\\x01"}
    rule, table = "refuse_change_of_claim_code", "people_claimcode"
    officers = (staff(PIA), staff(OTTO))
    now = {"approved_by_id": OTTO, "approved_at": NOW, "ends_at": "2027-01-20T12:00:00Z"}
    yield inserted(rule, table, code | {"proposed_at": NOW}, *officers)
    for old, change in (
        (code, now),
        (approved, {"code_hash": "\\x01"}),
        (printed, {"used_by_id": MUM, "used_at": NOW}),
        (code, {"cancelled_by_id": OTTO, "cancelled_at": NOW}),
    ):
        yield updated(rule, table, old, change, *officers)
        yield updated(rule, table, old, change | {"customer_id": BEN}, *officers)
        yield updated(rule, table, old, change | {"proposed_by_id": OTTO}, *officers)
    used = ("people_claimcode", printed | {"used_at": NOW, "used_by_id": MUM})
    yield inserted("require_code_of_newcomer", "people_acting", acting(MUM, "guardian"), used)
    for capacity in ("guardian", "holder"):
        for born in ("1990-01-01", "2020-01-01"):
            who = customer(born_on=born)
            yield inserted("refuse_capacity_of_other_age", "people_acting", acting(MUM, capacity), who)
    was = ("people_acting", acting(PIA, ends_at=PAST))
    yield inserted("refuse_claim_code_about_oneself", table, code, was)


def accounts() -> Iterator[Case]:
    lock = {"id": MUM, "locked_at": None, "closed_at": None}
    locked = lock | {"locked_at": PAST}
    for kind, actor in (("customer", MUM), ("portal", ""), ("staff", PIA)):
        for old, change, event in ((lock, {"locked_at": NOW}, "locked"), (locked, {"locked_at": None}, "unlocked")):
            told = entry(f"account.{event}", MUM, kind, actor)
            yield updated("require_entry_for_account_lock", "people_user", old, change, told)
    rule, named = "require_entry_for_closed_account", {"details": {"accounts": [MUM]}}
    for told in (
        entry("account.closed", MUM, "portal", customer=None, **named),
        entry("account.left", MUM, "customer", MUM, customer=None, **named),
        entry("customer.erased", ADA, "staff", PIA, **named),
        entry("x", ADA, "staff", PIA, **named),
        entry("customer.erased", ADA, "staff", PIA, details={"accounts": [PIA]}),
        entry("customer.erased", ADA, "staff", PIA, occurred_at=PAST, **named),
    ):
        for moment in (NOW, PAST):
            yield plain(updated(rule, "people_user", lock, {"closed_at": moment}, told))
    yield of_before(updated(rule, "people_user", lock, {"closed_at": NOW}, entry("customer.erased", ADA, **named)))
    closed = ("people_user", lock | {"closed_at": PAST})
    of_other = ("people_user", lock | {"id": PIA, "closed_at": PAST})
    for what in (closed, of_other):
        yield inserted("refuse_for_closed_account", "people_acting", acting(MUM), what)
    yield called("is_officer", [("uuid", PIA), ("text[]", "{privacy_officer}")], staff(PIA))
    member = {"user_id": PIA, "role": "privacy_officer", "team": "Privacy", "started_at": PAST, "ended_at": None}
    yield updated("refuse_change_of_staff_member", "people_staffmember", member, {"ended_at": NOW})
    yield plain(updated("refuse_change_of_staff_member", "people_staffmember", member, {"number": "9"}))
    yield updated("refuse_change_of_staff_member", "people_staffmember", member, {"ended_at": NOW, "role": "requester"})
    yield inserted("refuse_change_of_staff_member", "people_staffmember", member | {"started_at": NOW})
    rule, table = "refuse_change_of_acting", "people_acting"
    began = acting(MUM, starts_at=PAST, sealed_name="x")
    for change in ({"ends_at": NOW}, {"sealed_name": "y"}, {"user_id": PIA}, {"ends_at": NOW, "customer_id": BEN}):
        yield updated(rule, table, began, change)
    yield inserted(rule, table, began | {"starts_at": NOW})
    rule, table = "refuse_change_of_submission", "people_submission"
    sent = {"id": 4, "user_id": MUM, "sent_at": NOW}
    yield inserted(rule, table, sent)
    yield updated(rule, table, sent, {"content": "x"})
    for moment in (NOW, PAST):
        yield deleted(rule, table, sent | {"sent_at": moment})
        yield updated(rule, table, sent | {"sent_at": moment}, {"content": "x"})
    for kept in ({}, {"token": TWO}, {"user_id": PIA}):
        for evidence in (ADA, None):
            origin = [("uuid", evidence), ("text", "192.0.2.0"), ("text", "browser"), ("text", "de")]
            given = sent | {"token": ONE, "content": "x", "made": "1"} | kept
            yield plain(called("begin_submission", [("uuid", MUM), ("uuid", ONE), *origin], (table, given)))
    # Whom a provider has tied to an account.
    rule, table = "require_entry_for_rekeyed_tie", "socialaccount_socialaccount"
    tie = {"id": 5, "provider": "staff", "uid": "02ab", "user_id": MUM, "extra_data": {}}
    for uid in ("01ab", "02cd", "03ab"):
        yield plain(updated(rule, table, tie, {"uid": uid}))
        for thing in ("ties", ADA):
            told = entry("provider_ties.rekeyed", thing, "portal", "", customer=None)
            yield plain(updated(rule, table, tie, {"uid": uid}, told))
    rule, table = "require_entry_for_rewrapping", "people_customerkey"
    key = {"customer_id": ADA, "kid": "k1", "wrapped": "x"}
    told = entry("customer_keys.rewrapped", "k2", "portal", "", customer=None, details={"keys": 1})
    yield updated(rule, table, key, {"kid": "k2"}, told)
    yield updated(
        rule, table, key, {"kid": "k1"}, entry("customer_keys.rewrapped", "k1", customer=None, details={"keys": 1})
    )
    two = ("people_customerkey", key | {"customer_id": BEN, "kid": "k0"})
    yield updated(rule, table, key, {"kid": "k2"}, told, two)
    yield replace(plain(updated(rule, table, key, {"kid": "k2"})), is_idle=True)
    # Two at once, under one key or under two.
    for kid in ("k2", "k3"):
        both = entry("customer_keys.rewrapped", "k2", "portal", "", customer=None, details={"keys": 2})
        changed = plain(updated(rule, table, key, {"kid": "k2"}, both, two))
        yield replace(changed, also=[two[1] | {"kid": kid}])


def own_matters() -> Iterator[Case]:
    """Whoever acts for Ada proposes, or confirms, that she is erased; or somebody else does."""
    rule, table = "refuse_own_matter", "people_erasure"
    proposed = {"id": TWO, "customer_id": ADA, "proposed_by_id": PIA, "confirmed_by_id": None}
    for ends_at in (None, NOW, PAST):
        acts = ("people_acting", acting(PIA, "agent", ends_at=ends_at))
        yield inserted(rule, table, proposed, acts)
        yield inserted(rule, table, proposed | {"proposed_by_id": OTTO}, acts)
        yield updated(rule, table, proposed, {"confirmed_by_id": OTTO}, acts)
        yield updated(rule, table, proposed | {"proposed_by_id": OTTO}, {"confirmed_by_id": PIA}, acts)
        yield plain(inserted(rule, table, proposed, acts, RESTORING))


def managers() -> Iterator[Case]:
    """Pia sets Sam's manager; Otto is another officer, and acts for nobody."""
    rule, table = "refuse_other_manager", "people_staffmember"
    sam = {
        "user_id": SAM,
        "role": "requester",
        "team": "Care",
        "started_at": PAST,
        "ended_at": None,
        "manager_id": OTTO,
    }
    set_pia = {"manager_id": PIA}
    for change in ({}, {"team": "Law"}, {"ended_at": NOW}):
        yield plain(updated(rule, table, sam, set_pia | change, staff(PIA), staff(OTTO)))
    yield plain(updated(rule, table, sam | {"ended_at": PAST}, set_pia, staff(PIA), staff(OTTO)))
    yield plain(updated(rule, table, sam, set_pia, staff(PIA, ended_at=PAST), staff(OTTO)))
    yield plain(updated(rule, table, sam, set_pia, staff(OTTO)))
    rule, told = "require_entry_for_manager", {"customer": None, "details": {"manager": PIA}}
    for by in (
        entry("staff.manager_set", SAM, "staff", PIA, **told),
        entry("staff.manager_set", SAM, "portal", "", **told),
        entry("staff.manager_set", SAM, "staff", SAM, **told),
        entry("staff.manager_set", SAM, "staff", OTTO, **told),
        entry("staff.manager_set", SAM, "staff", PIA, customer=None, details={"manager": OTTO}),
        entry("staff.manager_set", OTTO, "staff", PIA, **told),
        entry("staff.manager_set", SAM, "staff", PIA, occurred_at=PAST, **told),
        entry("staff.moved", SAM, "staff", PIA, **told),
    ):
        for officer in (staff(PIA), staff(PIA, "requester"), staff(PIA, ended_at=PAST)):
            yield plain(updated(rule, table, sam, set_pia, by, officer))
            yield plain(updated(rule, table, sam | {"role": "privacy_officer"}, set_pia, by, officer))
    yield of_before(
        updated(rule, table, sam, set_pia, entry("staff.manager_set", SAM, "staff", PIA, **told), staff(PIA))
    )
    for rule in ("refuse_change_of_staff_member", "require_entry_for_staff_member"):
        yield plain(updated(rule, table, sam, set_pia, staff(PIA)))
        yield plain(updated(rule, table, sam, set_pia | {"team": "Law"}, staff(PIA)))
        yield plain(updated(rule, table, sam, {"number": "9"}, staff(PIA)))
        begun = sam | {"manager_id": None, "started_at": NOW}
        invited = entry("staff.invited", SAM, "staff", PIA, customer=None, outcome="requester")
        yield plain(inserted(rule, table, begun, invited))
        yield plain(inserted(rule, table, begun | {"manager_id": PIA}, invited))


def officers_left() -> Iterator[Case]:
    """Pia and Otto stand for a code about Ada; Mum is the officer who is left, or is not."""
    rule, table = "refuse_code_that_leaves_nobody", "people_claimcode"
    code = {"id": ONE, "customer_id": ADA, "capacity": "self", "proposed_by_id": PIA, "proposed_at": PAST}
    code |= {"approved_by_id": None, "approved_at": None, "ends_at": None}
    approved = {"approved_by_id": OTTO, "approved_at": NOW, "ends_at": LATER}
    both = (staff(PIA), staff(OTTO))
    yield plain(updated(rule, table, code, approved, *both))
    for left in (staff(MUM), staff(MUM, "compliance_officer"), staff(MUM, "requester"), staff(MUM, ended_at=PAST)):
        yield plain(updated(rule, table, code, approved, *both, left))
    earlier = code | approved | {"id": TWO, "capacity": "holder", "approved_at": PAST}
    for change in (
        *({"proposed_by_id": MUM}, {"approved_by_id": MUM}, {"proposed_by_id": MUM, "customer_id": BEN}),
        *({"proposed_by_id": MUM, "approved_at": None}, {}),
    ):
        yield plain(updated(rule, table, code, approved, *both, staff(MUM), (table, earlier | change)))
    for change in ({}, {"ends_at": PAST}, {"customer_id": BEN}, {"user_id": PIA}):
        acts = ("people_acting", acting(MUM, "agent") | change)
        yield plain(updated(rule, table, code, approved, *both, staff(MUM), acts))


def ranks() -> Iterator[Case]:
    """A colleague's place changes by an officer's entry; who becomes one, by an approval of the same officer too."""
    rule, table = "require_second_officer_of_rank", "people_staffmember"
    change = {"id": ONE, "member_id": SAM, "kind": "role", "role": "privacy_officer", "team": "Privacy"}
    change |= {"proposed_by_id": OTTO, "proposed_at": PAST, "cancelled_at": None, "cancelled_by_id": None}
    approved = ("people_staffproposal", change | {"approved_by_id": PIA, "approved_at": NOW})
    member = {"user_id": SAM, "role": "requester", "team": "Care", "started_at": PAST, "ended_at": None}
    officer = {"role": "privacy_officer", "team": "Privacy"}
    for event, old, new in (
        ("staff.moved", member, officer),
        ("staff.moved", member | officer, {"team": "Law"}),
        ("staff.ended", member | officer, {"ended_at": NOW}),
        ("staff.returned", member | officer | {"ended_at": PAST}, {"ended_at": None}),
    ):
        outcome = "" if event == "staff.ended" else "privacy_officer"
        by_pia = entry(event, SAM, "staff", PIA, customer=None, outcome=outcome)
        by_sam = entry(event, SAM, "staff", SAM, customer=None, outcome=outcome)
        for told in (by_pia, by_sam, entry(event, SAM, "portal", "", customer=None, outcome=outcome)):
            yield updated(rule, table, old, new, told, staff(PIA))
            yield updated(rule, table, old, new, told, staff(PIA), approved)
        yield updated(rule, table, old, new, by_pia, staff(PIA, "requester"), approved)
        yield updated(rule, table, old, new, by_pia, staff(PIA, ended_at=PAST), approved)
    invited = entry("staff.invited", SAM, "staff", PIA, customer=None, outcome="privacy_officer")
    for new in (member | {"started_at": NOW}, member | officer | {"started_at": NOW}):
        yield inserted(rule, table, new, invited, staff(PIA))
        yield inserted(rule, table, new, invited, staff(PIA), approved)


def proposals() -> Iterator[Case]:
    """What takes two officers, at the example of a colleague's rights."""
    rule, table = "refuse_change_of_proposal", "people_staffproposal"
    waiting: Row = {"id": ONE, "member_id": SAM, "kind": "role", "role": "privacy_officer", "team": "Privacy"}
    waiting |= {"proposed_by_id": OTTO, "proposed_at": PAST, "cancelled_at": None, "cancelled_by_id": None}
    waiting |= {"approved_by_id": None, "approved_at": None}
    officers = (staff(PIA), staff(OTTO))
    for change in ({}, {"proposed_at": PAST}, {"approved_at": NOW}, {"cancelled_at": NOW}, {"proposed_by_id": SAM}):
        yield plain(inserted(rule, table, waiting | {"proposed_at": NOW} | change, *officers))
    approve, cancel = ({f"{step}_by_id": PIA, f"{step}_at": NOW} for step in ("approved", "cancelled"))
    for decision in (approve, cancel):
        late = {key: PAST for key in decision if key.endswith("_at")}
        by_sam = {key: SAM for key in decision if key.endswith("_id")}
        for change in ({}, {"team": "Law"}, late, by_sam):
            yield plain(updated(rule, table, waiting, decision | change, *officers))
        for old in ({"approved_at": PAST}, {"cancelled_at": PAST}, {"proposed_by_id": SAM}):
            yield plain(updated(rule, table, waiting | old, decision, *officers))
    rule = "require_entry_for_proposal"
    events = ("staff.change_proposed", "staff.change_cancelled", "x")
    for event, object, officer, member in product(events, (ONE, TWO), (OTTO, PIA), (SAM, MUM)):
        told = entry(event, object, "staff", officer, customer=None, details={"member": member})
        yield plain(inserted(rule, table, waiting, told))
        yield plain(updated(rule, table, waiting, cancel, told))
        yield plain(updated(rule, table, waiting, approve, told))
    rule = "require_entry_for_staff_change"
    for kind, event in product(("role", "factors"), ("staff.moved", "staff.factors_reset")):
        details = {"proposal": ONE, "team": "Privacy"} if event == "staff.moved" else {"proposal": ONE}
        role = {"role": "privacy_officer", "team": "Privacy"} if kind == "role" else {"role": "", "team": ""}
        told = entry(event, SAM, "staff", PIA, customer=None, outcome=role["role"], details=details)
        yield updated(rule, table, waiting | {"kind": kind} | role, approve, told)
