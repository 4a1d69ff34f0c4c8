"""What an operator types wrong stops the program with a sentence that says what is meant."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from consents.exports.sealed_files import get_export_storage
from consents.ledger.checkpoints import get_checkpoint_storage
from consents.ledger.journal import get_journal_place
from consents.ops.running.checks import check_variables

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
