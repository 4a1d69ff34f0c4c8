"""Ask staff for one customer, and carry whom they found from one form to the next: who finds them is on record, and
only they go on.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from consents.core.fields import UnechoedField
from consents.core.refusals import NotValid, Refusal
from consents.ledger.rules import Actor
from consents.people.models import Customer, User
from consents.people.rules import normalize_address
from consents.people.services import customer_records

FOUND_CUSTOMER_SALT = "consents.people.found"
# How long a look-up counts, seconds: whoever wants to know later how a customer stands looks them up again, on record.
FOUND_CUSTOMER_LIFETIME = 24 * 3600


class NoSingleCustomer(NotValid):
    sentence = _("No single customer has exactly this number or address. Check it, or use the number.")


def look_up_typed_customer(typed: str, by: Actor) -> Customer:
    """Return the customer whose number or address was typed. Done before the act and apart from it: the look-up stays
    on record, and counts, when the act is refused. Raises NoSingleCustomer, TooManyLookUps."""
    customer = customer_records.look_up_customer(text=typed, by=by)
    if customer is None:
        raise NoSingleCustomer
    return customer


def build_who_field(help_text: Any, *, label: Any = "", missing: Any = "") -> forms.CharField:
    """Build a field for what finds one customer; what was typed is never shown again."""
    return UnechoedField(
        label=label or _("Customer"),
        help_text=help_text,
        error_messages={"required": missing or _("Type the customer number or the email address.")},
    )


class CustomerLookUpForm(forms.Form):
    """Ask for the exact number or address of one customer. The page looks them up, on record."""

    who = build_who_field(
        _("Exactly the customer number, or exactly the email address on file. There is no list to browse.")
    )

    def look_up(self, by: Actor) -> Customer | None:
        """Look the customer up, on record; None with the reason in the form."""
        try:
            return look_up_typed_customer(self.cleaned_data["who"], by)
        except Refusal as refusal:
            self.add_error("who" if isinstance(refusal, NoSingleCustomer) else None, str(refusal))
            return None


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


class AddressField(forms.EmailField):
    """Takes an address in any spelling and gives its one spelling (rules.normalize_address)."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalize_address(text) if text else text
