"""What an officer does on the pages of exports."""

import re
from datetime import timedelta

from consents.exports.models import Export
from tests.world.cast import PASSWORD
from tests.world.exports import days_around_now

LIST = "/admin/exports/export/"
MAKE = LIST + "make/access_log/"


def filled(**changes) -> dict[str, str]:
    period = days_around_now()
    days = {"from_date": str(period.from_date), "last_date": str(period.until_date - timedelta(days=1))}
    return days | {"reason": "Audit", "format": "csv"} | changes


def page_of(export: Export) -> str:
    return f"{LIST}{export.pk}/change/"


def link_on(client, export: Export, part: str = "file") -> str:
    return re.search(rf'href="([^"]*/{part}/[^"]*)"', client.get(page_of(export)).text)[1]


def received(response) -> bytes:
    return b"".join(response.streaming_content)


def sign_in_again(client, response):
    """Follow to the page that asks for the password, and on to where it leads."""
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/reauthenticate/")
    return client.post(response.url, {"password": PASSWORD})


def afresh(client):
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client
