"""Play what happened in the demo without the customer's answer: an emergency, a court order, and reports of looks."""

from datetime import timedelta

from consents.disclosures.reports.rules import Concern, Finding
from consents.exemptions.rules import Emergency, LegalOrder, NewDelay
from consents.ops.demo.accounts import KIM, NILS, PIA, SAM
from consents.ops.demo.story import ScriptedExemption, ScriptedLook, Story


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
