"""The day on which a legal hold is looked at again is counted in the officer's days, wherever the company is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consents.core import clock
from consents.people.services import holding
from tests.world.erasing import hold


@pytest.mark.parametrize(("zone", "hour"), [("Pacific/Kiritimati", 12), ("Pacific/Pago_Pago", 1)])
def test_a_hold_is_looked_at_again_from_the_officers_tomorrow_for_a_year(world, later, zone, hour):
    later(timedelta(days=1) - (clock.now() - clock.now().replace(hour=hour, minute=0)))
    with timezone.override(zone):
        today = timezone.localtime(clock.now()).date()
        assert today != clock.now().date()
        for days in (0, 367):
            with pytest.raises(holding.ReviewDayOutOfRange):
                hold(world, review_on=today + timedelta(days=days))
        assert hold(world, review_on=today + timedelta(days=1)) and hold(world, review_on=today + timedelta(days=366))
