"""What officers write about a request and the portal does not take."""

import pytest

from consents.rights.rules import notes, questions

NOTE = "Max called for his sister Ada."


@pytest.mark.parametrize(
    ("passages", "why", "refusal"),
    [
        ([], "It is about her.", notes.NothingLeftOut),
        (["Ada"] * (notes.MOST_PASSAGES + 1), "It is about her.", notes.TooManyPassages),
        (["Ada", "Eva"], "It is about her.", notes.PassageNotThere),
        (["Ada"], " \n", notes.SayWhyLeftOut),
        (["Ada"], "x" * (notes.LONGEST_WHY + 1), notes.SayWhyLeftOut),
    ],
)
def test_what_is_left_out_of_a_note_stands_in_it_and_has_a_reason(passages, why, refusal):
    notes.check_passages(NOTE, ["Ada"] * notes.MOST_PASSAGES, "x" * notes.LONGEST_WHY)

    with pytest.raises(refusal):
        notes.check_passages(NOTE, passages, why)


def test_a_customer_is_asked_so_often_and_no_more():
    assert questions.check_question(" Which order? ", questions.MOST_QUESTIONS - 1) == "Which order?"

    with pytest.raises(questions.TooManyQuestions):
        questions.check_question("Which order?", questions.MOST_QUESTIONS)
