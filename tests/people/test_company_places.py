"""Who comes in through the company's provider, where groups say nothing of them; and answers nobody believes."""

from contextlib import contextmanager, nullcontext
from io import BytesIO
from types import SimpleNamespace

import pytest
import requests
from django.test import Client

from consents.accounts import company_sign_in_pages
from consents.accounts.company_sign_in_pages import NotBelieved
from consents.people.models import StaffMember, User
from tests.world.systems import DESCRIPTION, ISSUER, PLACES, RITA, answering, begin, come_back, make_sign_in

FETCH = company_sign_in_pages.fetch_object  # which `answering` replaces
SUPPORT = {"groups": ["shop-support"]}
ABOUT, ME = f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/me"


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PORTAL_SIGN_INS = {"staff": make_sign_in()}
    settings.PORTAL_STAFF_GROUPS = PLACES
    with answering():
        yield


def sign_in(said: dict) -> int:
    client = Client()
    return come_back(client, begin(client), said).status_code


def test_without_groups_of_ours_only_who_was_invited_comes_in_and_stays_what_they_are(world, settings):
    settings.PORTAL_STAFF_GROUPS = {}
    before = User.objects.count()

    assert sign_in(RITA | SUPPORT) == 403
    assert sign_in(RITA | {"groups": ["privacy-office"], "email": "sam@example.com"}) == 302

    assert User.objects.count() == before
    sam = StaffMember.objects.get(pk=world.sam.pk)
    assert (sam.role, sam.team) == (world.sam.role, world.sam.team)


@pytest.mark.parametrize(
    ("names", "read"),
    [
        ({"given_name": " Rita ", "family_name": "R"}, ("Rita", "R")),
        ({"given_name": None, "family_name": "R", "name": "Rita R"}, ("Rita R", "")),
    ],
)
def test_a_name_is_the_given_one_or_the_whole_one(db, names, read):
    assert sign_in(RITA | SUPPORT | names) == 302
    user = User.objects.get()
    assert (user.first_name, user.last_name) == read


@pytest.mark.parametrize("given", [None, " ", "\0", 7])
def test_whom_the_provider_does_not_name_customers_would_read_as_nobody(db, given):
    assert sign_in(RITA | SUPPORT | {"given_name": given}) == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(("sub", "status"), [(RITA["sub"], 302), ("somebody-else", 403), (None, 403)])
def test_what_the_token_leaves_out_is_asked_for_and_counts_for_the_same_person_alone(db, sub, status):
    with answering(**{ABOUT: DESCRIPTION | {"userinfo_endpoint": ME}, ME: SUPPORT | {"sub": sub}}):
        assert sign_in(RITA) == status
    assert User.objects.exists() is (status == 302)


def test_nobody_is_sent_there_without_end(db):
    answers = [Client().get("/accounts/oidc/staff/login/").status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]


def test_what_is_no_token_is_believed_of_nobody():
    with pytest.raises(NotBelieved, match="no ID token"):
        company_sign_in_pages.verify_id_token(None, keys={}, issuer=ISSUER, client="portal", nonces=[])


@pytest.mark.parametrize(
    ("status", "text", "sentence"),
    [
        (200, b'{"a": 1}', ""),
        (302, b"{}", "answer 302"),
        (200, b" " * (company_sign_in_pages.ANSWER_LONGEST + 1), "answer 200"),
        (200, b"[]", "not a JSON object"),
        (200, b"{", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
    ],
)
def test_only_an_object_of_bounded_size_is_an_answer(monkeypatch, status, text, sentence):
    @contextmanager
    def get(address, **how):
        assert how["allow_redirects"] is False
        raw = SimpleNamespace(read=lambda most, decode_content: BytesIO(text).read(most))
        yield SimpleNamespace(status_code=status, raw=raw)

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(NotBelieved, match=sentence) if sentence else nullcontext():
        assert FETCH(ME) == {"a": 1}
