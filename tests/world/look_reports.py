"""A look that its customer reports, and an officer's decision."""

from consents.disclosures.models import LookReport, Opening
from consents.disclosures.reports import services
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.services import disclose_records
from tests.world.cast import answer, ask
from tests.world.exemptions import by_staff


def look_at_orders(world) -> Opening:
    grant = answer(world, ask(world, "orders")).grants.get()
    seen = disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    return Opening.objects.get(pk=seen.opening)


def report_look(world, look: Opening, who=None) -> LookReport:
    who = who or world.ada
    said = {"concern": Concern.UNEXPECTED, "words": "Marker: why at night?", "acting": who.acting, "by": who.actor}
    return services.file_look_report(opening=look.pk, **said)


def decide_report(world, filed: LookReport, officer=None) -> LookReport:
    officer = officer or world.pia
    said = {"finding": Finding.NOT_IN_ORDER, "words": "It was a mistake.", "officer": officer, "by": by_staff(officer)}
    return services.decide_look_report(report=filed.pk, **said)
