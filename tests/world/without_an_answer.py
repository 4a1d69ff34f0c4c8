"""What happens without a customer's answer, one of each kind."""

from types import SimpleNamespace

from consents.access.models import Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.core import clock
from consents.disclosures.reports import services as reports
from consents.disclosures.reports.rules import Concern
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.services import filing
from consents.ledger.rules import PORTAL
from tests.world.exemptions import by_staff, open_emergency
from tests.world.insights import add_question, ask_insight, make_statistics_purpose
from tests.world.training import publish_module, train


def happen_without_an_answer(world: SimpleNamespace) -> None:
    """An emergency with its look, the report of it, a sign of a bypass, a block, a training, a question
    for statistics."""
    grant = Grant.objects.get(exemption=open_emergency(world).pk)
    look = disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam)).opening
    said = {"concern": Concern.KNOWN, "words": "", "acting": world.ada.acting, "by": world.ada.actor}
    reports.file_look_report(opening=look, **said)
    sign = BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1")
    filing.raise_bypass_alert(sign=sign, by=PORTAL)
    blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)
    publish_module(world)
    train(world.sam)
    make_statistics_purpose(world)
    ask_insight(world, add_question(world))
