"""Events of sign-in, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

STEP_ADDED = _("%(other)s added a second step to their sign-in.")
STEP_REMOVED = _("%(other)s removed a second step from their sign-in.")
EVENTS = register_events(
    {
        "account.left": EventWords("", _("Somebody closed a sign-in that led to no record.")),
        "account.password_changed": EventWords(
            _("The password of your sign-in was changed."),
            _("Someone changed the password of their sign-in."),
            _("%(other)s changed the password of their sign-in."),
        ),
        "account.factor_added": EventWords(
            _("A second step was added to your sign-in."),
            _("Someone added a second step to their sign-in."),
            STEP_ADDED,
            variants={
                "webauthn": EventWords(_("A passkey was added to your sign-in."), other=STEP_ADDED),
                "totp": EventWords(_("An authenticator app was added to your sign-in."), other=STEP_ADDED),
                "recovery_codes": EventWords(_("New recovery codes were made for your sign-in."), other=STEP_ADDED),
            },
        ),
        "account.factor_removed": EventWords(
            _("A second step was removed from your sign-in."),
            _("Someone removed a second step from their sign-in."),
            STEP_REMOVED,
            variants={
                "webauthn": EventWords(_("A passkey was removed from your sign-in."), other=STEP_REMOVED),
                "totp": EventWords(_("The authenticator app was removed from your sign-in."), other=STEP_REMOVED),
            },
        ),
        "provider_ties.rekeyed": EventWords(
            "", _("Ties to people of the company's provider were hashed once more, with the newest index key.")
        ),
        "session.ended": EventWords(
            _("You signed out on other devices."),
            _("Someone signed out on their other devices."),
            _("%(other)s signed out on other devices."),
        ),
    }
)
