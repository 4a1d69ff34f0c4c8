"""Events of training, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "training_module.drafted": EventWords("", _("The module was drafted.")),
        "training_module.changed": EventWords("", _("The module was changed.")),
        "training_module.published": EventWords("", _("The module was published.")),
        "training.tried": EventWords("", _("The questions were answered.")),
        "training.attested": EventWords("", _("The training was attested.")),
    }
)
