"""The questions of a module as officers write them, and the order in which answers are shown. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotPermitted, NotValid, Refusal

# How long before an attestation lapses its member gets an email.
REMIND_BEFORE = timedelta(days=14)
RIGHT, WRONG = "+ ", "- "


class NotTrained(NotPermitted):
    sentence = _("Your training is missing or has lapsed. Finish it, then ask again.")


class ModuleIsPublished(Refusal):
    sentence = _("This version is published and stays as it is. Write a new version instead.")


class OutdatedModule(Refusal):
    sentence = _("This version is no longer in force. Read the current one and answer again.")


class QuestionLeftOut(NotValid):
    sentence = _("Answer every question.")


class NotPrivacyOfficer(NotPermitted):
    sentence = _("Only a privacy officer can publish a module.")


class MembershipEnded(NotPermitted):
    sentence = _("Your staff account has ended.")


@dataclass(frozen=True)
class Question:
    """`right` is the place of the right answer."""

    question: str
    answers: tuple[str, ...]
    right: int


def parse_questions(text: str) -> list[Question]:
    """Parse blocks of a question, then a line for each answer: `+` before the right one, `-` before the others.

    Raises NotValid.
    """
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return [parse_question(block.strip().split("\n"), place) for place, block in enumerate(blocks, start=1)]


def parse_question(lines: list[str], place: int) -> Question:
    question, *answers = [line.strip() for line in lines if line.strip()]
    right = [number for number, answer in enumerate(answers) if answer.startswith(RIGHT)]
    if len(answers) < 2 or len(right) != 1 or not all(answer.startswith((RIGHT, WRONG)) for answer in answers):
        raise NotValid(
            _("Question %(place)d needs at least two answers, exactly one of them marked with “+”."), place=place
        )
    return Question(question, tuple(answer[2:].strip() for answer in answers), right[0])


def write_questions(questions: Iterable[Mapping[str, Any]], solution: list[int]) -> str:
    """Write stored questions in the form that `parse_questions` takes in."""
    blocks = []
    for question, right in zip(questions, solution, strict=True):
        marks = [RIGHT if place == right else WRONG for place in range(len(question["answers"]))]
        lines = [mark + answer for mark, answer in zip(marks, question["answers"], strict=True)]
        blocks.append("\n".join([question["question"], *lines]))
    return "\n\n".join(blocks)


def find_solution(questions: Mapping[str, list[Question]]) -> list[int]:
    """Return the place of the right answer to each question. Raises NotValid if languages differ."""
    shapes = {tuple((len(question.answers), question.right) for question in listed) for listed in questions.values()}
    if len(shapes) > 1:
        raise NotValid(_("Questions, answers and the right one must stand in the same order in every language."))
    return [right for _answers, right in next(iter(shapes), ())]


def build_words(
    written: Mapping[str, Mapping[str, str]], questions: Mapping[str, list[Question]]
) -> dict[str, dict[str, Any]]:
    """Build the words of a version from title and text, and the questions, of each language."""
    return {
        language: {
            "title": written[language]["title"],
            "text": written[language]["text"],
            "questions": [{"question": question.question, "answers": list(question.answers)} for question in listed],
        }
        for language, listed in questions.items()
    }


def check_module_is_complete(words: Mapping[str, Mapping[str, Any]], languages: Iterable[str]) -> None:
    parts = ("title", "text", "questions")
    if not all(words.get(language, {}).get(part) for language in languages for part in parts):
        raise NotValid(_("A module needs a title, a text and questions in every language of the portal."))


def list_shuffled_places(token: UUID, question: int, answers: int) -> list[int]:
    """Return the places of a question's answers in the order in which this form shows them."""
    return sorted(range(answers), key=lambda place: hashlib.sha256(f"{token} {question} {place}".encode()).digest())


def split_text(text: str) -> list[tuple[str, str]]:
    """Split the text of a module into ("heading" or "paragraph", words)."""
    blocks = [" ".join(block.split()) for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return [("heading", block[3:]) if block.startswith("## ") else ("paragraph", block) for block in blocks]


FOLDER = Path(__file__).with_name("portal_module")
CODE = "ask-first"
BORDER = "\n=====\n"


def read_language(path: Path) -> dict[str, str]:
    body, questions = path.read_text(encoding="utf-8").split(BORDER)
    title, text = body.split("\n", 1)
    return {"title": title.strip(), "text": text.strip(), "questions": questions.strip()}


def read_module() -> dict[str, dict[str, str]]:
    """Return language → title, text and questions as an officer would write them."""
    return {path.stem: read_language(path) for path in sorted(FOLDER.glob("*.txt"))}


def build_initial_module() -> dict[str, Any]:
    """Build what the form for a new module begins with."""
    return {"code": CODE} | {
        f"{name}_{language}": text for language, words in read_module().items() for name, text in words.items()
    }


def parse_module() -> tuple[dict[str, Any], list[int]]:
    """Return words and solution as a version stores them."""
    written = read_module()
    questions = {language: parse_questions(words["questions"]) for language, words in written.items()}
    return build_words(written, questions), find_solution(questions)
