"""Everything the two RFCs let a client ask, asked by a library that is not ours."""

from django.conf import settings as portal
from django.test.client import ClientHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server
from scim2_tester.utils import ResourceManager

from tests.world.directories import TOKEN, let_in


def serve(environ, start_response):
    """Answer in the transaction of the test."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


CLEAN_UP = ResourceManager.cleanup


def clean_up_once(manager: ResourceManager) -> None:
    """After each check the library would delete again what it has deleted after all those before."""
    CLEAN_UP(manager)
    manager.resources.clear()


def test_it_answers_as_the_protocol_says(db, settings, monkeypatch):
    let_in(settings)
    monkeypatch.setattr(ResourceManager, "cleanup", clean_up_once)
    # Each call would write down all those before it.
    settings.ACCOUNT_RATE_LIMITS = portal.ACCOUNT_RATE_LIMITS | {"provisioning": None}
    address, headers = f"{portal.PORTAL_URL}/scim/v2", {"Authorization": f"Bearer {TOKEN}"}

    results = check_server(WSGISCIMClient(serve, address, headers))

    assert len([result for result in results if result.status == Status.SUCCESS]) > 60
    assert [f"{result.title}: {result.reason}" for result in results if result.status == Status.ERROR] == []
