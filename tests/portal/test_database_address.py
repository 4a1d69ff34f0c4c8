"""What the address of the database asks for is what the connection does."""

from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from consents.core.owner import as_owner
from portal.settings import PREPARED

ADDRESS = "postgres://portal_app:it%27s%20secret@db.example:6432/portal"


def test_an_address_names_server_role_and_database(settings_of):
    default = settings_of(DATABASE_URL=ADDRESS)["DATABASES"]["default"]
    named = {name: default[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD", "ENGINE")}
    assert named == {
        "HOST": "db.example",
        "PORT": 6432,
        "NAME": "portal",
        "USER": "portal_app",
        "PASSWORD": "it's secret",
        "ENGINE": "consents.ops.postgres",
    }
    assert "EMBEDDED" not in default


def test_what_it_asks_for_stays_beside_what_the_portal_needs(settings_of):
    wanted = "?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=3"
    default = settings_of(DATABASE_URL=ADDRESS + wanted)["DATABASES"]["default"]
    asked = {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem", "connect_timeout": 3}
    assert default["OPTIONS"] == asked | PREPARED
    assert default["CONN_MAX_AGE"] is None and default["CONN_HEALTH_CHECKS"] is True


def test_it_cannot_turn_off_what_the_portal_needs(settings_of):
    options = settings_of(DATABASE_URL=f"{ADDRESS}?prepare_threshold=9")["DATABASES"]["default"]["OPTIONS"]
    assert options == PREPARED


def test_the_owner_keeps_what_its_own_address_asks_for_and_no_more(settings_of):
    owner = "postgres://portal_owner@db.example/portal?sslmode=require"
    read = settings_of(DATABASE_URL=ADDRESS, DATABASE_OWNER_URL=owner)
    assert read["DATABASE_OWNER"]["OPTIONS"] == {"sslmode": "require"}
    assert read["DATABASES"]["default"]["OPTIONS"] == PREPARED


def test_a_running_portal_is_not_given_an_owner_it_was_not_told_of(settings_of):
    assert settings_of(DATABASE_URL=ADDRESS)["DATABASE_OWNER"] is None


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_OWNER_URL"])
@pytest.mark.parametrize("address", ["db.example", "nonsense://db.example/portal", "postgres://db.example:port/portal"])
def test_an_address_that_is_none_stops_with_a_sentence(settings_of, variable, address):
    with pytest.raises(ImproperlyConfigured, match=r"look like postgres://role:password@host:5432/portal\.$"):
        settings_of(**{"DATABASE_URL": ADDRESS} | {variable: address})


@pytest.mark.parametrize("variable", ["DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"])
def test_another_roles_address_alone_does_not_mean_the_embedded_database(settings_of, variable):
    """`migrate` with the owner's address alone once prepared an embedded database, and said that all was well."""
    with pytest.raises(ImproperlyConfigured, match=f"{variable} is set without DATABASE_URL"):
        settings_of(**{variable: "postgres://portal_owner@db.example/portal"})


def at_the_embedded_server(role: str, wanted: str) -> str:
    """An address of the server the tests run on."""
    at = connection.settings_dict
    return f"postgres://{role}@{quote(at['HOST'], safe='')}:{at['PORT']}/{at['NAME']}?{wanted}"


def test_a_connection_does_what_its_address_asks(db, settings_of):
    connection.ensure_connection()
    address = at_the_embedded_server("portal_app", "application_name=asked&options=-c%20statement_timeout%3D7s")
    asked = connections.create_connection("default")
    asked.settings_dict = connection.settings_dict | settings_of(DATABASE_URL=address)["DATABASES"]["default"]
    try:
        with asked.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('application_name')")
            assert cursor.fetchone() == ("portal_app", "asked")
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("7s",)
        assert asked.connection.prepare_threshold == 1
    finally:
        asked.close()


def test_acting_as_owner_does_what_the_owners_address_asks_and_then_no_more(transactional_db, settings, settings_of):
    connection.ensure_connection()
    address = at_the_embedded_server("portal_owner", "application_name=as-owner")
    settings.DATABASE_OWNER = settings_of(DATABASE_URL=ADDRESS, DATABASE_OWNER_URL=address)["DATABASE_OWNER"]
    who = "SELECT current_user::text, current_setting('application_name')"

    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(who)
        assert cursor.fetchone() == ("portal_owner", "as-owner")
        assert owner.connection.prepare_threshold != 1
    with connection.cursor() as cursor:
        cursor.execute(who)
        assert cursor.fetchone() == ("portal_app", "")
    assert connection.connection.prepare_threshold == 1


def test_checkpoints_lie_where_the_environment_says(settings_of):
    backend, options = "storages.backends.s3.S3Storage", '{"bucket_name": "kept", "endpoint_url": "https://s3.example"}'
    kept = settings_of(PORTAL_CHECKPOINTS_BACKEND=backend, PORTAL_CHECKPOINTS_OPTIONS=options)["STORAGES"]
    assert kept["checkpoints"] == {
        "BACKEND": backend,
        "OPTIONS": {"bucket_name": "kept", "endpoint_url": "https://s3.example"},
    }
