"""What an operator types wrong stops the program with a sentence that says what is meant."""

import runpy
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from consents.core.owner import as_owner
from consents.exports.sealed_files import get_export_storage
from consents.ledger.checkpoints import get_checkpoint_storage
from consents.ledger.journal import get_journal_place
from consents.ops.running.checks import check_variables
from portal.settings import PREPARED

FILES = "django.core.files.storage.FileSystemStorage"
PLACES = {"checkpoints": get_checkpoint_storage, "journal": get_journal_place, "exports": get_export_storage}
URLS = Path(__file__).parents[2] / "portal" / "urls.py"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORTAL_TIME_ZONE", "Europe/Dublni", "time zone database"),
        ("PORTAL_TIME_ZONE", "../../etc/passwd", "time zone database"),
        ("PORTAL_TIME_ZONE", "", "time zone database"),
        ("PORTAL_LOG_LEVEL", "LOUD", "use one of: .*INFO"),
        ("PORTAL_STAFF_SSO_ONLY", "perhaps", "PORTAL_STAFF_SSO_ONLY is 'perhaps'; use 1 or 0"),
        ("PORTAL_PENDING_PER_STAFF", "0", "whole number from 1 to 10000"),
        ("PORTAL_PENDING_PER_STAFF", "-1", "whole number from 1 to 10000"),
        ("PORTAL_PENDING_PER_STAFF", "٣", "whole number from 1 to 10000"),
        ("PORTAL_PENDING_PER_STAFF", "9" * 5000, "PORTAL_PENDING_PER_STAFF is '9{20}'; use a whole number"),
        ("PORTAL_WAIT_AFTER_NO_DAYS", "99999999999", "whole number from 0 to 10000"),
        ("PORTAL_SMTP_PORT", "65536", "whole number from 1 to 65535"),
        ("PORTAL_READING_EASE", "101", "whole number from 0 to 100"),
        ("PORTAL_INSIGHT_MINIMUM", "4", "whole number from 5 to 10000"),
        ("PORTAL_VAR", "~nobody-of-this-name/var", "PORTAL_VAR begins with ~ and a user who has no home"),
        ("PORTAL_STOLEN_PASSWORDS", "~nobody-of-this-name/x", "PORTAL_STOLEN_PASSWORDS begins with ~ and a user"),
        ("PORTAL_URL", "portal.example.com", "PORTAL_URL is 'portal.example.com'; write it whole"),
        ("PORTAL_URL", "https://", "write it whole, as in https://"),
        ("PORTAL_HOSTS", " , ", "PORTAL_HOSTS names no host"),
        ("PORTAL_STAFF_GROUPS", "[]", "PORTAL_STAFF_GROUPS is not a JSON object"),
        ("PORTAL_STAFF_GROUPS", "{", "PORTAL_STAFF_GROUPS is not a JSON object"),
        ("PORTAL_COUNTRY", "Ireland", "two capital letters"),
        ("PORTAL_COUNTRY", "ie", "two capital letters"),
        ("PORTAL_LANGUAGES", "en,fr", "names languages of these: en, de, es"),
        ("PORTAL_LANGUAGES", ",", "names languages of these: en, de, es"),
        ("PORTAL_POSTGRES_PROGRAMS", "/nowhere/at/all", "The folder that PORTAL_POSTGRES_PROGRAMS names is not there"),
        ("PORTAL_STOLEN_PASSWORDS", "/nowhere/at/all", "PORTAL_STOLEN_PASSWORDS names is not there"),
        ("DATABASE_URL_FILE", "/nowhere/at/all", "DATABASE_URL_FILE names cannot be read"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(settings_of, name, value, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_of(**{name: value})


def test_a_secret_may_lie_in_a_file(settings_of, tmp_path):
    (tmp_path / "address").write_text("postgres://portal_app:hidden@db.example/portal\n")

    default = settings_of(DATABASE_URL_FILE=str(tmp_path / "address"))["DATABASES"]["default"]

    assert (default["HOST"], default["PASSWORD"]) == ("db.example", "hidden")


def test_a_secret_is_given_in_one_way(settings_of, tmp_path):
    (tmp_path / "address").write_text("postgres://portal_app:hidden@db.example/portal")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL or DATABASE_URL_FILE, not both") as refused:
        settings_of(DATABASE_URL="postgres://portal_app:other@db/portal", DATABASE_URL_FILE=str(tmp_path / "address"))
    assert "hidden" not in str(refused.value)


def test_a_variable_that_nothing_reads_is_named_with_the_nearest(monkeypatch):
    monkeypatch.setenv("PORTAL_HSOTS", "portal.example.com")
    monkeypatch.setenv("PORTAL_ZZZZZZZZZZ", "1")
    with pytest.raises(ImproperlyConfigured) as refused:
        check_variables()
    assert "PORTAL_HSOTS is no setting of the portal: did you mean PORTAL_HOSTS?" in str(refused.value)
    assert "PORTAL_ZZZZZZZZZZ is no setting of the portal." in str(refused.value)


def test_a_country_that_is_none_is_named(settings):
    settings.PORTAL_COUNTRY = "UK"
    with pytest.raises(ImproperlyConfigured, match=r"PORTAL_COUNTRY is 'UK', and no country: .*GB"):
        check_variables()


@pytest.mark.parametrize("name", ["checkpoints", "journal", "exports"])
@pytest.mark.parametrize(
    "storage",
    [{"BACKEND": "nowhere.Nothing"}, {"BACKEND": FILES, "OPTIONS": {"bucket_name": "typed in the wrong place"}}],
)
def test_a_place_that_is_none_is_named(settings, name, storage):
    settings.STORAGES = settings.STORAGES | {name: storage}
    variables = f"PORTAL_{name.upper()}_BACKEND and PORTAL_{name.upper()}_OPTIONS make no storage"
    with pytest.raises(ImproperlyConfigured, match=variables) as refused:
        PLACES[name]()
    assert "typed" not in str(refused.value)


def test_every_variable_of_the_portal_passes(monkeypatch):
    for name in ("PORTAL_OWNER_PASSWORD", "PORTAL_SUPERUSER_URL", "PORTAL_POSTGRES_START_SECONDS", "PORTAL_PROXIES"):
        monkeypatch.setenv(name, "1")
    check_variables()


def test_browsers_makers_are_asked_to_preload_only_where_somebody_wants_it(settings_of):
    assert settings_of(PORTAL_MODE="production")["SECURE_HSTS_PRELOAD"] is False
    assert settings_of(PORTAL_MODE="production", PORTAL_HSTS_PRELOAD="1")["SECURE_HSTS_PRELOAD"] is True


def test_staff_do_without_a_second_factor_in_the_demo_alone(settings_of):
    with pytest.raises(ImproperlyConfigured, match="PORTAL_STAFF_MFA may be off only in the demo"):
        settings_of(PORTAL_MODE="production", PORTAL_STAFF_MFA="off")
    assert settings_of(PORTAL_MODE="demo")["PORTAL_STAFF_MFA"] == "off"


@pytest.mark.parametrize(("name", "place"), [("PORTAL_JOURNAL", "journal"), ("PORTAL_EXPORTS", "exports")])
def test_journal_and_exports_lie_in_a_storage_only_where_one_is_named(settings_of, name, place):
    storage = {f"{name}_BACKEND": "storages.backends.s3.S3Storage", f"{name}_OPTIONS": '{"bucket_name": "kept"}'}

    assert place not in settings_of()["STORAGES"]
    assert settings_of(**storage)["STORAGES"][place] == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "kept"},
    }


@pytest.mark.parametrize("is_demo", [False, True])
def test_the_pages_of_the_demo_are_there_in_the_demo_alone(settings, is_demo):
    settings.DEMO = is_demo
    patterns = runpy.run_path(str(URLS))["urlpatterns"]
    assert any("ops.demo" in repr(one) for one in patterns) is is_demo


# What the address of the database asks for is what the connection does.

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
