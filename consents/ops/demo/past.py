"""Script the access requests and choices of the demo's past."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from consents.breaches import services
from consents.breaches.models import Breach
from consents.breaches.rules import NewAnnouncement, NewAssessment, NewAuthorityNotice, Risk, Scope
from consents.catalogue.models import Category
from consents.core import clock
from consents.disclosures.reports.rules import Concern, Finding
from consents.exemptions.rules import Emergency, LegalOrder, NewDelay
from consents.insights.models import Question
from consents.insights.rules import STATISTICS, Grouping, Measure, Step
from consents.insights.services import questions as asking
from consents.insights.services import questions as insights_questions
from consents.ledger.rules import Actor
from consents.ops.demo import story as questions
from consents.ops.demo.customers import INES, JONAS, KIM, LUCIA, NILS, OTTO, PIA, SAM, Account, by_staff
from consents.ops.demo.story import ScriptedExemption, ScriptedLook, ScriptedQuestion, Story
from consents.ops.demo.timeline import Timeline
from consents.people.models import Acting, StaffMember


def schedule_maya(story: Story) -> None:
    """Requests in every state, choices in every status, looks old and new."""
    # Given, refused, and given but withdrawn later; never asked about the catalogue.
    at = story.timeline.moment
    story.agrees(at(80, "18:30"), "send-offers")
    story.disagrees(at(80, "18:31"), "ask-opinion")
    story.agrees(at(40, "21:00"), "recommend-products")
    schedule_autumn(story)
    second_look = schedule_last_month(story)
    early_look = schedule_this_week(story)
    schedule_emergency(story)
    schedule_reports(story, second_look, early_look)


def schedule_theo(story: Story) -> None:
    """Tell what Kim's manager did not agree to, and what waits for her now: Theo learns of neither."""
    at, now = story.timeline.moment, story.timeline.now
    story.is_declined_by_manager(at(9, "10:05"), questions.REFUND_TWICE, "The bank has the answer: ask them first.")
    story.waits_for_manager(now - timedelta(hours=4), questions.TWO_CARDS)


def schedule_autumn(story: Story) -> None:
    """Allowed and over, denied, never answered."""
    at = story.timeline.moment
    wrong_bill = story.asks(at(75, "09:40"), questions.WRONG_BILL)
    story.allows(at(75, "11:05"), wrong_bill)
    for time, category in [("11:12", "orders"), ("11:14", "contact"), ("12:31", "orders")]:
        story.is_looked_at(at(75, time), wrong_bill, category)

    which_tent = story.asks(at(58, "14:20"), questions.WHICH_TENT)
    story.refuses(at(57, "19:45"), which_tent, "I only wanted to know the price.")

    story.asks(at(50, "10:15"), questions.CARD_USED_TWICE)


def schedule_last_month(story: Story) -> ScriptedLook:
    """Partly allowed and stopped, allowed and ended with its consent, taken back. Returns a look that is reported."""
    at = story.timeline.moment
    odd_order = story.asks(at(30, "08:55"), questions.ODD_ORDER)
    story.allows(at(30, "12:02"), odd_order, "orders", shorter=timedelta(days=1))
    story.is_looked_at(at(30, "12:20"), odd_order, "orders")
    second_look = story.is_looked_at(at(30, "16:48"), odd_order, "orders")
    story.stops(at(30, "18:10"), odd_order)

    which_boots = story.asks(at(24, "13:30"), questions.WHICH_BOOTS)
    story.allows_by_telephone(at(24, "17:05"), which_boots, PIA)
    story.is_looked_at(at(23, "09:25"), which_boots, "orders")
    story.disagrees(at(20, "20:15"), "recommend-products")

    lost_parcel = story.asks(at(15, "10:00"), questions.LOST_PARCEL)
    story.takes_back(at(15, "11:35"), lost_parcel)
    return second_look


def schedule_this_week(story: Story) -> ScriptedLook:
    """Two that run, two that wait. Returns a look that is reported."""
    at, now = story.timeline.moment, story.timeline.now
    new_address = story.asks(at(6, "09:10"), questions.NEW_ADDRESS)
    story.allows(at(6, "12:45"), new_address)
    for days, time in [(6, "13:02"), (4, "10:16"), (2, "15:40")]:
        story.is_looked_at(at(days, time), new_address, "contact")

    late_parcel = story.asks(at(3, "08:30"), questions.LATE_PARCEL)
    story.allows(at(3, "18:20"), late_parcel, "orders")
    early_look = story.is_looked_at(at(2, "08:41"), late_parcel, "orders")
    story.is_looked_at(now - timedelta(hours=3), late_parcel, "orders")

    story.asks(now - timedelta(hours=26), questions.WEAK_KNEE)
    story.asks(now - timedelta(hours=2), questions.PHONE_NUMBER)
    return early_look


def schedule_nora(story: Story) -> None:
    """A child: her father answers for her, and is asked now."""
    at, now = story.timeline.moment, story.timeline.now
    story.agrees(at(66, "17:20"), "send-catalogue")
    story.disagrees(at(66, "17:22"), "recommend-products")

    small_boots = story.asks(at(33, "09:50"), questions.SMALL_BOOTS)
    story.allows(at(33, "18:15"), small_boots)
    story.is_looked_at(at(33, "18:40"), small_boots, "orders")

    story.asks(now - timedelta(hours=20), questions.LATE_TENT)


def schedule_jonas(story: Story) -> None:
    """Asked, and answering, in German."""
    at, now = story.timeline.moment, story.timeline.now
    story.waits_for_manager(now - timedelta(hours=21), questions.GLEICHE_STRASSE)
    story.agrees(at(62, "20:05"), "send-offers")
    story.agrees(at(62, "20:07"), "ask-opinion")

    zwei_abbuchungen = story.asks(at(44, "10:30"), questions.ZWEI_ABBUCHUNGEN)
    story.allows(at(44, "12:10"), zwei_abbuchungen, "orders")
    story.is_looked_at(at(44, "12:45"), zwei_abbuchungen, "orders")
    story.disagrees(at(18, "19:30"), "send-offers")
    schedule_order(story)

    story.asks(now - timedelta(hours=5), questions.FALSCHE_GROESSE)


def schedule_lucia(story: Story) -> None:
    """Asked, and answering, in Spanish: one access runs."""
    at, now = story.timeline.moment, story.timeline.now
    story.agrees(at(55, "21:10"), "recommend-products")
    story.disagrees(at(55, "21:12"), "share-for-ads")

    pedido_perdido = story.asks(at(2, "08:20"), questions.PEDIDO_PERDIDO)
    story.allows(at(2, "09:05"), pedido_perdido)
    story.is_looked_at(at(2, "09:30"), pedido_perdido, "orders")

    story.asks(now - timedelta(hours=9), questions.TARJETA)


def schedule_dana(story: Story, other: Story) -> None:
    """Two who share an account: both allowed, one stopped it; one has said yes to what waits, and to a purpose."""
    at, now = story.timeline.moment, story.timeline.now
    double_order = story.asks(at(5, "15:10"), questions.DOUBLE_ORDER)
    story.allows(at(5, "16:30"), double_order)
    other.allows(at(5, "19:05"), double_order, shorter=timedelta(days=1))
    story.is_looked_at(at(5, "19:40"), double_order, "orders")
    other.stops(at(5, "20:15"), double_order)

    call_back = story.asks(now - timedelta(hours=11), questions.CALL_BACK)
    story.allows(now - timedelta(hours=8), call_back)
    story.agrees(now - timedelta(hours=7), "recommend-products")


def schedule_others(stories: list[Story]) -> None:
    """A few weeks of ordinary work: what an officer's export of last month is made of."""
    for number, story in enumerate(stories):
        if number % 3:
            line = questions.care_question(("contact", "orders"), "I want to look up what you asked us about.")
        else:
            line = questions.fraud_question(("orders", "payment"), "I want to check that your last payment is right.")
        line = replace(line, case_number=f"C-{2100 + 9 * number}", duration=timedelta(hours=4))
        schedule_other(story, line, days=3 + 4 * number, ending=number % 5)


def schedule_other(story: Story, line: ScriptedQuestion, *, days: int, ending: int) -> None:
    """Ending 0 allowed, 1 allowed in part, 2 stopped, 3 denied, 4 not answered."""
    at = story.timeline.moment
    asked = story.asks(at(days, "09:20"), line)
    if ending in (0, 1, 2):
        story.allows(at(days, "10:50"), asked, *(["orders"] if ending == 1 else []))
        story.is_looked_at(at(days, "11:15"), asked, "orders")
    if ending == 2:
        story.stops(at(days, "11:40"), asked)
    if ending == 3:
        story.refuses(at(days - 1, "20:05"), asked)


# (code, field, grouping, measure, date field, step, titles)
QUESTIONS = [
    (
        "customers-by-year",
        *("date", Grouping.YEAR, Measure.CUSTOMERS, "", ""),
        ("Customers who ordered, by year", "Kunden mit Bestellungen, nach Jahr", "Clientes con pedidos, por año"),
    ),
    (
        "orders-by-price",
        *("price", Grouping.HUNDREDS, Measure.RECORDS, "", ""),
        ("Orders by price", "Bestellungen nach Preis", "Pedidos por precio"),
    ),
    (
        "customers-by-item",
        *("item", Grouping.VALUE, Measure.CUSTOMERS, "date", Step.YEAR),
        ("Customers by item, year by year", "Kunden nach Artikel, je Jahr", "Clientes por artículo, año a año"),
    ),
]
ASKED = 2  # of them; the worker counts them when the demo starts


def schedule_consents(stories: list[Story]) -> None:
    for number, story in enumerate(stories):
        story.agrees(story.timeline.now - timedelta(hours=40, minutes=number), STATISTICS)


def add_questions(officer: StaffMember, analyst: StaffMember) -> None:
    by_officer, by_analyst = by_staff(officer), by_staff(analyst)
    orders = Category.objects.get(code="orders")
    for place, (code, field, grouping, measure, date_field, step, titles) in enumerate(QUESTIONS):
        question = Question(
            code=code,
            words=dict(zip(("en", "de", "es"), titles, strict=True)),
            category=orders,
            field=field,
            grouping=grouping,
            measure=measure,
            date_field=date_field,
            step=step,
        )
        insights_questions.add_question(question=question, officer=officer, by=by_officer)
        if place < ASKED:
            asking.ask_insight(question=question.pk, period="", analyst=analyst, by=by_analyst)


# Play the demo's data breaches: one told to authority and customers and closed, one whose clock runs.

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
        self.timeline.add(at + timedelta(hours=2), lambda: services.assess_breach(new=assessment, **self.by(PIA)))

    def record(self, summary: str) -> None:
        nils, noticed_at = self.staff[NILS], clock.now() - timedelta(minutes=40)
        self.breach = services.record_breach(noticed_at=noticed_at, summary=summary, officer=nils, by=by_staff(nils))

    def by(self, account: Account) -> dict[str, Any]:
        assert self.breach is not None
        member = self.staff[account]
        return {"breach": self.breach.pk, "officer": member, "by": by_staff(member)}

    def reaches_authority(self, at: datetime) -> None:
        self.timeline.add(at, self.settle)

    def settle(self) -> None:
        new = NewAuthorityNotice(clock.now() - timedelta(minutes=5), "Data Protection Commission", "BN-26-0931")
        services.settle_authority(new=new, **self.by(PIA))

    def reaches(self, at: datetime, *customers: Account) -> None:
        """Write to these customers; another officer agrees an hour later."""
        new = NewAnnouncement(Scope.LISTED, TEXTS, tuple(customer.reference for customer in customers))
        self.timeline.add(at, lambda: services.propose_announcement(new=new, **self.by(PIA)))
        self.timeline.add(at + timedelta(hours=1), self.agree)

    def agree(self) -> None:
        assert self.breach is not None
        proposed, ines = self.breach.announcements.get(), self.staff[INES]
        services.decide_announcement(announcement=proposed.pk, is_agreed=True, officer=ines, by=by_staff(ines))
        services.carry_out_announcements()

    def is_read(self, at: datetime, acting: Acting) -> None:
        self.timeline.add(at, partial(self.read, acting))

    def read(self, acting: Acting) -> None:
        assert self.breach is not None
        notice = self.breach.announcements.get().notices.get(customer=acting.customer_id)
        services.confirm_reading(notice=notice.pk, acting=acting, by=Actor("customer", str(acting.user_id)))

    def ends(self, at: datetime) -> None:
        self.timeline.add(at, lambda: services.close_breach(why_not_told="", lessons=LESSONS, **self.by(OTTO)))


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


# Play what happened in the demo without the customer's answer: an emergency, a court order, and reports of looks.


def schedule_emergency(story: Story) -> None:
    """Schedule a dangerous stove: opened at once, checked the same day, and on the customer's page."""
    at = story.timeline.moment
    stove = ScriptedExemption(
        SAM,
        "answer-question",
        ("contact", "orders"),
        "A stove you bought may leak gas. I want to warn you today.",
        {
            "ground": Emergency(
                threat="Two stoves of this batch leaked gas and burned. Who has one must not light it.",
                no_other_way="Our email came back unread, and the stoves are used this weekend.",
            ),
            "at_once": True,
            "why_unasked": "danger",
            "unasked_words": "Waiting for an answer could have cost a life.",
        },
        case_number="R-0009",
    )
    without = story.is_gone_without(at(12, "16:05"), stove)
    story.is_looked_at(at(12, "16:07"), without, "orders")
    story.is_looked_at(at(12, "16:08"), without, "contact")
    story.is_granted_without(at(12, "18:30"), without, NILS, "The recall is real, and the order names this batch.")


def schedule_order(story: Story) -> None:
    """Schedule a court order that forbade to tell for a month; the notice released itself."""
    at = story.timeline.moment
    ordered = at(49, "09:00")
    order = ScriptedExemption(
        KIM,
        "check-fraud",
        ("orders",),
        "Ein Gericht hat uns verpflichtet, Ihre Bestellungen aus dem Mai vorzulegen.",
        {
            "ground": LegalOrder(
                statute="§ 95 StPO",
                order_number="162 Gs 1207",
                ordered_on=ordered.date(),
                authority="Amtsgericht Hamburg",
                scope_asked="Alle Bestellungen und alle Kontaktdaten.",
                necessity="Der Beschluss nennt diese Bestellungen. Die Kontaktdaten kennt das Gericht bereits.",
            ),
            "why_unasked": "forbidden",
            "unasked_words": "Der Beschluss verbietet es.",
        },
        case_number="F-0290",
        duration=timedelta(days=1),
    )
    without = story.is_gone_without(at(47, "10:20"), order)
    delay = NewDelay(
        law="§ 95a StPO",
        authority="Amtsgericht Hamburg",
        reason="Wer gewarnt ist, hätte Beweise beseitigen können.",
        until=at(17, "23:00"),
    )
    words = "Der Beschluss liegt vor. Herausgegeben wird nur, was er nennt."
    story.is_granted_without(at(47, "14:10"), without, PIA, words, delay)
    story.is_looked_at(at(47, "14:40"), without, "orders")


def schedule_reports(story: Story, answered: ScriptedLook, waiting: ScriptedLook) -> None:
    """Schedule one report with its answer, and one that waits for an officer."""
    at, now = story.timeline.moment, story.timeline.now
    story.reports(at(28, "20:10"), answered, Concern.TOO_MUCH, "Why did someone look a second time that day?")
    story.is_told_why(at(27, "09:15"), answered, "The warehouse called back, so I compared the address once more.")
    words = (
        "We checked it. The second look belongs to the same case, and Kim saw nothing else."
        " We have asked Kim to note such reasons."
    )
    story.is_answered(at(26, "15:30"), answered, PIA, Finding.IN_ORDER, words)
    story.reports(now - timedelta(hours=30), waiting, Concern.UNEXPECTED, "I had not even had breakfast.")
