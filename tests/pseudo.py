"""A made-up language, xx: whatever goes through gettext comes out accented and in brackets, so that what did not go
through it stands out. Built on `trans_real`, hence Django's and allauth's own words are in it too."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import trans_real

from consents.law.authorities import CALIFORNIAN, NATIONAL
from consents.people.rules import TIME_ZONES
from consents.rights.models import RightsRequest
from consents.rights.selectors import list_thread

CODE = "xx"
OPEN, CLOSE = "⟦", "⟧"
CONTEXT = "\x04"
KEPT = re.compile(r"(%\(\w+\)[a-z]|%[a-z%]|\{[^}]*\}|<[^>]+>|&\w+;)")
# Short numbers of requests and receipts, ids whole and shortened, check codes, countries.
REFERENCE = re.compile(
    r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?i:[0-9a-f]{8})|R-\w{4}-\w{4}|[0-9a-f]{64})\b|\([A-Z]{2}\)"
)
INNERMOST = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORD = re.compile(r"[^\W\d_]{2}")
ACCENTED = str.maketrans("aceinouAEINOUy", "àçéîñôüÀÉÎÑÔÜý")
# Data of every page: names of languages and browsers, of the time zone, of the law, of what is downloaded.
ALWAYS = [
    "We looked at it twice.",  # an officer's answer, which lies sealed (tests.world.lived_in)
    "Here it is.",  # another one (tests.world.rights_requests)
    *(
        "Ada Marker",
        "555-0100",
        "Blue lamp",
        "Chair",
        "Marker allergy",
    ),  # in Ada's vault (tests.world.cast)
    "Ada Marker, 555-0100",  # one of them in a line
    "Firefox",
    "Chrome",
    "Safari",
    "Edge",
    "Opera",
    "Android",
    "iPhone",
    "iPad",
    "Windows",
    "macOS",
    "Linux",
    "UTC",
]


class Pseudo:
    """Stands where `trans_real` keeps a DjangoTranslation, and remembers what it was asked."""

    def __init__(self) -> None:
        # What the catalogs know it by, and what came out.
        self.asked: dict[str | tuple[str, int], str] = {}

    def to_language(self) -> str:
        return CODE

    def gettext(self, message: str) -> str:
        context, _separator, text = message.rpartition(CONTEXT)
        # What a date is spelled by is no text: its months are.
        self.asked[message] = text if "format" in context else bracketed(text)
        return self.asked[message]

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        self.asked[singular, 0] = bracketed((singular if number == 1 else plural).rpartition(CONTEXT)[2])
        return self.asked[singular, 0]

    def shown(self, text: str) -> list[str | tuple[str, int]]:
        """Of what was asked, what stands in this text; values stand in the places for them."""
        # Most lines of many pages are the same.
        lines = "\n".join(dict.fromkeys(text.split("\n")))
        return [
            key
            for key, words in self.asked.items()
            if all(part in (text if "\n" in part else lines) for part in KEPT.split(words)[::2])
        ]


class Longest:
    """Stands where `trans_real` keeps the German catalog, and says everything as the language with most to say:
    by its longest word, since text wraps; short labels and buttons by their whole length."""

    def __init__(self) -> None:
        self.all = [trans_real.DjangoTranslation(code) for code, _name in settings.LANGUAGES]

    def to_language(self) -> str:
        return "de"

    def gettext(self, message: str) -> str:
        return max((one.gettext(message) for one in self.all), key=breadth)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return max((one.ngettext(singular, plural, number) for one in self.all), key=breadth)


def breadth(text: str) -> int:
    words = KEPT.sub("", text).split()
    return len(" ".join(words)) if len(words) < 4 else max(len(word) for word in words)


def bracketed(text: str) -> str:
    parts = KEPT.split(text)
    return OPEN + "".join(part if n % 2 else part.translate(ACCENTED) for n, part in enumerate(parts)) + CLOSE


class Reader(HTMLParser):
    """The visible text of a page, in order, without what is to be typed as it stands (`code`), what was typed, and what
    says of itself that it is English; and the attributes that are read aloud or shown, one by one."""

    IN_ENGLISH = ("td", "span")
    AS_IT_STANDS = ("script", "style", "code", "textarea")
    SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-label", "data-announce")

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.attributes: list[str] = []
        self.hidden = 0
        self.quoted = 0  # cells and words in English that are open
        self.is_face = False  # initials beside a name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.quoted or (dict(attrs).get("lang") == "en" and tag in self.IN_ENGLISH):
            self.quoted += tag in self.IN_ENGLISH
            return
        self.hidden += tag in self.AS_IT_STANDS
        self.is_face = (dict(attrs).get("class") or "").startswith("face ")
        self.attributes += [value for name, value in attrs if value and name in self.SPOKEN]
        given = dict(attrs)
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.attributes.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.quoted:
            self.quoted -= tag in self.IN_ENGLISH
            return
        self.hidden -= tag in self.AS_IT_STANDS
        self.is_face = False
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.hidden and not self.quoted and not self.is_face:
            self.text.append(data)


def outside(text: str) -> str:
    """What stands in no brackets."""
    left, count = INNERMOST.subn(" ", text)
    while count:
        left, count = INNERMOST.subn(" ", left)
    if OPEN not in left and CLOSE not in left:
        return left
    depth, kept = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        kept.append(letter if depth == 0 and letter != CLOSE else " ")
    return "".join(kept)


def untranslated(html: str, data: Iterable[str]) -> list[str]:
    """Words of a page that did not go through gettext and are no data."""
    reader = Reader()
    reader.feed(html)
    return [words for text in ("".join(reader.text), *reader.attributes) for words in odd_words(text, data)]


def odd_words(text: str, data: Iterable[str]) -> Iterator[str]:
    left = REFERENCE.sub("\n", " ".join(outside(text).split()))
    for known in data if WORD.search(left) else ():
        left = left.replace(known, "\n")
    return (part.strip() for part in left.split("\n") if WORD.search(part))


def data_of_the_world() -> list[str]:
    """Every text in our tables that people typed, longest first."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("consents.")]
    found = {text for model in ours for row in model._default_manager.all() for text in texts_of(row)}
    company = [settings.PORTAL_COMPANY, settings.PORTAL_EMAIL, settings.PORTAL_URL, settings.PORTAL_ADDRESS]
    found |= {*company, *ALWAYS, *(name for _code, name in settings.LANGUAGES)}
    threads = [list_thread(request) for request in RightsRequest.objects.exclude(clarification_set=None)]
    found |= {text for thread in threads for message in thread for text in (message.question, message.reply)}
    found |= {zone.replace("/", ": ").replace("_", " ") for zone in TIME_ZONES} | {"GDPR Art"}
    # Who hears complaints: by the name each gives itself.
    found |= {text for one in [*NATIONAL.values(), *CALIFORNIAN] for text in (one.name, one.site, one.reach)}
    return sorted((" ".join(text.split()) for text in found if len(text) > 2), key=len, reverse=True)


def texts_of(row: models.Model) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        if not field.choices and isinstance(field, (models.CharField, models.TextField, models.JSONField)):
            yield from strings_in(getattr(row, field.attname))


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_in(inner)
