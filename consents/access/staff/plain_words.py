"""Hints for the one sentence a customer will read. They advise; they never stop anybody. Pure."""

import re

from django.utils.translation import gettext as _

MAX_WORDS = 20
MAX_LETTERS = 160
# Office jargon. Compared in lower case.
JARGON_WORDS = """
account-holder aforementioned asap backlog chargeback crm dsar escalate escalated escalation facilitate herein
hereby leverage onboarding outreach pursuant query reconcile reconciliation remediate remediation
retention sla stakeholder stakeholders subject synergy touchpoint triage upsell utilise utilize workflow
"""
JARGON = frozenset(JARGON_WORDS.split())
ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")


def suggest_plain_words(sentence: str) -> list[str]:
    """Return hints that would make the sentence easier to read; none when it reads well."""
    words = re.findall(r"[^\W\d_][\w'’-]*", sentence)
    odd = [word for word in words if word.lower() in JARGON] + ABBREVIATION.findall(sentence)
    hints = []
    if len(words) > MAX_WORDS or len(sentence) > MAX_LETTERS:
        hints.append(_("This is long. Sentences under 20 words are read to the end."))
    if odd:
        hints.append(_("Say it in everyday words: %(words)s.") % {"words": ", ".join(dict.fromkeys(odd))})
    return hints
