"""Expected refusals of acts on choices."""

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal, Unknown


class TextHasChanged(Refusal):
    sentence = _("The text of this choice changed while your page was open. Read the new text; nothing was saved.")


class NotWhole(Refusal):
    sentence = _("Your page did not reach us whole. Read the text below and answer again; nothing was saved.")
    status = 422


class NoButton(Refusal):
    sentence = _("Choose one of the buttons.")
    status = 422


class NoSuchPurpose(Unknown):
    sentence = _("There is no such choice.")


class NotPossibleNow(Refusal):
    sentence = _("This is not possible now: your choice has changed. Read where it stands; nothing was saved.")


class NeedsConfirmation(Refusal):
    sentence = _("This choice needs one more step: confirm that you agree. Nothing was saved.")


class NeedsGuardian(Refusal):
    sentence = _("You are not old enough to agree to this alone. Ask your parent or guardian. You can say no yourself.")
    status = 403


class OldEnough(Refusal):
    sentence = _("This customer is old enough now to decide alone. Only they can agree.")
    status = 403


class AskedTooSoon(Refusal):
    sentence = _("This customer said no not long ago. Nobody may ask again yet.")
