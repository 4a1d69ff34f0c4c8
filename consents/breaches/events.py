"""Events of data breaches, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "breach.recorded": EventWords("", _("A data breach was recorded."), export=_("data breach recorded")),
        "breach.assessed": EventWords("", _("The data breach was assessed."), export=_("data breach assessed")),
        "breach.authority_settled": EventWords(
            "",
            _("Recorded whether the authority was told of the data breach."),
            export=_("authority told of a data breach, or why not"),
        ),
        "breach.announcement_proposed": EventWords(
            "",
            _("It was proposed what customers are told of the data breach."),
            export=_("words to customers about a data breach proposed"),
        ),
        "breach.announcement_decided": EventWords(
            "",
            _("A second officer decided what customers are told of the data breach."),
            export=_("words to customers about a data breach decided"),
        ),
        "breach.customers_listed": EventWords(
            "",
            _("More customers were listed to be told of the data breach."),
            export=_("customers listed to be told of a data breach"),
        ),
        "breach.announcement_done": EventWords(
            "",
            _("Everybody concerned has been told of the data breach."),
            export=_("everybody told of a data breach"),
        ),
        "breach.told": EventWords(
            _("We told you of a security incident that concerns your data."),
            _("The customer was told of the data breach."),
            export=_("customer told of a data breach"),
        ),
        "breach.read": EventWords(
            _("You confirmed that you read our notice about a security incident."),
            _("The customer confirmed having read the notice about the data breach."),
            _("%(other)s confirmed that they read our notice about a security incident."),
            export=_("customer confirmed having read of a data breach"),
        ),
        "breach.closed": EventWords("", _("The data breach was closed."), export=_("data breach closed")),
    }
)
