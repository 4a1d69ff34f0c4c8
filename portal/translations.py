"""Look words up in one table for each language.

Django keeps the catalog of each app apart, since their rules for plurals might differ, and asks all of them for each
word, twice where it is not translated: some hundred lookups for each page.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import trans_real


class JoinedCatalog(dict[Any, str]):
    """Joins what the catalogs say: of several that know a message, the first counts, as with Django."""

    def __init__(self, apart: trans_real.TranslationCatalog) -> None:
        super().__init__()
        self.apart = apart
        for catalog in reversed(apart._catalogs):
            self.update(catalog)

    def plural(self, message: str, number: int) -> str:
        """Raises KeyError for a message that has no plural."""
        return str(self.apart.plural(message, number))


def join_catalogs() -> None:
    """Load the words of every language, and join the catalogs of each."""
    for language, _name in settings.LANGUAGES:
        words: Any = trans_real.translation(language)
        if not isinstance(words._catalog, JoinedCatalog):
            words._catalog = JoinedCatalog(words._catalog)
