"""Hints for the one sentence a customer will read. They advise; they never stop anybody. Pure."""

import re

from django.utils.translation import gettext as _

WORDS_MOST = 20
LETTERS_MANY = 160
# Words of offices, not of people. Compared in lower case.
JARGON_WORDS = """
account-holder aforementioned asap backlog chargeback crm dsar escalate escalated escalation facilitate herein
hereby leverage onboarding outreach pursuant query reconcile reconciliation remediate remediation
retention sla stakeholder stakeholders subject synergy touchpoint triage upsell utilise utilize workflow
"""
JARGON = frozenset(JARGON_WORDS.split())
ABBREVIATION = re.compile(r"\b[A-Z]{2,}\b")


def hints_for(sentence: str) -> list[str]:
    """What would make the sentence easier to read; empty when it reads well."""
    words = re.findall(r"[^\W\d_][\w'’-]*", sentence)
    odd = [word for word in words if word.lower() in JARGON] + ABBREVIATION.findall(sentence)
    found = []
    if len(words) > WORDS_MOST or len(sentence) > LETTERS_MANY:
        found.append(_("This is long. Sentences under 20 words are read to the end."))
    if odd:
        found.append(_("Say it in everyday words: %(words)s.") % {"words": ", ".join(dict.fromkeys(odd))})
    return found
