"""Short words say in each language what stands beside them."""

from django.utils import translation
from django.utils.translation import gettext

from consents.breaches.rules import BreachState
from consents.breaches.staff.pages import STATES


def test_a_button_and_a_state_say_what_stands_beside_them():
    """Both ways to save begin with the same word; one breach is open in the singular, the filter's requests are not."""
    for language in ("de", "es"):
        with translation.override(language):
            assert all(gettext(f"Save and {how}").startswith(gettext("Save")) for how in ("continue editing", "view"))
    with translation.override("es"):
        assert (str(STATES[BreachState.OPEN][0]), gettext("Open")) == ("Abierta", "Abiertas")
