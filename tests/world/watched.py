"""What is sent with a request, which tells what of it the portal has asked for.

What asks for nothing of it answers the same whatever is sent: a walk through every page need not send it more.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from django.http import HttpRequest, QueryDict

# Asked for of every form before the page gets it: with a bad one, no page would read anything else.
GATE = "shown_for"
# Noted where somebody looks at all there is.
WHOLE = "*"


class Watched(QueryDict):
    asked: ClassVar[set[str]] = set()
    is_parsed = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_parsed = True

    def note(self, *names: str) -> None:
        if self.is_parsed:
            self.asked.update(names)

    def note_all(self) -> list[str]:
        names = [*super().__iter__()]
        self.note(*names, WHOLE)
        return names

    def __contains__(self, name: object) -> bool:
        self.note(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> Any:
        self.note(name)
        return super().__getitem__(name)

    def getlist(self, name: str, default: Any = None) -> Any:
        self.note(name)
        return super().getlist(name, default)

    def __len__(self) -> int:
        return len(self.note_all())

    def __iter__(self) -> Iterator[str]:
        return iter(self.note_all())

    def keys(self) -> Any:
        return dict.fromkeys(self.note_all()).keys()

    def lists(self) -> Iterable[tuple[str, list[Any]]]:
        return [(name, self.getlist(name)) for name in self]

    def items(self) -> Iterable[tuple[str, Any]]:
        return [(name, self[name]) for name in self]


@contextmanager
def watch_what_is_asked() -> Iterator[set[str]]:
    """Give the names of what has been asked for, of all that is sent meanwhile."""
    names: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for module in ("core.handlers.wsgi", "http.request"):
            patch.setattr(f"django.{module}.QueryDict", Watched)
        patch.setattr(Watched, "asked", names)
        yield names


@contextmanager
def watch_who_heeds_a_form() -> Iterator[set[str]]:
    """The same for what is sent as a browser's form with files, which nothing but a page itself reads from the body."""
    with watch_what_is_asked() as names, pytest.MonkeyPatch.context() as patch:
        read_body = HttpRequest.body.fget

        def note_and_read(request: HttpRequest) -> bytes:
            names.add(WHOLE)
            return read_body(request)

        patch.setattr(HttpRequest, "body", property(note_and_read))
        patch.setattr("django.http.QueryDict", Watched)
        yield names
