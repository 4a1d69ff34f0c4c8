"""A data breach, step by step, as officers take them: Pia records and writes, Otto agrees."""

from datetime import timedelta
from typing import Any

from consents.breaches import services
from consents.breaches.models import Announcement, Breach
from consents.breaches.rules import NewAnnouncement, NewAssessment, NewAuthorityNotice, Risk, Scope
from consents.core import clock
from consents.ledger.rules import Actor

PARTS = ("happened", "consequences", "measures", "contact")


def by(member) -> Actor:
    return Actor("staff", str(member.pk))


def record_breach(world, ago: timedelta = timedelta(hours=1)) -> Breach:
    noticed = {"noticed_at": clock.now() - ago, "summary": "A list of orders was sent to the wrong address."}
    return services.record_breach(**noticed, officer=world.pia, by=by(world.pia))


def build_assessment(risk: Risk = Risk.HIGH, **changes: Any) -> NewAssessment:
    facts: dict[str, Any] = {
        "harms": ["disclosed"],
        "categories": ["orders"],
        "people": 2,
        "records": 7,
        "consequences": "Strangers may know what was ordered.",
        "measures": "The list was deleted.",
    }
    return NewAssessment(**facts | {"risk": risk} | changes)


def assess_breach(world, breach: Breach, risk: Risk = Risk.HIGH):
    new = build_assessment(risk)
    return services.assess_breach(breach=breach.pk, new=new, officer=world.pia, by=by(world.pia))


def tell_authority(world, breach: Breach):
    new = NewAuthorityNotice(clock.now(), "Data Protection Commission", "C-26-11")
    return services.settle_authority(breach=breach.pk, new=new, officer=world.pia, by=by(world.pia))


def build_announcement(*references: str, **changes: Any) -> NewAnnouncement:
    """To everybody, where no numbers are given."""
    texts = {language: {part: f"{part} in {language}" for part in PARTS} for language in ("en", "de", "es")}
    scope = Scope.LISTED if references else Scope.EVERYBODY
    return NewAnnouncement(**{"scope": scope, "texts": texts} | changes, references=references)


def propose_announcement(world, breach: Breach, *references: str) -> Announcement:
    new = build_announcement(*references)
    return services.propose_announcement(breach=breach.pk, new=new, officer=world.pia, by=by(world.pia))


def agree(world, announcement: Announcement, officer=None) -> Announcement:
    officer = officer or world.otto
    return services.decide_announcement(announcement=announcement.pk, is_agreed=True, officer=officer, by=by(officer))


def tell_ada(world, breach: Breach) -> Announcement:
    """Tell Ada alone, by two officers."""
    announcement = propose_announcement(world, breach, world.ada.customer.reference)
    agree(world, announcement)
    services.carry_out_announcements()
    return Announcement.objects.get(pk=announcement.pk)


def close_breach(world, breach: Breach, why_not_told: str = ""):
    return services.close_breach(
        breach=breach.pk, why_not_told=why_not_told, lessons="Lists are sealed.", officer=world.pia, by=by(world.pia)
    )
