"""Who may speak as the directory: who holds a token, and nobody else."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from consents.core.bearer_tokens import hash_token
from portal.environment import read_token_hashes
from tests.world.directories import NEXT_TOKEN, TOKEN, Directory, let_in


def test_two_tokens_count_while_one_follows_the_other(db, settings):
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = [hash_token(TOKEN), hash_token(NEXT_TOKEN)]
    assert [Directory(token).send("GET", "Users")[0] for token in (TOKEN, NEXT_TOKEN)] == [200, 200]

    settings.PORTAL_PROVISIONING_TOKENS = [hash_token(NEXT_TOKEN)]
    assert [Directory(token).send("GET", "Users")[0] for token in (TOKEN, NEXT_TOKEN)] == [401, 200]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {hash_token(TOKEN)}", "Bearer \udcff"]
)
@pytest.mark.parametrize("path", ["Users", "ServiceProviderConfig", ""])
def test_without_one_nothing_is_told(db, settings, header, path):
    directory = let_in(settings)

    response = directory.client.get(f"/scim/v2/{path}", headers={"authorization": header})

    assert response.status_code == 401 and response["WWW-Authenticate"] == 'Bearer realm="SCIM"'


def test_guessing_ends_and_the_directory_still_speaks(db, settings):
    directory = let_in(settings)
    statuses = [Directory("guess").send("GET", "Users")[0] for _ in range(21)]

    assert statuses == [401] * 20 + [429]
    assert Directory("guess").client.get("/scim/v2/Users")["Retry-After"] == "60"
    assert directory.send("GET", "Users")[0] == 200


def test_without_tokens_there_is_no_directory(db, settings):
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = []

    assert Directory().client.get("/scim/v2/Users").status_code == 404


def test_a_token_is_shown_once_and_its_hash_counts(db, settings):
    out = StringIO()
    call_command("make_provisioning_token", stdout=out)
    first, second = out.getvalue().splitlines()
    let_in(settings)
    settings.PORTAL_PROVISIONING_TOKENS = [second.removeprefix("PORTAL_PROVISIONING_TOKENS=")]

    assert Directory(first.rpartition(" ")[2]).send("GET", "Users")[0] == 200


@pytest.mark.parametrize("hashes", [["x"], [TOKEN], ["a" * 64] * 3])
def test_settings_that_are_no_hashes_are_refused(hashes):
    with pytest.raises(ImproperlyConfigured, match="make_provisioning_token"):
        read_token_hashes("PORTAL_PROVISIONING_TOKENS", hashes)
