"""Events of the catalogue, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "category.drafted": EventWords("", _("Drafted.")),
        "category.changed": EventWords("", _("Changed.")),
        "category.published": EventWords("", _("Published.")),
        "recipient.drafted": EventWords("", _("Drafted.")),
        "recipient.changed": EventWords("", _("Changed.")),
        "purpose.drafted": EventWords("", _("Drafted.")),
        "purpose.changed": EventWords("", _("Changed.")),
        "purpose.retired": EventWords("", _("Retired.")),
        "retirement.proposed": EventWords("", _("An officer asked for the end of this purpose.")),
        "retirement.cancelled": EventWords(
            "", _("The end of this purpose was taken back or refused: it stays in use.")
        ),
        "purpose_version.drafted": EventWords("", _("Drafted.")),
        "purpose_version.changed": EventWords("", _("Changed.")),
        "purpose_version.published": EventWords("", _("Published.")),
    }
)
