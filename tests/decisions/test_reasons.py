"""The reasons that a system can be told, which the description and the guide list."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from consents.catalogue.models import LegalBasis
from consents.choices.rules import STORED, Marks, StoredChoice
from consents.decisions.api.answering import NO_REASONS, NOT_FOR_SYSTEM, UNKNOWN_SUBJECT, YES_REASONS
from consents.decisions.rules import DecisionCode, PurposeFacts, decide_for_system
from consents.vault.rules import Remainder

GUIDE = Path(__file__).resolve().parents[2] / "portal/deploy/README.md"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_they_are_all_that_is_ever_decided():
    purposes = [None] + [
        PurposeFacts(basis, has_category, has_category, 2)
        for basis, has_category in product(LegalBasis.values, (True, False))
    ]
    ends = (NOW - timedelta(days=1), None)
    choices = [None, *(StoredChoice(*each) for each in product(STORED, (1, 2), ends))]
    marks = [Marks(*each) for each in product((False, True), repeat=3)]
    decided = {
        decide_for_system(purpose=purpose, said=said, marks=marked, now=NOW, left=left)
        for purpose, said, marked, left in product(purposes, choices, marks, Remainder)
    }

    others = {DecisionCode.NO_SUCH_CUSTOMER, NOT_FOR_SYSTEM, UNKNOWN_SUBJECT}
    assert {decision.why for decision in decided if decision.allowed} == set(YES_REASONS)
    assert {decision.why for decision in decided if not decision.allowed} == set(NO_REASONS) - others


def test_the_guide_names_each():
    [listed] = re.findall(r"The reasons: (.*?)\.\n", GUIDE.read_text(), re.DOTALL)

    assert set(re.findall(r"`(\w+)`", listed)) == {str(reason) for reason in (*YES_REASONS, *NO_REASONS)}
