"""One text, two forms; the reader's language; headers that tell machines what it is."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.utils import translation

from consents.ledger.models import Entry
from consents.notifications import delivery, selectors
from consents.notifications.delivery import deliver_message
from consents.notifications.email_texts import EmailText
from consents.notifications.models import FailingAddress, Message, Preference
from consents.notifications.rules import SEALED
from consents.notifications.services import choosing, queueing
from consents.notifications.staff.admin import KIND_WORDS, describe_kind
from consents.people.services import customer_records
from tests.world.cast import signed_in

KINDS = ["access_request_filed", "access_request_answered", "access_ended"]


def sent(message: Message):
    deliver_message(message=message.id)
    return mail.outbox[-1]


def filed(ada, language: str = "en") -> Message:
    customer = ada.customer
    customer_records.choose_language(customer=customer.pk, language=language, by=ada.actor)
    customer.refresh_from_db()
    moment = "2026-11-26T16:00:00+00:00"
    about = {"what_for": {"en": "Answer you", "de": "Ihnen antworten"}, "why_now": {"en": "You wrote"}}
    return queueing.notify(
        kind="access_request_filed", key="k", customer=customer, team="A & B <i>", answer_by=moment, **about
    )


def html_of(written) -> str:
    ((content, kind),) = written.alternatives
    assert kind == "text/html"
    return content


def words_of(html: str) -> list[str]:
    body = html.split("<body>")[1].split("</body>")[0]
    return unescape(re.sub(r"</?(?:p|br|h1|dl|div|dt|dd)\b[^>]*>", " ", re.sub(r"</?span\b[^>]*>", "", body))).split()


def test_both_forms_say_the_same(world):
    written = sent(filed(world.ada))

    head = f"{settings.PORTAL_COMPANY} {written.subject} "
    assert words_of(html_of(written)) == (head + written.body).split()
    assert "A &amp; B &lt;i&gt;" in html_of(written)


def test_html_has_nothing_to_press_load_or_run(world):
    html = html_of(sent(filed(world.ada)))

    assert not re.search(r"<(a|img|table|script|form|link|iframe)\b|url\(|@import|\bsrc=|\bhref=", html)


def test_html_has_the_company_s_colours_and_no_ground_of_its_own(world):
    html = html_of(sent(filed(world.ada)))

    # Both were measured on the lightest and darkest ground (portal/brand.py).
    assert set(re.findall(r"[{; ]color: (\S+?);", html)) == {settings.PORTAL_COLOUR, settings.PORTAL_COLOUR_DARK}
    assert "color-scheme: light dark" in html and "background" not in html


def test_lines_set_apart_stand_out():
    html = EmailText("Code", "Here:\n\n    ABCD-EFGH\n\nType it.\n\nExample Co\n", "en").html()

    assert '<p class="apart">ABCD-EFGH</p>' in html
    assert "<p>Type it.</p>" in html
    assert '<p class="close">Example Co</p>' in html


def test_lines_that_begin_with_a_label_are_facts():
    text = "Sam asks.\n\nWhat for: bills\nWhy now: you wrote: “hello”\n\nNote: call us.\nThen wait.\n\nExample Co\n"
    html = EmailText("Request", text, "en").html()

    assert "<dt>What for:</dt><dd>bills</dd>" in html and "<dt>Why now:</dt><dd>you wrote: “hello”</dd>" in html
    assert html.count("<dt>") == 2


def test_a_sentence_with_a_colon_is_no_fact():
    html = EmailText("Confirmation", "If this was not you, call us: 0800 555 0100.\n\nExample Co\n", "en").html()

    assert '<p>If this was not you, call us: <span class="whole">0800 555 0100</span>.</p>' in html
    assert "<dt>" not in html


def test_a_sentence_with_a_colon_and_its_law_is_no_fact():
    text = "Your request is complex: the data lies in several places. (UK GDPR Art 12(3))\n\nExample Co\n"
    assert "<dt>" not in EmailText("Request", text, "en").html()


@pytest.mark.parametrize("number", ["RQ-7K2M-93QX", "DB-4B6C1270"])
def test_a_number_stays_on_one_line(number):
    html = EmailText(f"Request {number}: ready <now>", f"See {number}, <b>.\n\nCase: {number}\n\nEx\n", "en").html()

    whole = f'<span class="whole">{number}</span>'
    assert f"<h1>Request {whole}: ready &lt;now&gt;</h1>" in html
    assert f"<p>See {whole}, &lt;b&gt;.</p>" in html and f"<dd>{whole}</dd>" in html


def test_a_day_stays_with_its_month():
    html = EmailText("Access", "It ends on 26 November 2028, 16:00.\n\nExample Co\n", "en").html()

    assert '<p>It ends on <span class="whole">26 November</span> 2028, 16:00.</p>' in html


@pytest.mark.parametrize("word", ["LR-085CCCB9", "0800 555 0100", "+49 40 555 0100", "E-Mail"])
def test_numbers_and_hyphenated_words_of_a_sentence_stay_on_one_line(word):
    html = EmailText("Request", f"Write <{word}>, and wait.\n\nExample Co\n", "de").html()

    assert f'<p>Write &lt;<span class="whole">{word}</span>&gt;, and wait.</p>' in html


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_it_is_in_the_customer_s_language(world, language):
    written = sent(filed(world.ada, language))

    moments = {
        "en": "26 November 2026, 16:00",
        "de": "26.\N{NO-BREAK SPACE}November 2026, 16:00",
        "es": "26\N{NO-BREAK SPACE}de noviembre de 2026, 16:00",
    }
    assert moments[language] in written.body
    assert f'<html lang="{language}">' in html_of(written)
    assert written.extra_headers["Content-Language"] == language


def test_staff_are_written_to_in_english_whatever_was_spoken_last(world):
    message = queueing.notify(kind="access_ended", key="e", user=world.sam.user)
    with translation.override("de"):
        assert sent(message).subject == "Your access to a customer’s data has ended"


def test_a_mail_says_that_no_person_wrote_it(world):
    headers = sent(filed(world.ada)).extra_headers

    assert headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in headers


def test_a_reminder_says_where_reminders_are_switched_off(world, settings, monkeypatch):
    monkeypatch.setattr(delivery, "OPTIONAL", {"access_request_filed"})

    # A page to sign in to; no link of ours acts, hence no List-Unsubscribe-Post (RFC 8058).
    headers = sent(filed(world.ada)).extra_headers
    assert headers["List-Unsubscribe"] == f"<{settings.PORTAL_URL}/settings/>"
    assert "List-Unsubscribe-Post" not in headers


@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_is_one_short_line(world, kind):
    message = queueing.notify(
        kind=kind, key=kind, user=world.sam.user, team="Billing", answer_by="2026-11-26T16:00:00Z"
    )

    assert re.fullmatch(r".{10,80}", sent(message).subject)


def test_it_leaves_as_one_message_with_both_forms(world):
    whole = sent(filed(world.ada, "de")).message()

    assert whole.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in whole.iter_parts()] == ["text/plain", "text/html"]
    assert whole["Message-ID"].endswith("@localhost>")


TEMPLATES = Path(settings.BASE_DIR) / "templates"
LETTERS = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("email/*_*.txt"))
PLAIN = dict.fromkeys(["company", "team", "title", "requester", "purpose", "phone", "reason", "staff"], "A & B") | {
    "number": 2,
    "count": 2,
}


def test_an_ampersand_stays_one_in_the_text_of_an_email(subtests):
    for template in LETTERS:
        with subtests.test(template=template):
            assert "&amp;" not in render_to_string(template, PLAIN)


# Reminders: at most weekly, never to who wants none, and the choice is on record. News always comes.

NEVER, WEEKLY = Preference.Digests.NEVER, Preference.Digests.WEEKLY


def remind(customer, key: str = "a") -> Message | None:
    return queueing.notify(kind="choices_digest", key=key, customer=customer, number="3")


def choose(world, digests) -> None:
    choosing.choose_digests(customer=world.ada.customer.id, digests=digests, by=world.ada.actor)


def test_a_customer_is_reminded_unless_they_said_otherwise(world):
    assert selectors.get_digest_preference(world.ada.customer.id) == WEEKLY
    assert remind(world.ada.customer)


def test_who_wants_no_reminders_gets_none(world):
    choose(world, NEVER)

    assert remind(world.ada.customer) is None
    assert remind(world.ben.customer, "b")


def test_news_comes_all_the_same(world):
    choose(world, NEVER)

    assert queueing.notify(kind="access_request_filed", key="k", customer=world.ada.customer, team="Billing")


def test_a_second_reminder_waits_a_week(real_world, later):
    assert remind(real_world.ada.customer, "first")
    assert remind(real_world.ada.customer, "second") is None

    later(timedelta(days=7, minutes=1))

    assert remind(real_world.ada.customer, "third")


def test_nobody_is_reminded_where_mail_does_not_arrive(world):
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")

    assert remind(world.ada.customer) is None


def test_the_choice_is_on_record_once(world):
    choose(world, NEVER)
    choose(world, NEVER)

    entry = Entry.objects.get(event="digests.chosen")
    assert (entry.customer, entry.outcome) == (world.ada.customer.id, "never")


def test_it_is_chosen_on_the_page(world):
    ada = signed_in(world.ada.user)

    response = ada.post("/settings/", {"digests": "never"})

    assert (response.status_code, response.url) == (302, "/settings/")
    assert selectors.get_digest_preference(world.ada.customer.id) == NEVER
    assert re.search(r'<input[^>]*value="never"[^>]*checked', ada.get("/settings/").content.decode())


@pytest.mark.parametrize("data", [{}, {"digests": "daily"}, {"digests": "\0"}], ids=["nothing", "unknown", "odd"])
def test_anything_else_gets_a_sentence(world, data):
    response = signed_in(world.ada.user).post("/settings/", data)

    assert response.status_code == 422
    assert "Choose whether we may remind you." in response.content.decode()
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notifications_preference (customer_id, digests) VALUES (%s, 'never')",
        "UPDATE notifications_preference SET digests = 'never' WHERE customer_id = %s",
    ],
    ids=["new", "changed"],
)
def test_the_database_refuses_a_choice_that_is_not_on_record(real_world, statement):
    if statement.startswith("UPDATE"):
        choose(real_world, NEVER)
        choose(real_world, WEEKLY)
    with pytest.raises(IntegrityError, match="ledger entry"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [real_world.ada.customer.id])


def test_every_email_there_is_has_words():
    written = {
        path.name.removesuffix("_message.txt") for path in settings.BASE_DIR.glob("templates/email/*_message.txt")
    }
    assert len(written) > 50
    assert written | SEALED == set(KIND_WORDS)


def test_one_of_an_older_portal_is_told_by_its_name():
    assert describe_kind("parcel_lost") == "Parcel lost"
