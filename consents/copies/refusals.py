"""Refusals of copies and collection codes."""

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import Refusal


class NoPackage(Refusal):
    sentence = _("The copy is no longer available. Ask us to prepare it again.")


class CodeDoesNotWork(Refusal):
    """Raised for every reason alike, so that guessing reveals nothing."""

    status = 422
    sentence = _(
        "The number and the code do not match, or the code no longer works. Check both, or ask us for another code."
    )


class CanSignIn(Refusal):
    sentence = _("This customer has an account and can download it there. No code is needed.")


class CodeIsMailed(Refusal):
    sentence = _("The email address on file works: the code is emailed, and no one here sees it.")


class CodeIsNotMailed(Refusal):
    sentence = _(
        "There is no working email address for this customer alone. Give out the code on paper or by calling back."
    )


class CheckedIdentity(Refusal):
    status = 403
    sentence = _("The officer who confirmed the identity cannot give out the code; another officer must do it.")


class CodeEnded(Refusal):
    sentence = _("This code no longer works. Make another one.")
