"""Words of the pages about requests that wait for the requester's manager. Decides nothing."""

from typing import Any

from django.utils.translation import gettext as _

from consents.access.models import ProposedRequest
from consents.access.rules.agreement import ProposalState
from consents.access.rules.causes import WORDS
from consents.access.selectors.proposals import open_proposal_words
from consents.catalogue.models import Category
from consents.core.durations import describe_duration, format_local_moment
from consents.ledger.event_words import describe_for_staff
from consents.ledger.models import Entry
from consents.people.models import StaffMember


def describe_proposal_state(proposed: ProposedRequest) -> tuple[str, str]:
    """Return (tone, word)."""
    return {
        ProposalState.WAITING: ("wait", _("Waiting for the manager")),
        ProposalState.AGREED: ("yes", _("Agreed, customer asked")),
        ProposalState.DECLINED: ("no", _("Not agreed")),
        ProposalState.ENDED: ("no", _("Ended, customer not asked")),
    }[ProposalState(proposed.state)]


def describe_who_is_next(proposed: ProposedRequest, reader: Any) -> str:
    """Say on whom it waits, to a reader who is not the one; empty where nothing waits."""
    manager = get_working_manager(proposed.staff.staff_member)
    if proposed.state != ProposalState.WAITING or (manager and manager.pk == reader.pk):
        return ""
    if manager is None:
        return _("The manager has left. A privacy or compliance officer can set another one, who then decides.")
    return _("%(name)s decides. The customer is not told of it before.") % {"name": manager.user.get_full_name()}


def get_working_manager(member: StaffMember) -> StaffMember | None:
    manager: StaffMember | None = member.manager
    return manager if manager and manager.ended_at is None else None


def list_proposal_facts(proposed: ProposedRequest) -> list[tuple[str, Any]]:
    words = open_proposal_words(proposed, "words")
    categories = Category.objects.filter(code__in=proposed.categories).order_by("order", "code")
    facts = [
        (_("Customer"), str(proposed.customer_id)[:8]),
        (_("What for"), proposed.version.name),
        (_("Why now"), proposed.get_reason_display()),
        (_("In one sentence"), words.get("sentence")),
        (_("Why sensitive data"), words.get("sensitive_reason")),
        (_("Case number"), words.get("case_number")),
        (_("Asked by"), name_asker(proposed)),
        (_("Which data"), ", ".join(category.title for category in categories)),
        (_("Access for"), describe_duration(proposed.duration)),
        (_("The customer answers within"), describe_duration(proposed.answer_within)),
        (_("Sent"), format_local_moment(proposed.proposed_at)),
        (_("Decided by"), proposed.decided_by.get_full_name() if proposed.decided_by else ""),
        (_("Why not"), open_proposal_words(proposed, "reason").get("reason")),
    ]
    return [(label, value) for label, value in facts if value]


def name_asker(proposed: ProposedRequest) -> str:
    """Name the requester as the request will, once the manager agrees: “Sam from Billing Support”."""
    member = proposed.staff.staff_member
    return _("%(name)s from %(team)s") % {"name": member.user.first_name, "team": member.team}


def describe_proposal_entry(proposed: ProposedRequest, entry: Entry) -> str:
    words = describe_for_staff(entry, who=name_asker(proposed))
    cause = entry.facts.get("cause")
    return f"{WORDS[cause].staff} {words}" if cause in WORDS else words
