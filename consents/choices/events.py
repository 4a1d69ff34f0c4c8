"""Events of standing consent, of marks and of reminders, in words."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from consents.choices.rules import OPT_OUT_PAGE, SIGNAL, TEXT_CHANGED
from consents.ledger.models import Entry
from consents.ledger.rules import Case, EventWords, register_events


def has_method(method: str) -> Callable[[Entry], bool]:
    return lambda entry: bool(entry.facts.get("method") == method)


def is_recorded_by_staff(entry: Entry) -> bool:
    return bool(entry.facts.get("recorded_by"))


def is_by_telephone(entry: Entry) -> bool:
    return is_recorded_by_staff(entry) and entry.facts.get("channel") == "phone"


REFUSED_ELSEWHERE: dict[Case, EventWords] = {
    is_by_telephone: EventWords(
        _("A no was given by telephone. %(who)s recorded it; no code proved who called."),
        _("Consent was refused by telephone. %(who)s recorded it; no code proved who called."),
    ),
    is_recorded_by_staff: EventWords(
        _("A no was given, and not on these pages. %(who)s recorded it."),
        _("Consent was refused elsewhere than on the customer’s pages. %(who)s recorded it."),
    ),
}
WITHDRAWN_ELSEWHERE: dict[Case, EventWords] = {
    is_by_telephone: EventWords(
        _("Consent was withdrawn by telephone, and we stopped. %(who)s recorded it; no code proved who called."),
        _("Consent was withdrawn by telephone. %(who)s recorded it; no code proved who called."),
    ),
    is_recorded_by_staff: EventWords(
        _("Consent was withdrawn, and not on these pages. We stopped. %(who)s recorded it."),
        _("Consent was withdrawn elsewhere than on the customer’s pages. %(who)s recorded it."),
    ),
}
OPT_OUTS: dict[Case, EventWords] = {
    has_method(SIGNAL): EventWords(
        _("Your browser asked us not to sell or share your data. Opt-out request honored."),
        _("The customer’s browser asked not to sell or share their data."),
        _("The browser of %(other)s asked us not to sell or share the data. Opt-out request honored."),
    ),
    has_method(OPT_OUT_PAGE): EventWords(
        _("You asked us not to sell or share your data. Opt-out request honored."),
        _("The customer asked not to sell or share their data."),
        _("%(other)s asked us not to sell or share the data. Opt-out request honored."),
    ),
}
EVENTS = register_events(
    {
        "consent.requested": EventWords(_("We asked you to look at this again."), _("Consent was requested again.")),
        "consent.given": EventWords(
            _("You agreed to version %(number)s of the text."),
            _("Consent was given to version %(number)s of the text."),
            _("%(other)s agreed to version %(number)s of the text."),
        ),
        "consent.renewed": EventWords(
            _("You renewed your consent, to version %(number)s of the text."),
            _("Consent was renewed, to version %(number)s of the text."),
            _("%(other)s renewed consent, to version %(number)s of the text."),
        ),
        "consent.refused": EventWords(
            _("You said no."),
            _("Consent was refused."),
            _("%(other)s said no."),
            variants=OPT_OUTS | REFUSED_ELSEWHERE,
        ),
        "consent.withdrawn": EventWords(
            _("You withdrew your consent. We stopped."),
            _("Consent was withdrawn."),
            _("%(other)s withdrew consent. We stopped."),
            variants=OPT_OUTS | WITHDRAWN_ELSEWHERE,
        ),
        "joint_consent.assented": EventWords(
            _(
                "You agreed to version %(number)s of the text. It counts once everyone who shares "
                "the account has agreed."
            ),
            _(
                "One holder agreed to version %(number)s of the text. It counts once everyone who shares "
                "the account has agreed."
            ),
            _(
                "%(other)s agreed to version %(number)s of the text. It counts once everyone who shares "
                "the account has agreed."
            ),
        ),
        "joint_consent.refused": EventWords(
            _("You said no to what someone who shares your account had agreed to."),
            _("A holder said no to what another had agreed to."),
            _("%(other)s said no to what someone who shares the account had agreed to."),
        ),
        "consent.deferred": EventWords(
            _("You chose “Not now”. That is a no."),
            _("The customer chose “Not now”."),
            _("%(other)s chose “Not now”. That is a no."),
        ),
        "consent.expired": EventWords(_("Your consent ran out. We stopped."), _("Consent ran out.")),
        "consent.revoked": EventWords(
            _("We no longer do this, so your consent ended."),
            _("Consent ended with the purpose."),
            variants={
                has_method(TEXT_CHANGED): EventWords(
                    _("The text changed so much that your consent stopped counting."),
                    _("Consent ended, as the text changed too much."),
                ),
            },
        ),
        "consent.invalidated": EventWords(
            _("Your consent was found to be invalid. We stopped."), _("Consent was found to be invalid.")
        ),
        "restriction.placed": EventWords(_("The use of your data was paused."), _("The use of the data was paused.")),
        "restriction.lift_announced": EventWords(
            _("We told you that the pause ends."), _("The customer was told that the pause ends.")
        ),
        "restriction.lifted": EventWords(_("The pause ended."), _("The pause ended.")),
        "objection.placed": EventWords(
            _("You objected, and we stopped."), _("The customer objected."), _("%(other)s objected, and we stopped.")
        ),
        "objection.lift_announced": EventWords(
            _("We told you that your objection ends."), _("The customer was told that the objection ends.")
        ),
        "objection.lifted": EventWords(_("Your objection ended."), _("The objection ended.")),
        "limit.placed": EventWords(
            _("You limited the use of sensitive data."),
            _("The customer limited the use of sensitive data."),
            _("%(other)s limited the use of sensitive data."),
        ),
        "limit.lift_announced": EventWords(
            _("We told you that your limit ends."), _("The customer was told that the limit ends.")
        ),
        "limit.lifted": EventWords(_("Your limit ended."), _("The limit ended.")),
        "choices.digest_queued": EventWords(
            _("We reminded you of your choices."), _("The customer was reminded of their choices.")
        ),
    }
)
