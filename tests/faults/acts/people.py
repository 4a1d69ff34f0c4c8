"""Prepare a call of every act of `consents/people`."""

from datetime import date
from typing import Any
from uuid import uuid4

from consents.choices.services import answering
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.services import queueing
from consents.people.models import ClaimCode, Erasure, LegalHold, Role, User
from consents.people.services import claiming, customer_records, erasing, holding, locking, representing, staff_members
from consents.people.services.customer_records import ListedCustomer
from tests.faults.acts.beginnings import by_staff, in_a_restoration, member, running_and_waiting
from tests.faults.acts.registry import Call, act
from tests.world.cast import make_user, put_on_list
from tests.world.claim_codes import make_claim_code
from tests.world.colleagues import approve_change, propose_officer, propose_reset
from tests.world.erasing import hold, propose


def lock_of(world) -> dict[str, Any]:
    return {"user": world.ada.user, "customer": world.ada.customer.id, "by": world.ada.actor}


@act(locking.lock_account)
def lock_account(world, **_) -> Call:
    return lambda: locking.lock_account(**lock_of(world), ways={"code", "password"})


@act(locking.lock_account_again)
def lock_account_again(world, **_) -> Call:
    return lambda: locking.lock_account_again(**lock_of(world) | {"user": world.ada.user.pk, "by": PORTAL})


@act(locking.unlock_account)
def unlock_account(world, **_) -> Call:
    locking.lock_account(**lock_of(world), ways={"code", "password"})
    return lambda: locking.unlock_account(**lock_of(world), proofs=["code", "password"])


@act(customer_records.look_up_customer)
def look_up(world, **_) -> Call:
    return lambda: customer_records.look_up_customer(text="C-1001", by=by_staff(world.sam))


@act(staff_members.move_staff_member)
def move_staff(world, **_) -> Call:
    return lambda: staff_members.move_staff_member(
        member=member(world.sam), role=Role.REQUESTER, team="Returns", by=by_staff(world.pia)
    )


@act(staff_members.return_staff_member)
def return_staff(world, **_) -> Call:
    staff_members.end_staff_membership(member=member(world.sam), by=by_staff(world.pia))
    return lambda: staff_members.return_staff_member(
        member=member(world.sam), role=Role.REQUESTER, team="Returns", by=by_staff(world.pia)
    )


@act(staff_members.end_staff_membership, after=running_and_waiting)
def end_staff(world, **_) -> Call:
    return lambda: staff_members.end_staff_membership(member=member(world.sam), by=by_staff(world.pia))


@act(staff_members.admit_staff)
def admit_staff(world, **_) -> Call:
    return lambda: staff_members.admit_staff(
        email="new@example.com", role=Role.REQUESTER, team="Returns", first_name="Noa", by=by_staff(world.pia)
    )


@act(staff_members.invite_to_staff_site)
def invite_officer(world, **_) -> Call:
    return lambda: staff_members.invite_to_staff_site(
        email="new@example.com",
        role=Role.PRIVACY_OFFICER,
        team="Privacy",
        first_name="Noa",
        officer=world.pia,
        by=by_staff(world.pia),
    )


@act(staff_members.send_invitation_again)
def invite_again(world, **_) -> Call:
    return lambda: staff_members.send_invitation_again(member=world.sam.pk, officer=world.pia, by=by_staff(world.pia))


@act(staff_members.change_colleague_place)
def change_place(world, **_) -> Call:
    return lambda: propose_officer(world.pia, world.sam)


@act(staff_members.assign_colleague_manager)
def set_manager(world, **_) -> Call:
    about = {"member": world.sam.pk, "manager": world.kim.pk}
    return lambda: staff_members.assign_colleague_manager(**about, officer=world.pia, by=by_staff(world.pia))


@act(staff_members.assign_manager)
def set_manager_by_command(world, **_) -> Call:
    return lambda: staff_members.assign_manager(member=world.sam, manager=world.kim, by=by_staff(world.pia))


@act(staff_members.end_colleague_place, after=running_and_waiting)
def end_place(world, **_) -> Call:
    return lambda: staff_members.end_colleague_place(member=world.sam.pk, officer=world.pia, by=by_staff(world.pia))


@act(staff_members.return_colleague)
def return_to_place(world, **_) -> Call:
    staff_members.end_staff_membership(member=member(world.sam), by=by_staff(world.pia))
    return lambda: staff_members.return_colleague(
        member=world.sam.pk, team="Returns", officer=world.pia, by=by_staff(world.pia)
    )


@act(staff_members.propose_factor_reset)
def propose_new_factor(world, **_) -> Call:
    return lambda: propose_reset(world.pia, world.sam)


@act(staff_members.decide_staff_change)
def approve_new_officer(world, **_) -> Call:
    proposal = propose_officer(world.pia, world.sam)
    return lambda: approve_change(world.quinn, proposal)


@act(customer_records.open_customer_record)
def open_record(world, **_) -> Call:
    return lambda: customer_records.open_customer_record(reference="C-2001", email="cleo@example.com", by=PORTAL)


@act(customer_records.record_customers)
def record_customers(world, **_) -> Call:
    listed = [
        ListedCustomer("C-1001", country="DE"),
        ListedCustomer("C-3001", "dora@example.com", "DE"),
    ]
    return lambda: customer_records.record_customers(listed=listed, by=PORTAL)


@act(claiming.match_user_to_record)
def arrive(world, **_) -> Call:
    customer_records.open_customer_record(reference="C-4002", email="newcomer@example.com", by=PORTAL)
    user = make_user("newcomer@example.com").pk
    return lambda: claiming.match_user_to_record(user=User.objects.get(pk=user), by=Actor("customer", str(user)))


def proposed_code(world) -> ClaimCode:
    nobody = customer_records.open_customer_record(reference="C-4001", by=PORTAL)
    return claiming.propose_claim_code(customer=nobody.pk, officer=world.pia, by=by_staff(world.pia))


def approved_code(world) -> ClaimCode:
    code = proposed_code(world)
    return claiming.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by_staff(world.quinn))


@act(claiming.propose_claim_code)
def propose_code(world, **_) -> Call:
    nobody = customer_records.open_customer_record(reference="C-4001", by=PORTAL)
    return lambda: claiming.propose_claim_code(customer=nobody.pk, officer=world.pia, by=by_staff(world.pia))


@act(claiming.approve_claim_code)
def approve_code(world, **_) -> Call:
    code = proposed_code(world)
    return lambda: claiming.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by_staff(world.quinn))


@act(claiming.print_claim_code)
def print_code(world, **_) -> Call:
    code, token = approved_code(world), uuid4()
    return lambda: claiming.print_claim_code(claim_code=code.pk, officer=world.pia, token=token, by=by_staff(world.pia))


@act(claiming.cancel_claim_code)
def cancel_code(world, **_) -> Call:
    code = approved_code(world)
    return lambda: claiming.cancel_claim_code(claim_code=code.pk, officer=world.pia, by=by_staff(world.pia))


def guardian_of_ada(world) -> tuple[User, int]:
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    user = make_user("mum@example.com")
    code = make_claim_code(customer=world.ada.customer, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    return user, user.actings.get().pk


@act(representing.end_acting, after=guardian_of_ada)
def end_own_acting(world, **_) -> Call:
    user, acting = world.made
    return lambda: representing.end_acting(acting=acting, user=user, by=Actor("representative", str(user.pk)))


@act(representing.end_acting_as_officer, after=guardian_of_ada)
def end_acting_as_officer(world, **_) -> Call:
    _user, acting = world.made
    return lambda: representing.end_acting_as_officer(acting=acting, officer=world.otto, by=by_staff(world.otto))


@act(representing.end_acting_again, after=guardian_of_ada)
def end_acting_again(world, **_) -> Call:
    user, _acting = world.made
    customer, by = world.ada.customer.id, in_a_restoration()
    return lambda: representing.end_acting_again(customer=customer, user=user.pk, by=by)


@act(claiming.claim_record_by_code)
def claim_by_code(world, **_) -> Call:
    nobody = customer_records.open_customer_record(reference="C-4001", by=PORTAL)
    code, user = make_claim_code(customer=nobody, officer=world.pia.user), make_user("newcomer@example.com")
    by = Actor("customer", str(user.pk))
    return lambda: claiming.claim_record_by_code(user=User.objects.get(pk=user.pk), code=code, by=by)


@act(claiming.claim_record_by_reference)
def claim_by_reference(world, **_) -> Call:
    customer_records.open_customer_record(reference="C-4001", email="noa@example.com", by=PORTAL)
    user = make_user("newcomer@example.com")
    by = Actor("portal", channel="sign_in")
    return lambda: claiming.claim_record_by_reference(user=User.objects.get(pk=user.pk), reference="C-4001", by=by)


@act(customer_records.adopt_account_address)
def follow_address(world, **_) -> Call:
    User.objects.filter(pk=world.ada.user.pk).update(email="moved@example.com")
    return lambda: customer_records.adopt_account_address(
        user=User.objects.get(pk=world.ada.user.pk), by=world.ada.actor
    )


@act(erasing.propose_erasure)
def propose_erasure(world, **_) -> Call:
    return lambda: propose(world)


@act(erasing.cancel_requested_erasure)
def drop_erasure(world, **_) -> Call:
    propose(world)
    return lambda: erasing.cancel_requested_erasure(customer=world.ada.customer.id, by=world.ada.actor)


@act(erasing.cancel_erasure)
def cancel_erasure(world, **_) -> Call:
    proposal = propose(world).pk
    return lambda: erasing.cancel_erasure(erasure=proposal, officer=member(world.otto), by=by_staff(world.otto))


def much_to_erase(world) -> None:
    """Running and waiting access, a consent, a queued mail to the customer and one to their address."""
    running_and_waiting(world)
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="123456")


@act(erasing.erase_customer, after=much_to_erase)
def erase(world, **_) -> Call:
    propose(world)
    customer = world.ada.customer.id
    return lambda: erasing.erase_customer(customer=customer, officer=member(world.otto), by=by_staff(world.otto))


@act(erasing.erase_customer_again, after=much_to_erase)
def erase_again(world, **_) -> Call:
    by = in_a_restoration()
    return lambda: erasing.erase_customer_again(customer=world.ada.customer.id, reason=Erasure.Reason.REQUESTED, by=by)


@act(erasing.close_accounts_again)
def close_again(world, **_) -> Call:
    by = Actor("portal", channel="restore", original="00" * 32)
    return lambda: erasing.close_accounts_again(accounts={world.ada.user.pk}, reference="11" * 32, by=by)


@act(holding.place_hold)
def place_hold(world, **_) -> Call:
    return lambda: hold(world)


@act(holding.place_hold_again)
def place_hold_again(world, **_) -> Call:
    about = {"reason": LegalHold.Reason.AUTHORITY, "review_on": date(2026, 1, 1), "officer": str(world.otto.pk)}
    hold, by = uuid4(), in_a_restoration()
    return lambda: holding.place_hold_again(hold=hold, customer=world.ada.customer.id, by=by, **about)


@act(holding.lift_hold)
def lift_hold(world, **_) -> Call:
    placed = hold(world).pk
    return lambda: holding.lift_hold(hold=placed, officer=member(world.otto), by=by_staff(world.otto))


@act(customer_records.choose_time_zone)
def choose_time_zone(world, **_) -> Call:
    chosen = {"customer": world.ada.customer.id, "time_zone": "Asia/Kolkata"}
    return lambda: customer_records.choose_time_zone(**chosen, by=world.ada.actor)


@act(customer_records.choose_language)
def choose_language(world, **_) -> Call:
    return lambda: customer_records.choose_language(customer=world.ada.customer.id, language="de", by=world.ada.actor)
