"""Events of emails and reminders, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "digests.chosen": EventWords(
            _("You chose how often we remind you of your choices."),
            _("The customer chose how often they are reminded."),
            _("%(other)s chose how often we send reminders of choices."),
        ),
        "staff_emails.chosen": EventWords("", _("A member of staff chose how they are told of what waits for them.")),
        "address.failed": EventWords(_("An email to you did not arrive."), _("An email did not arrive.")),
        "address.restored": EventWords(_("Email reaches you again."), _("Email reaches the address again.")),
        "message.retried": EventWords(_("We sent you an email again."), _("An email was sent again.")),
    }
)
