"""Every expected no has a whole sentence for the person and a status that is neither success nor breakdown."""

import importlib
import pkgutil

import pytest

import consents
from consents.core.refusals import Refusal, Unknown


def refusals() -> list[type[Refusal]]:
    """Every refusal of every room, found and not listed."""
    for module in pkgutil.walk_packages(consents.__path__, "consents."):
        if module.name.rpartition(".")[2] in {"rules", "services", "refusals"} or ".services." in module.name:
            importlib.import_module(module.name)
    found, seen = [Refusal], []
    while found:
        kind = found.pop()
        seen.append(kind)
        found += kind.__subclasses__()
    return sorted(
        {kind for kind in seen if kind.__module__.startswith("consents.")} - {Refusal}, key=lambda k: k.__name__
    )


# A refusal whose sentence is made where it is raised.
SAYS_WHEN_RAISED = {"BadTerms", "MayNotLook", "Unknown"}


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_its_status_is_a_no(kind):
    assert 400 <= kind.status < 500


@pytest.mark.parametrize(
    "kind", [kind for kind in refusals() if kind.__name__ not in SAYS_WHEN_RAISED], ids=lambda kind: kind.__name__
)
def test_it_speaks_in_whole_sentences(kind):
    sentence = str(kind.sentence)
    assert sentence[:1].isupper()
    assert sentence.endswith((".", "?"))
    assert str(kind()) == sentence if kind.__init__ is Refusal.__init__ else True


def test_a_sentence_of_its_own_wins():
    assert str(Refusal("Call us.")) == "Call us."
    assert str(Refusal()) == ""


def test_what_is_not_there_and_what_is_not_yours_are_one_answer():
    assert (Unknown.status, str(Unknown())) == (404, "")


def test_it_is_told_apart_from_a_bug():
    assert not issubclass(Refusal, (ValueError, TypeError, LookupError, AssertionError))
