"""Events of the keys that sign the ledger, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "signing_key.made": EventWords("", _("A new signing key came into use.")),
        "signing_key.withdrawn": EventWords("", _("A signing key was withdrawn.")),
    }
)
