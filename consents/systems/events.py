"""Events of the company's other systems, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "webhooks.resumed": EventWords("", _("What a system could not be told was sent again.")),
        "webhooks.tested": EventWords("", _("A test was sent to a system.")),
    }
)
