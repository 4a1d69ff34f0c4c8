"""What officers write about a request and the portal does not take."""

import pytest

from consents.rights import rules

NOTE = "Max called for his sister Ada."


@pytest.mark.parametrize(
    ("passages", "why", "refusal"),
    [
        ([], "It is about her.", rules.NothingLeftOut),
        (["Ada"] * (rules.MOST_PASSAGES + 1), "It is about her.", rules.TooManyPassages),
        (["Ada", "Eva"], "It is about her.", rules.PassageNotThere),
        (["Ada"], " \n", rules.SayWhyLeftOut),
        (["Ada"], "x" * (rules.LONGEST_WHY + 1), rules.SayWhyLeftOut),
    ],
)
def test_what_is_left_out_of_a_note_stands_in_it_and_has_a_reason(passages, why, refusal):
    rules.check_passages(NOTE, ["Ada"] * rules.MOST_PASSAGES, "x" * rules.LONGEST_WHY)

    with pytest.raises(refusal):
        rules.check_passages(NOTE, passages, why)


def test_a_customer_is_asked_so_often_and_no_more():
    assert rules.check_question(" Which order? ", rules.MOST_QUESTIONS - 1) == "Which order?"

    with pytest.raises(rules.TooManyQuestions):
        rules.check_question("Which order?", rules.MOST_QUESTIONS)
