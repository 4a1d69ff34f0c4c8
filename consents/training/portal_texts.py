"""The module that comes with the portal, `portal_module/`: one file a language, title, text and questions."""

from pathlib import Path
from typing import Any

from consents.training import rules

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
    questions = {language: rules.parse_questions(words["questions"]) for language, words in written.items()}
    return rules.build_words(written, questions), rules.find_solution(questions)
