"""What happened at Harbour & Pine before today."""

from datetime import timedelta

from consents.access.models import Reason
from consents.demo.story import Line, Story
from consents.demo.timeline import Timeline
from consents.people.models import Acting, StaffMember


def tell_of_maya(timeline: Timeline, acting: Acting, sam: StaffMember, kim: StaffMember) -> None:
    """Requests in every state, choices in every status, looks old and new."""
    story, at = Story(timeline, acting), timeline.moment
    tell_of_choices(story)

    wrong_bill = story.asks(
        at(75, "09:40"),
        Line(
            sam,
            "answer-question",
            ("contact", "orders"),
            "You wrote that a bill is wrong. I want to compare it.",
            case_number="C-2207",
        ),
    )
    story.allows(at(75, "11:05"), wrong_bill)
    for time, category in [("11:12", "orders"), ("11:14", "contact"), ("12:31", "orders")]:
        story.is_looked_at(at(75, time), wrong_bill, category)

    survey = story.asks(
        at(58, "14:20"),
        Line(
            sam,
            "answer-question",
            ("orders",),
            "You asked about tents. I want to see which one you have.",
            case_number="C-2391",
        ),
    )
    story.refuses(at(57, "19:45"), survey, "I only wanted to know the price.")

    story.asks(
        at(50, "10:15"),
        Line(
            kim,
            "check-fraud",
            ("payment",),
            "A card was used twice on one day. I want to check that it was you.",
            Reason.FRAUD_CHECK,
            duration=timedelta(days=1),
        ),
    )

    odd_order = story.asks(
        at(30, "08:55"),
        Line(
            kim,
            "check-fraud",
            ("orders", "payment"),
            "An order was sent to a new address. I want to check it is yours.",
            Reason.FRAUD_CHECK,
            case_number="F-0318",
            duration=timedelta(days=3),
        ),
    )
    story.allows(at(30, "12:02"), odd_order, "orders", shorter=timedelta(days=1))
    story.is_looked_at(at(30, "12:20"), odd_order, "orders")
    story.is_looked_at(at(30, "16:48"), odd_order, "orders")
    story.stops(at(30, "18:10"), odd_order)

    advice = story.asks(
        at(24, "13:30"),
        Line(
            sam,
            "recommend-products",
            ("orders",),
            "You asked which boots suit you. I want to see what you had before.",
            duration=timedelta(days=7),
        ),
    )
    story.allows(at(24, "17:05"), advice)
    story.is_looked_at(at(23, "09:25"), advice, "orders")
    story.disagrees(at(20, "20:15"), "recommend-products")

    called_off = story.asks(
        at(15, "10:00"),
        Line(sam, "answer-question", ("support",), "You called about a parcel. I want to read what we noted."),
    )
    story.takes_back(at(15, "11:35"), called_off)
    tell_of_this_week(story, sam, kim)


def tell_of_choices(story: Story) -> None:
    at = story.timeline.moment
    story.agrees(at(80, "18:30"), "send-offers")
    story.disagrees(at(80, "18:31"), "ask-opinion")
    story.agrees(at(40, "21:00"), "recommend-products")


def tell_of_this_week(story: Story, sam: StaffMember, kim: StaffMember) -> None:
    at, now = story.timeline.moment, story.timeline.now
    new_address = story.asks(
        at(6, "09:10"),
        Line(
            sam,
            "answer-question",
            ("contact",),
            "You told us that you are moving. I want to check your new address.",
            case_number="C-2655",
            duration=timedelta(days=14),
        ),
    )
    story.allows(at(6, "12:45"), new_address)
    for days, time in [(6, "13:02"), (4, "10:16"), (2, "15:40")]:
        story.is_looked_at(at(days, time), new_address, "contact")

    late_parcel = story.asks(
        at(3, "08:30"),
        Line(
            sam,
            "answer-question",
            ("orders", "support"),
            "You wrote that a parcel is late. I want to find it.",
            Reason.ORDER_PROBLEM,
            case_number="C-2671",
            duration=timedelta(days=7),
        ),
    )
    story.allows(at(3, "18:20"), late_parcel, "orders")
    story.is_looked_at(at(2, "08:41"), late_parcel, "orders")
    story.is_looked_at(now - timedelta(hours=3), late_parcel, "orders")

    story.asks(
        now - timedelta(hours=26),
        Line(
            sam,
            "answer-question",
            ("care",),
            "You asked for boots that are good for your knee. I want to choose well.",
            sensitive_reason="What you told us about your knee stands only there.",
            case_number="C-2690",
        ),
    )
    story.asks(
        now - timedelta(hours=2),
        Line(
            kim,
            "check-fraud",
            ("contact",),
            "Somebody tried to change your phone number. I want to compare it.",
            Reason.FRAUD_CHECK,
            case_number="F-0344",
            answer_within=timedelta(days=2),
        ),
    )


def tell_of_others(timeline: Timeline, actings: list[Acting], sam: StaffMember, kim: StaffMember) -> None:
    """A few weeks of ordinary work: what an officer's export of last month is made of."""
    for number, acting in enumerate(actings):
        days = 3 + 4 * number
        member, purpose, categories = (
            (sam, "answer-question", ("contact", "orders"))
            if number % 3
            else (kim, "check-fraud", ("orders", "payment"))
        )
        reason = Reason.YOU_CONTACTED_US if number % 3 else Reason.FRAUD_CHECK
        story = Story(timeline, acting)
        line = Line(
            member,
            purpose,
            categories,
            "I want to look up what you asked us about.",
            reason,
            case_number=f"C-{2100 + 9 * number}",
            duration=timedelta(hours=4),
        )
        tell_of_other(story, line, days, number % 5)


def tell_of_other(story: Story, line: Line, days: int, ending: int) -> None:
    at = story.timeline.moment
    asked = story.asks(at(days, "09:20"), line)
    if ending in (0, 1, 2):
        story.allows(at(days, "10:50"), asked, *(["orders"] if ending == 1 else []))
        story.is_looked_at(at(days, "11:15"), asked, "orders")
    if ending == 2:
        story.stops(at(days, "11:40"), asked)
    if ending == 3:
        story.refuses(at(days - 1, "20:05"), asked)
