"""Script the access requests and choices of the demo's past."""

from dataclasses import replace
from datetime import timedelta

from consents.ops.demo import questions, without
from consents.ops.demo.accounts import PIA
from consents.ops.demo.story import ScriptedLook, ScriptedQuestion, Story


def schedule_maya(story: Story) -> None:
    """Requests in every state, choices in every status, looks old and new."""
    schedule_choices(story)
    schedule_autumn(story)
    second_look = schedule_last_month(story)
    early_look = schedule_this_week(story)
    without.schedule_emergency(story)
    without.schedule_reports(story, second_look, early_look)


def schedule_choices(story: Story) -> None:
    """Given, refused, and given but withdrawn later; never asked about the catalogue."""
    at = story.timeline.moment
    story.agrees(at(80, "18:30"), "send-offers")
    story.disagrees(at(80, "18:31"), "ask-opinion")
    story.agrees(at(40, "21:00"), "recommend-products")


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
    without.schedule_order(story)

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
