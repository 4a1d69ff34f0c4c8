"""Whoever holds a receipt learns whether it is genuine, what it proves, and whether that consent is in force."""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from consents.access.services import ending
from consents.choices.receipts import claims, issuing
from consents.choices.services import answering
from consents.choices.services import withdrawing as choices_ending
from consents.core import keys, signing
from consents.core.canonical import encode_canonical
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import sealing
from consents.ledger.services.sealing import NoSuchKey, WithdrawalInFuture
from tests.choices.receipts.made_up import receipt as made_up
from tests.world.cast import answer, ask

ROOT = Path(__file__).resolve().parents[3]
VERIFY = "/receipts/verify/"


@pytest.fixture
def own_keys(tmp_path, settings) -> Path:
    """A folder of keys that the test may change."""
    keys.make_keys(tmp_path / "keys")
    settings.PORTAL_KEYS = tmp_path / "keys"
    return settings.PORTAL_KEYS


@pytest.fixture
def paste():
    def send(text: str):
        return Client(enforce_csrf_checks=True).post(VERIFY, {"receipt": text})

    return send


def page_of(response) -> str:
    return response.content.decode()


def test_it_says_what_it_proves_what_not_and_that_it_stands(says, take, paste):
    says.yes()

    response = paste(take())

    page = page_of(response)
    assert response.status_code == 200
    assert "Example Co signed that consent to “Send you offers” was given on" in page
    assert "It does not prove who the customer is" in page
    assert "In force now: yes" in page


@pytest.mark.parametrize(
    ("language", "text", "moment"),
    [
        ("de", "Version 1, auf Englisch", r"am \d\d?\.\xa0\w+ \d{4}, \d\d:\d\d\xa0Uhr UTC"),
        ("en", "version 1, in English", r"on \d\d?\xa0\w+ \d{4}, \d\d:\d\d\xa0UTC"),
        ("es", "versión 1, en inglés", r"el \d\d?\xa0de \w+ de \d{4}, \d\d:\d\d\xa0UTC"),
    ],
)
def test_it_says_so_in_the_reader_s_language(says, take, language, text, moment):
    says.yes()
    reader = Client(headers={"accept-language": language})

    page = page_of(reader.post(VERIFY, {"receipt": take()}))

    assert text in page and re.search(moment, page)


def test_a_receipt_of_consent_withdrawn_since_is_genuine_and_not_in_force(says, take, paste):
    says.yes()
    given = take()
    says.no()

    assert "was given on" in page_of(paste(given))
    assert "In force now: no" in page_of(paste(given))
    assert "was withdrawn on" in page_of(paste(take()))


def test_a_yes_that_ended_stays_ended_after_a_later_yes(world, says, take, paste, ada, newest):
    choices_ending.invalidate_choice(choice=says.yes().pk, by=Actor("staff", str(world.pia.pk)))
    invalidated = newest()
    given = issuing.select_receipts(invalidated.customer).last()
    says.yes()

    page = page_of(ada.get(reverse("receipts:receipt", args=[given.sequence])))
    assert "In force now: yes" in page_of(paste(take()))
    assert "In force now: no, this consent ended. It was given again since" in page_of(paste(take(given)))
    assert "This receipt allows nothing" in page_of(paste(take(invalidated)))
    assert "This consent ended. It was given again since." in page
    assert "is in force now" not in page and "Withdraw consent" not in page


def test_a_no_is_not_in_force_after_a_later_yes(says, take, paste, ada, newest, capsys, tmp_path):
    says.no()
    refused = newest()
    assert "In force now: no" in page_of(paste(take(refused)))
    choice = says.yes()

    page = page_of(ada.get(reverse("receipts:receipt", args=[refused.sequence])))
    assert "Consent was given since." in page and reverse("receipts:of", args=[choice.pk]) in page
    assert "is in force now" not in page and "Withdraw consent" not in page
    (tmp_path / "receipt.jws").write_text(take(refused))
    call_command("verify_receipt", tmp_path / "receipt.jws")
    assert "In force now: yes" not in capsys.readouterr().out


def test_a_renewed_yes_stands_with_both_its_receipts(world, offers, says, take, paste, newest):
    since = says.yes().since
    given = newest()
    answering.renew_consent(
        customer=world.ada.customer.id, purpose="offers", version=offers.pk, since=since, by=world.ada.actor
    )

    assert all("In force now: yes" in page_of(paste(take(one))) for one in (given, newest()))


def test_it_tells_of_an_answer_to_a_request(world, take, paste):
    request = answer(world, ask(world, "contact"))
    text = take()
    assert "In force now: yes" in page_of(paste(text))

    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)
    assert "In force now: no" in page_of(paste(text))


def test_line_breaks_of_mail_and_paper_do_no_harm(says, take, paste):
    says.yes()
    text = take()
    broken = "\r\n ".join(text[i : i + 60] for i in range(0, len(text), 60))

    assert "This receipt is genuine" in page_of(paste(f"\n{broken}\n"))


def sign(payload: dict, typ: str = claims.TYPE) -> str:
    key = signing.load_newest_key(portal.PORTAL_KEYS, claims.KIND_OF_KEY)
    return signing.sign_jws(encode_canonical(payload), typ=typ, key=key)


def test_a_receipt_of_an_act_that_is_not_on_record_says_so(db, paste):
    """Signed by our key, but this ledger does not know of it: cut, rolled back, or another portal with our keys."""
    key = signing.load_newest_key(portal.PORTAL_KEYS, claims.KIND_OF_KEY)

    page = page_of(paste(claims.sign_receipt(made_up(), "elsewhere/ledger", key)))

    assert "our journal has no record of it" in page
    assert "In force now: yes" not in page


BAD = {
    "nothing": (lambda text: " ", 422, "Paste the signed receipt"),
    "words": (lambda text: "Dear Ada, thank you.", 422, "not a whole signed text"),
    "a changed byte": (lambda text: text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:], 422, "changed"),
    "a changed word": (lambda text: text.replace(".", ".X", 1), 422, ""),
    "cut off": (lambda text: text[: len(text) // 2], 422, "not a whole signed text"),
    "other key": (
        lambda text: claims.sign_receipt(made_up(), "x", Ed25519PrivateKey.from_private_bytes(bytes(32))),
        422,
        "not ours",
    ),
    "other type": (lambda text: sign({"sub": "x"}, typ="JWT"), 422, "another type"),
    "not a receipt": (lambda text: sign({"hello": 1}), 422, "not a receipt"),
    "a list": (lambda text: sign({"receipt": [], "log": {"entry": "00"}}), 422, "not a receipt"),
    "the readable copy": (lambda text: json.dumps({"@type": "dpv:ConsentReceipt"}), 422, "name ends in .jws"),
    "other JSON": (lambda text: "{}", 422, "not a whole signed text"),
    "too long for us": (lambda text: "A" * 230_000, 413, "too large"),
    "too long for the server": (lambda text: "A" * 2_000_000, 413, "too large"),
    "a null byte": (lambda text: f"{text}\0", 422, ""),
    "lone surrogate": (lambda text: "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"), 422, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_anything_else_gets_a_sentence_and_its_status(says, take, paste, case):
    says.yes()
    make, status, words = BAD[case]

    response = paste(make(take()))

    assert response.status_code == status
    assert words in page_of(response)
    assert ("There is a problem" in page_of(response)) == (case == "nothing")
    assert "This receipt is genuine" not in page_of(response)


@pytest.mark.parametrize(
    ("case", "title"),
    [
        ("a changed byte", "This receipt was changed, or we did not sign it"),
        ("words", "This is not a signed receipt"),
        ("not a receipt", "This is not a signed receipt"),
    ],
)
def test_what_is_not_genuine_gets_a_verdict_and_no_form(says, take, paste, case, title):
    says.yes()

    page = page_of(paste(BAD[case][0](take())))

    assert f">{title}</h1>" in page and "It proves nothing" in page
    assert "<title>Error" not in page and "<textarea" not in page


@pytest.mark.parametrize("name", ["none", "HS256"])
def test_its_header_cannot_choose_how_it_is_verified(says, take, paste, name):
    says.yes()
    head, payload, signature = take().split(".")
    header = json.loads(urlsafe_b64decode(head.encode())) | {"alg": name}
    encoded = urlsafe_b64encode(json.dumps(header).encode()).decode()

    response = paste(f"{encoded}.{payload}.{'' if name == 'none' else signature}")

    assert response.status_code == 422
    assert "This receipt is genuine" not in page_of(response)


def test_a_form_of_another_kind_is_no_trouble(db):
    client = Client()
    assert client.post(VERIFY, "x" * 10, content_type="text/plain").status_code == 422
    assert client.post(VERIFY, b"\xff" * 10, content_type="multipart/form-data; boundary=x").status_code in (400, 422)
    assert client.put(VERIFY).status_code == 405


def test_after_rotation_old_receipts_stay_genuine(own_keys, says, take, paste):
    says.yes()
    older = take()

    call_command("signing_keys", "receipts", "--rotate")

    newer = take()
    assert older != newer
    assert all("This receipt is genuine" in page_of(paste(text)) for text in (older, newer))
    assert len(json.loads(Client().get("/.well-known/jwks.json").content)["keys"]) == 3
    assert Entry.objects.filter(event="signing_key.made").count() == 1


def test_what_a_withdrawn_key_signed_counts_no_more_and_a_new_receipt_can_be_taken(own_keys, says, take, paste):
    says.yes()
    older = take()

    call_command("signing_keys", "receipts", "--withdraw", "1", "--since", "2026-03-01")

    response = paste(older)
    assert response.status_code == 422
    assert "others may have it since 2026-03-01" in page_of(response)
    assert "This receipt is genuine" in page_of(paste(take()))
    published = json.loads(Client().get("/.well-known/jwks.json").content)
    assert [key["kid"] for key in published["keys"] if key["signs"] == "receipt"] == [
        json.loads(urlsafe_b64decode(take().split(".")[0].encode()))["kid"]
    ]
    assert published["withdrawn"][0]["withdrawn_since"] == "2026-03-01"
    assert Entry.objects.get(event="signing_key.withdrawn").facts == {"signs": "receipt", "since": "2026-03-01"}


def test_the_command_lists_and_refuses(own_keys, db, capsys):
    call_command("signing_keys", "receipts")
    assert capsys.readouterr().out.endswith("signs\n")
    with pytest.raises(CommandError, match="no such key"):
        call_command("signing_keys", "receipts", "--withdraw", "9", "--since", "2026-03-01")
    with pytest.raises(CommandError, match="go together"):
        call_command("signing_keys", "receipts", "--withdraw", "1")
    assert (own_keys / "receipt-1").exists()


def test_a_key_is_withdrawn_by_its_thumbprint_and_not_from_a_day_to_come(own_keys, db):
    kid = next(iter(signing.load_key_set(own_keys, "receipt").keys))
    terms = {"folder": own_keys, "today": date(2026, 3, 1), "by": PORTAL}
    with pytest.raises(WithdrawalInFuture):
        sealing.withdraw_signing_key(kind="receipt", kid=kid, since=date(2026, 3, 2), **terms)
    sealing.withdraw_signing_key(kind="receipt", kid=kid, since=date(2026, 3, 1), **terms)
    with pytest.raises(NoSuchKey):
        sealing.withdraw_signing_key(kind="receipt", kid=kid, since=date(2026, 3, 1), **terms)


def test_the_published_keys_are_for_everybody_and_hold_no_secret(db):
    response = Client().get("/.well-known/jwks.json")

    assert response["Content-Type"] == "application/jwk-set+json"
    assert "max-age=300" in response["Cache-Control"]
    assert set(json.loads(response.content)["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg", "signs"}


def offline(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """In a process of its own that has no settings, no keys and no database."""
    environment = {"PATH": os.environ["PATH"], "PORTAL_KEYS": "/nowhere", "DATABASE_URL": "postgres://nobody@nowhere/x"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify_receipt", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def taken_away(says, take, tmp_path) -> Path:
    """A folder with a receipt and the published keys in it."""
    says.yes()
    (tmp_path / "receipt.jws").write_text(take())
    (tmp_path / "jwks.json").write_bytes(Client().get("/.well-known/jwks.json").content)
    return tmp_path


def test_the_command_verifies_offline_with_the_published_keys_alone(taken_away):
    ran = offline(taken_away, "receipt.jws", "--key", "jwks.json")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Genuine. Example Co signed" in ran.stdout
    assert "It does not prove who the customer is" in ran.stdout


def test_offline_it_refuses_with_a_sentence_and_its_exit_code(taken_away):
    text = (taken_away / "receipt.jws").read_text()
    (taken_away / "changed.jws").write_text(text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:])

    changed = offline(taken_away, "changed.jws", "--key=jwks.json")
    missing = offline(taken_away, "nothing.jws", "--key", "jwks.json")
    no_keys = offline(taken_away, "receipt.jws", "--key", "receipt.jws")

    assert (changed.returncode, "was changed" in changed.stderr) == (1, True)
    assert (missing.returncode, "nothing.jws cannot be read" in missing.stderr) == (2, True)
    assert (no_keys.returncode, "file of keys" in no_keys.stderr) == (1, True)


def test_inside_the_portal_the_command_tells_what_stands_too(taken_away, says, capsys):
    call_command("verify_receipt", taken_away / "receipt.jws")
    assert "In force now: yes" in capsys.readouterr().out

    says.no()
    call_command("verify_receipt", taken_away / "receipt.jws")
    assert "In force now: no" in capsys.readouterr().out


def test_the_page_is_for_everybody(db, ada):
    for client in (Client(), ada):
        assert client.get(reverse("verify_receipt")).status_code == 200
