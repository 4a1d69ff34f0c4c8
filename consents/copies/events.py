"""Events of the copies of a customer's data and of the codes that lead to them, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.event_words import EventWords, has_outcome, register_events
from consents.ledger.models import Entry
from consents.rights.rules.delivery import RIGHT, DeliveryWay


def is_by_staff(entry: Entry) -> bool:
    return entry.actor_kind == "staff"


def is_with_code(entry: Entry) -> bool:
    return "code" in entry.facts


EVENTS = register_events(
    {
        "rights_request.packaged": EventWords(_("Your data was ready to download"), _("The package was made")),
        "rights_request.package_asked": EventWords(
            _("You asked us to make it again"),
            _("It was asked to be made again"),
            variants=[(is_by_staff, EventWords(_("An officer had it made again")))],
        ),
        "rights_request.package_downloaded": EventWords(
            _("Your data was downloaded"),
            _("It was downloaded"),
            variants=[(is_with_code, EventWords(_("Your data was downloaded with a code")))],
        ),
        "rights_request.package_removed": EventWords(
            _("The download was removed after two weeks"),
            _("The package was removed: its two weeks were over, or what it held was deleted"),
            variants=[
                (
                    has_outcome("part_erased"),
                    EventWords(_("The download was removed, since it held what you had deleted")),
                )
            ],
        ),
        "rights_request.code_made": EventWords(
            _("We gave out a code to download your data without an account"),
            _("A code for it was made"),
            variants=[
                (
                    has_outcome(DeliveryWay.MAILED),
                    EventWords(_("A code to download your data without an account was mailed to you")),
                )
            ],
        ),
        "rights_request.code_typed": EventWords(
            _("Somebody typed a wrong code for your data"),
            _("A code was typed"),
            variants=[(has_outcome(RIGHT), EventWords(_("The code for your data was typed")))],
        ),
        "rights_request.code_ended": EventWords(_("We ended the code for your data"), _("The code was ended")),
    }
)
