"""Play the demo's data breaches: one told to authority and customers and closed, one whose clock runs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from consents.breaches.models import Breach
from consents.breaches.rules import NewAnnouncement, NewAssessment, NewAuthorityNotice, Risk, Scope
from consents.breaches.services import announcing, recording
from consents.core import clock
from consents.ledger.rules import Actor
from consents.ops.demo.accounts import INES, JONAS, LUCIA, NILS, OTTO, PIA, Account, by_staff
from consents.ops.demo.timeline import Timeline
from consents.people.models import Acting, StaffMember

ASSESSMENT = NewAssessment(
    harms=["disclosed"],
    categories=["contact", "orders"],
    people=2,
    records=2,
    risk=Risk.HIGH,
    consequences="Strangers know a name, an address and what was bought. They may pretend to be from the shop.",
    measures="The carrier deleted the list and confirmed it in writing. Lists for carriers are sealed now.",
)
LAPTOP = NewAssessment(
    harms=["lost"],
    categories=["orders"],
    people=40,
    records=55,
    risk=Risk.SOME,
    consequences="None, as long as the key was not with it. We are finding out.",
    measures="Its access was closed within the hour. The railway looks for it.",
)
TEXTS = {
    "en": {
        "happened": "A list with your name, your address and one order was sent to the wrong carrier by mistake.",
        "consequences": "Someone might write or call you and pretend to be from us, because they know your order.",
        "measures": "The carrier deleted the list. If anyone asks you for a code or a payment, it is not us: call us.",
        "contact": "Otto Weiss, data protection, otto@harbourandpine.example",
    },
    "de": {
        "happened": "Eine Liste mit Ihrem Namen, Ihrer Adresse und einer Bestellung ging versehentlich an eine falsche"
        " Spedition.",
        "consequences": "Jemand könnte Ihnen schreiben oder Sie anrufen und sich als unser Haus ausgeben, weil Ihre"
        " Bestellung bekannt ist.",
        "measures": "Die Spedition hat die Liste gelöscht. Wenn jemand einen Code oder eine Zahlung von Ihnen verlangt,"
        " sind das nicht wir: Rufen Sie uns an.",
        "contact": "Otto Weiss, Datenschutz, otto@harbourandpine.example",
    },
    "es": {
        "happened": "Una lista con su nombre, su dirección y un pedido se envió por error a otro transportista.",
        "consequences": "Alguien podría escribirle o llamarle haciéndose pasar por nosotros, porque conoce su pedido.",
        "measures": "El transportista borró la lista. Si le piden un código o un pago, no somos nosotros: llámenos.",
        "contact": "Otto Weiss, protección de datos, otto@harbourandpine.example",
    },
}
LESSONS = "Two people look at the recipient before a list leaves. Lists are sealed for the carrier they are for."


class BreachStory:
    """Tells one breach: each method says when, and what officers do then."""

    def __init__(self, timeline: Timeline, staff: Mapping[Account, StaffMember]) -> None:
        self.timeline, self.staff = timeline, staff
        self.breach: Breach | None = None

    def begins(self, at: datetime, summary: str, assessment: NewAssessment) -> None:
        self.timeline.add(at, partial(self.record, summary))
        self.timeline.add(at + timedelta(hours=2), lambda: recording.assess_breach(new=assessment, **self.by(PIA)))

    def record(self, summary: str) -> None:
        nils, noticed_at = self.staff[NILS], clock.now() - timedelta(minutes=40)
        self.breach = recording.record_breach(noticed_at=noticed_at, summary=summary, officer=nils, by=by_staff(nils))

    def by(self, account: Account) -> dict[str, Any]:
        assert self.breach is not None
        member = self.staff[account]
        return {"breach": self.breach.pk, "officer": member, "by": by_staff(member)}

    def reaches_authority(self, at: datetime) -> None:
        self.timeline.add(at, self.settle)

    def settle(self) -> None:
        new = NewAuthorityNotice(clock.now() - timedelta(minutes=5), "Data Protection Commission", "BN-26-0931")
        recording.settle_authority(new=new, **self.by(PIA))

    def reaches(self, at: datetime, *customers: Account) -> None:
        """Write to these customers; another officer agrees an hour later."""
        new = NewAnnouncement(Scope.LISTED, TEXTS, tuple(customer.reference for customer in customers))
        self.timeline.add(at, lambda: announcing.propose_announcement(new=new, **self.by(PIA)))
        self.timeline.add(at + timedelta(hours=1), self.agree)

    def agree(self) -> None:
        assert self.breach is not None
        proposed, ines = self.breach.announcements.get(), self.staff[INES]
        announcing.decide_announcement(announcement=proposed.pk, is_agreed=True, officer=ines, by=by_staff(ines))
        announcing.carry_out_announcements()

    def is_read(self, at: datetime, acting: Acting) -> None:
        self.timeline.add(at, partial(self.read, acting))

    def read(self, acting: Acting) -> None:
        assert self.breach is not None
        notice = self.breach.announcements.get().notices.get(customer=acting.customer_id)
        announcing.confirm_reading(notice=notice.pk, acting=acting, by=Actor("customer", str(acting.user_id)))

    def ends(self, at: datetime) -> None:
        self.timeline.add(at, lambda: recording.close_breach(why_not_told="", lessons=LESSONS, **self.by(OTTO)))


def schedule_breaches(timeline: Timeline, staff: Mapping[Account, StaffMember], jonas: Acting) -> None:
    """Schedule a list that went to the wrong carrier, and an open one: nobody knows yet whom it concerns."""
    at = timeline.moment
    wrong_carrier = BreachStory(timeline, staff)
    wrong_carrier.begins(at(41, "09:10"), "A list for one carrier was sent to another.", ASSESSMENT)
    wrong_carrier.reaches_authority(at(40, "10:20"))
    wrong_carrier.reaches(at(40, "13:00"), JONAS, LUCIA)
    wrong_carrier.is_read(at(39, "19:30"), jonas)
    wrong_carrier.ends(at(30, "11:00"))
    unlocked = BreachStory(timeline, staff)
    summary = "A laptop of the warehouse was lost on a train. Its disk is encrypted."
    unlocked.begins(timeline.now - timedelta(hours=20), summary, LAPTOP)
