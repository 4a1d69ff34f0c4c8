"""The letter in which recipients are told what a customer asked for and what was done."""

from django.utils.translation import gettext as _

from consents.rights.customers.presenting import describe_parts, list_scope_names
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Outcome
from consents.vault import selectors as vault


def build_notice_letter(rights_request: RightsRequest) -> list[str]:
    """Write what recipients are to be told (GDPR Art 19; 11 CCR 7022(b), 7026(f), 7027(g)); the officer adds whose data
    it is, which no page of a request shows."""
    done = Outcome(rights_request.outcome).label if rights_request.outcome else _("being worked on")
    facts = {"right": rights_request.get_request_type_display(), "done": done, "number": rights_request.number}
    deleted = describe_parts(vault.get_done_erasure(rights_request.pk)).get("deleted", [])
    kinds = deleted or list_scope_names(rights_request)
    facts["kinds"] = ", ".join(kinds) or _("all data you received from us")
    return [
        _("A customer of ours, customer number ……………, has asked us: %(right)s. It is %(done)s.") % facts,
        _("It is about: %(kinds)s.") % facts,
        _("Please do the same with what you received from us, and tell those to whom you passed it on."),
        _("Confirm it to us, naming %(number)s. If you cannot, tell us why.") % facts,
    ]
