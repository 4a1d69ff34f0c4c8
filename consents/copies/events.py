"""Events of the copies of a customer's data and of the codes that lead to them, in words."""

from django.utils.translation import gettext_lazy as _

from consents.copies.rules import LeftOut
from consents.ledger.models import Entry
from consents.ledger.rules import EventWords, register_events
from consents.rights.rules import RIGHT, DeliveryWay


def is_by_staff(entry: Entry) -> bool:
    return entry.actor_kind == "staff"


def is_with_code(entry: Entry) -> bool:
    return "code" in entry.facts


EVENTS = register_events(
    {
        "rights_request.file_added": EventWords(
            _("We added a file from one of our systems to your copy"),
            _("A file was added to the copy"),
            variants={
                LeftOut.PART: EventWords(_("We added a file to your copy, with parts blacked out")),
                LeftOut.WHOLE: EventWords(_("We left a file out of your copy")),
            },
        ),
        "rights_request.file_read": EventWords(
            _("An officer read a file for your copy."), _("A file for the copy was read"), is_in_copy_only=True
        ),
        "rights_request.file_agreed": EventWords(
            _("A second officer agreed to what is left out of your copy"),
            _("A second officer agreed to what is left out"),
        ),
        "rights_request.file_taken_out": EventWords(
            _("We took a file out of your copy before it was sent."),
            _("A file was taken out of the copy"),
            is_in_copy_only=True,
        ),
        "rights_request.packaged": EventWords(_("Your data was ready to download"), _("The package was made")),
        "rights_request.package_asked": EventWords(
            _("You asked us to make it again"),
            _("It was asked to be made again"),
            _("%(other)s asked us to make it again"),
            variants={is_by_staff: EventWords(_("An officer had it made again"))},
        ),
        "rights_request.package_downloaded": EventWords(
            _("Your data was downloaded"),
            _("It was downloaded"),
            _("%(other)s downloaded the data"),
            variants={is_with_code: EventWords(_("Your data was downloaded with a code"))},
        ),
        "rights_request.package_removed": EventWords(
            _("The download was removed after two weeks"),
            _("The package was removed: its two weeks were over"),
            variants={
                "part_erased": EventWords(
                    _("The download was removed, since some of your data was deleted"),
                    _("The package was removed, since some of this customer’s data was deleted"),
                ),
            },
        ),
        "rights_request.code_made": EventWords(
            _("We gave out a code to download your data without an account"),
            _("A code for it was made"),
            variants={
                DeliveryWay.MAILED: EventWords(_("A code to download your data without an account was mailed to you"))
            },
        ),
        "rights_request.code_typed": EventWords(
            _("Somebody typed a wrong code for your data"),
            _("A code was typed"),
            variants={RIGHT: EventWords(_("The code for your data was typed"))},
        ),
        "rights_request.code_ended": EventWords(_("We ended the code for your data"), _("The code was ended")),
    }
)
