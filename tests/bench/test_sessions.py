"""Sessions that the bench makes open what its pages need, with the second factor of staff required."""

from django.test import Client
from django.urls import reverse

from bench.sessions import create_sessions
from consents.access.models import Grant
from tests.world.exemptions import open_emergency


def test_staff_open_data_with_the_factor_their_house_asks_for(real_world, settings):
    settings.PORTAL_STAFF_MFA = "required"
    opened = open_emergency(real_world)
    grant = {"grant": str(Grant.objects.get().pk)}

    [cookie] = create_sessions([real_world.sam.user])
    answer = Client(HTTP_COOKIE=cookie).post(reverse("admin:disclosures_open", args=[opened.pk]), grant)

    assert answer.status_code == 200 and "Blue lamp" in answer.content.decode()
