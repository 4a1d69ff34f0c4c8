"""Expected refusals of acts on choices."""

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal, Unknown


class TextHasChanged(Refusal):
    sentence = _("The text of this choice changed while your page was open. Read the new text; nothing was saved.")


class DamagedForm(NotValid):
    sentence = _("Your answer arrived incomplete. Read the text below and answer again; nothing was saved.")


class NoAnswerChosen(NotValid):
    sentence = _("Choose one of the buttons.")


class NoSuchPurpose(Unknown):
    sentence = _("There is no such choice.")


class NotPossibleNow(Refusal):
    sentence = _("Your choice has changed in the meantime. Read where it stands now; nothing was saved.")


class NeedsConfirmation(Refusal):
    sentence = _("This choice needs one more step: confirm that you agree. Nothing was saved.")


class NeedsGuardian(NotPermitted):
    sentence = _("You are not old enough to agree to this alone. Ask your parent or guardian. You can say no yourself.")


class OldEnough(NotPermitted):
    sentence = _("This customer is now old enough to decide alone. Only they can agree.")


class AskedTooSoon(Refusal):
    sentence = _("This customer said no recently. No one may ask again yet.")
