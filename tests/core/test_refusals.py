"""Every expected no has a whole sentence for the person and a status that is neither success nor breakdown."""

import importlib
import re
from pathlib import Path

import consents
from consents.core.refusals import Refusal, Unknown

ROOMS = Path(consents.__path__[0])


def refusals() -> list[type[Refusal]]:
    """Every refusal of every room, found and not listed."""
    for path in sorted(ROOMS.rglob("*.py")):
        if re.search(r"^class \w+\((\w+\.)?(Refusal|Unknown)\)", path.read_text("utf-8"), re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(ROOMS.parent).with_suffix("").parts))
    found, seen = [Refusal], set()
    while found:
        kind = found.pop()
        seen.add(kind)
        found += kind.__subclasses__()
    ours = {kind for kind in seen if kind.__module__.startswith("consents.")} - {Refusal}
    return sorted(ours, key=lambda kind: (kind.__name__, kind.__module__))


def has_sentence(kind: type[Refusal]) -> bool:
    return bool(str(kind.sentence))


def test_its_status_is_a_no_or_not_now(subtests):
    for kind in refusals():
        with subtests.test(kind=kind):
            assert 400 <= kind.status < 500 or kind.status == 503


def test_it_speaks_in_whole_sentences(subtests):
    for kind in filter(has_sentence, refusals()):
        with subtests.test(kind=kind):
            sentence = str(kind.sentence)
            assert sentence[:1].isupper() or sentence.startswith("%(name)s ")
            assert sentence.endswith((".", "?"))
            assert str(kind()) == sentence if kind.__init__ is Refusal.__init__ else True


def test_one_without_a_sentence_gets_it_where_it_is_raised():
    """But for "not there", which has a page of its own."""
    silent = {kind.__name__ for kind in refusals() if not has_sentence(kind) and not issubclass(kind, Unknown)}
    names = silent - {kind.__name__ for kind in refusals() if has_sentence(kind)}  # two rooms may share a name
    bare = re.compile(rf"raise ({'|'.join(names)})(\(\))?(\s|$)", re.MULTILINE)
    assert not [path for path in ROOMS.rglob("*.py") if bare.search(path.read_text("utf-8"))]


def test_a_sentence_of_its_own_wins():
    assert str(Refusal("Call us.")) == "Call us."
    assert str(Refusal()) == ""


def test_what_is_not_there_and_what_is_not_yours_are_one_answer():
    assert (Unknown.status, str(Unknown())) == (404, "")


def test_it_is_told_apart_from_a_bug():
    assert not issubclass(Refusal, (ValueError, TypeError, LookupError, AssertionError))
