"""Carry a customer whom staff looked up from one form to the next: who finds them is on record, and only they go on."""

from uuid import UUID

from django.core import signing

from consents.people.models import User

FOUND_CUSTOMER_SALT = "consents.people.found"
# How long a look-up counts, seconds: whoever wants to know later how a customer stands looks them up again, on record.
FOUND_CUSTOMER_LIFETIME = 24 * 3600


def sign_found_customer(customer: UUID, member: User) -> str:
    """Sign a customer that was looked up, to carry it in the form; only the finder can use it, for a day."""
    return signing.dumps(f"{member.pk} {customer}", salt=FOUND_CUSTOMER_SALT)


def verify_found_customer(text: str, member: User) -> UUID | None:
    try:
        signed = signing.loads(text, salt=FOUND_CUSTOMER_SALT, max_age=FOUND_CUSTOMER_LIFETIME)
        finder, customer = signed.split(" ")
    except (signing.BadSignature, ValueError, AttributeError):
        return None
    return UUID(customer) if finder == str(member.pk) else None
