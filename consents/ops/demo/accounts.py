"""The accounts of the demo."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from consents.accounts.company_accounts import make_account
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Acting, Customer, Role, StaffMember, User
from consents.people.services import claim_codes, claiming, representing
from consents.people.services.staff_members import admit_staff, assign_manager

PASSWORD = "only-for-this-demo"


@dataclass(frozen=True)
class Account:
    """`reference`: a customer's number, or the staff number. `country`, `region`, `language`: of a customer."""

    role: str
    name: str
    email: str
    reference: str
    team: str = ""
    country: str = "GB"
    region: str = ""
    language: str = "en"

    @property
    def first_name(self) -> str:
        return self.name.split()[0]

    @property
    def last_name(self) -> str:
        return self.name.split()[-1]


MAYA = Account("customer", "Maya Lindqvist", "maya@example.com", "HP-10001")
THEO = Account("customer", "Theo Marsh", "theo@example.com", "HP-10002")
JONAS = Account("customer", "Jonas Keller", "jonas@example.com", "HP-10004", country="DE", language="de")
LUCIA = Account("customer", "Lucía Romero", "lucia@example.com", "HP-10005", country="ES", language="es")
DANA = Account("customer", "Dana Whitfield", "dana@example.com", "HP-10007", country="US", region="CA")
SAM = Account("requester", "Sam Okafor", "sam@harbourandpine.example", "S-104", "Customer Care")
KIM = Account("requester", "Kim Larsen", "kim@harbourandpine.example", "S-117", "Payment Safety")
PIA = Account("privacy_officer", "Pia Brandt", "pia@harbourandpine.example", "S-102", "Privacy")
NILS = Account("privacy_officer", "Nils Berg", "nils@harbourandpine.example", "S-101", "Privacy")
OTTO = Account("compliance_officer", "Otto Weiss", "otto@harbourandpine.example", "S-103", "Compliance")
INES = Account("compliance_officer", "Ines Costa", "ines@harbourandpine.example", "S-105", "Compliance")
# Leads Sam and Kim: agrees first where a purpose asks for it.
JUNE = Account("requester", "June Park", "june@harbourandpine.example", "S-110", "Service Management")
STAFF = [PIA, NILS, OTTO, INES, SAM, KIM, JUNE]
CUSTOMERS = [MAYA, THEO, JONAS, LUCIA, DANA]
# Shares Dana's account: both must agree.
ELI = Account("customer", "Eli Whitfield", "eli@example.com", "HP-10007", country="US", region="CA")
ACCOUNTS = [*CUSTOMERS, ELI, SAM, KIM, JUNE, PIA, NILS, OTTO, INES]

# A child without an address of her own, too young to consent alone: Theo, her father, acts for her.
NORA = Account("customer", "Nora Marsh", "", "HP-10006")

# On file, and never signed in: the one to claim a record with, by the code that is mailed to her.
ROSA = Account("customer", "Rosa Delgado", "rosa@example.com", "HP-10003")


def build_account_json(account: Account) -> dict[str, str]:
    """Return the account as `demo --json` prints it."""
    return {
        "role": account.role,
        "name": account.name,
        "email": account.email,
        "password": PASSWORD,
        "reference": account.reference,
    }


def employ_everybody() -> dict[Account, StaffMember]:
    staff = {account: employ_staff(account) for account in STAFF}
    for account in (SAM, KIM):
        assign_manager(member=staff[account], manager=staff[JUNE], by=PORTAL)
    for number, member in enumerate(staff.values()):  # as they must have: nobody waits for an invitation
        member.user.last_login = timezone.now() - timedelta(days=1, minutes=73 * number)
        member.user.save(update_fields=["last_login"])
    return staff


def employ_staff(account: Account) -> StaffMember:
    member = admit_staff(
        email=account.email,
        role=Role(account.role),
        team=account.team,
        first_name=account.first_name,
        last_name=account.last_name,
        number=account.reference,
        by=PORTAL,
    )
    set_demo_password(member.user)
    return member


def sign_up_customer(email: str, *, password: bool) -> Acting:
    """Create a verified user connected to their record, as if by an emailed code."""
    user = make_account(email)
    if password:
        set_demo_password(user)
    claiming.match_user_to_record(user=user, by=Actor("customer", str(user.pk)))
    return user.actings.get()


type Officers = tuple[StaffMember, StaffMember]


def appoint_guardian(guardian: Acting, child: Customer, officers: Officers) -> Acting:
    acting = let_in(guardian.user, child, Acting.Capacity.GUARDIAN, officers)
    representing.choose_spoken_name(acting=acting.pk, user=guardian.user, name="Nora")
    return acting


def share_account(account: Account, customer: Customer, officers: Officers) -> Acting:
    user = make_account(account.email)
    set_demo_password(user)
    return let_in(user, customer, Acting.Capacity.HOLDER, officers)


def let_in(user: User, customer: Customer, capacity: Acting.Capacity, officers: Officers) -> Acting:
    """Claim the record with a code that two officers made after checking who gets it."""
    first, second = officers
    by_first = by_staff(first)
    proposed = claim_codes.propose_claim_code(customer=customer.pk, capacity=capacity, officer=first, by=by_first)
    claim_codes.approve_claim_code(claim_code=proposed.pk, officer=second, by=by_staff(second))
    code = claim_codes.print_claim_code(claim_code=proposed.pk, officer=first, by=by_first)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    acting: Acting = user.actings.get(customer=customer)
    return acting


def set_demo_password(user: User) -> None:
    user.password = hash_demo_password()
    user.save(update_fields=["password"])


@cache
def hash_demo_password() -> str:
    """One for everybody, and everybody knows it: a quarter of the work of setting the demo up would be these."""
    return make_password(PASSWORD)


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))
