"""A day and a moment look the same wherever they stand."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import override

from consents.core.durations import format_day, format_local_moment, get_home_day


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_stock_lists_show_a_day_and_a_moment_as_the_portal_does(language):
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 14, 5, tzinfo=UTC)

    with override(language):
        assert localize(day) == format_day(day)
        assert localize(timezone.localtime(moment)) == format_local_moment(moment)


def test_a_day_is_counted_where_the_company_is(settings):
    settings.TIME_ZONE = "Europe/Dublin"

    with timezone.override("America/New_York"):
        assert get_home_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
