"""A record is held by one person, and a code works once, whoever comes at the same time."""

import pytest
from allauth.socialaccount.models import SocialAccount

from consents.access.models import Grant
from consents.accounts import company_accounts
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Acting, Customer, StaffMember, User
from consents.people.services import claiming, customer_records, staff_members
from tests.races.meetings import won
from tests.world.cast import make_user
from tests.world.claim_codes import make_claim_code
from tests.world.colleagues import by_officer
from tests.world.exemptions import decide, file_order
from tests.world.systems import make_sign_in


def test_arriving_many_times_leads_to_the_record_once(real_world, race):
    customer_records.open_customer_record(reference="C-7", email="new@example.com", by=PORTAL)
    user = make_user("new@example.com")

    won(race(*[lambda: claiming.match_user_to_record(user=user, by=Actor("customer", str(user.pk)))] * 6))

    assert Acting.objects.filter(user=user).count() == 1
    assert Entry.objects.filter(event="record.claimed", actor=str(user.pk)).count() == 1


def by_user(user: User) -> Actor:
    return Actor("customer", str(user.pk))


def test_a_code_is_used_by_one(real_world, race):
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL)
    code = make_claim_code(customer=customer, officer=real_world.pia.user, by=PORTAL)
    users = [make_user(f"claimer{n}@example.com") for n in range(4)]

    outcomes = race(
        *(lambda user=user: claiming.claim_record_by_code(user=user, code=code, by=by_user(user)) for user in users)
    )

    assert len(won(outcomes)) == 1
    assert Acting.objects.filter(customer=customer, ends_at=None).count() == 1


def test_one_person_with_two_codes_ends_with_one_record(real_world, race):
    user = make_user("twice@example.com")
    records = [customer_records.open_customer_record(reference=f"C-8{n}", by=PORTAL) for n in range(2)]
    codes = [make_claim_code(customer=one, officer=real_world.pia.user, by=PORTAL) for one in records]

    won(
        race(
            *(lambda code=code: claiming.claim_record_by_code(user=user, code=code, by=by_user(user)) for code in codes)
        )
    )

    assert Customer.objects.filter(actings__user=user, actings__ends_at=None).count() == 1


def test_two_officers_who_end_each_other_do_not_both_go(real_world, race):
    otto, pia = real_world.otto, real_world.pia

    def end(officer, member):
        mine = StaffMember.objects.get(pk=officer.pk)
        return lambda: staff_members.end_colleague_place(member=member.pk, officer=mine, by=by_officer(officer))

    assert len(won(race(end(otto, pia), end(pia, otto)))) == 1
    assert StaffMember.objects.filter(pk__in=[otto.pk, pia.pk], ended_at=None).count() == 1


@pytest.mark.parametrize(("whose", "known"), [("staff", True), ("customers", True), ("customers", False)])
def test_of_two_people_whom_a_provider_gives_one_address_one_is_tied(real_world, race, whose, known):
    if whose == "customers":
        customer_records.open_customer_record(reference="C-7", by=PORTAL)
    email = "sam@example.com" if whose == "staff" else "noa@example.com"
    if known and whose == "customers":
        make_user(email)
    sign_in = make_sign_in(whose, reference="number")
    claims = {"email": email, "email_verified": True, "number": "C-7", "given_name": "Noa"}

    def come(subject: str):
        return lambda: company_accounts.admit_by_claims(sign_in=sign_in, claims=claims | {"sub": subject})

    assert len(won(race(*(come(subject) for subject in "abcd")))) == 1
    assert SocialAccount.objects.count() == 1 and User.objects.filter(email=email).count() == 1


def test_what_is_granted_while_its_requester_leaves_ends_with_them(real_world, race):
    filed = file_order(real_world)

    won(
        race(
            lambda: decide(real_world, filed),
            lambda: staff_members.end_staff_membership(member=real_world.sam, by=PORTAL),
        )
    )

    assert not Grant.objects.filter(exemption=filed.pk, ended_at=None).exists()
