"""Refusals of copies and collection codes."""

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal


class NoPackage(Refusal):
    sentence = _("The copy is no longer available. Ask us to prepare it again.")


class CodeDoesNotWork(NotValid):
    """Raised for every reason alike, so that guessing reveals nothing."""

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


class CheckedIdentity(NotPermitted):
    sentence = _("The officer who confirmed the identity cannot give out the code; another officer must do it.")


class CodeEnded(Refusal):
    sentence = _("This code no longer works. Make another one.")


class NoSystem(NotValid):
    sentence = _("Name the system it is from.")


class NoFilesHere(Refusal):
    sentence = _("Files are added to a copy before the request is answered, once it is known whose it is.")


class SayWhatIsLeftOut(NotValid):
    sentence = _("Say what is left out and why, in words for the customer.")


class TooManyFiles(NotValid):
    sentence = _("A copy holds at most %(n)d files. Put several of them into one PDF.")


class FileTooLarge(NotValid):
    sentence = _("A file may have at most %(n)d MB. Send it in parts.")


class FileIsTakenOut(Refusal):
    sentence = _("This file was taken out of the copy.")


class FileWaits(Refusal):
    sentence = _("A file of this copy waits for a second officer, who must agree to what is left out.")
