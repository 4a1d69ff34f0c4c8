"""The words of each language in one table are those of Django's many."""

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, trans_real

from consents.breaches.rules import BreachState
from consents.breaches.staff.presenting import STATES
from portal.translations import JoinedCatalog, join_catalogs


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_it_says_what_the_catalogs_say_apart(language):
    apart = trans_real.DjangoTranslation(language)._catalog

    joined = JoinedCatalog(apart)

    assert {message: apart[message] for message, _said in apart.items()} == joined
    assert joined.get("no such message") is None
    for message, _number in filter(lambda key: isinstance(key, tuple), joined):
        assert joined.plural(message, 2) == apart.plural(message, 2)


def test_it_says_so_where_a_message_has_no_plural():
    with pytest.raises(KeyError):
        JoinedCatalog(trans_real.DjangoTranslation("de")._catalog).plural("no such message", 2)


def test_catalogs_are_joined_once():
    join_catalogs()
    joined = [trans_real.translation(language)._catalog for language, _name in settings.LANGUAGES]

    join_catalogs()

    assert all(isinstance(catalog, JoinedCatalog) for catalog in joined)
    assert all(
        trans_real.translation(language)._catalog is catalog
        for (language, _name), catalog in zip(settings.LANGUAGES, joined, strict=True)
    )


def test_a_button_and_a_state_say_what_stands_beside_them():
    """Both ways to save begin with the same word; one breach is open in the singular, the filter's requests are not."""
    for language in ("de", "es"):
        with translation.override(language):
            assert all(gettext(f"Save and {how}").startswith(gettext("Save")) for how in ("continue editing", "view"))
    with translation.override("es"):
        assert (str(STATES[BreachState.OPEN][0]), gettext("Open")) == ("Abierta", "Abiertas")
