"""The demo's mailbox, and that there is none elsewhere."""

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.urls import NoReverseMatch, reverse

from consents.ops.demo.company import list_newest_mail

in_the_demo = pytest.mark.urls("tests.demo.urls")


@pytest.fixture
def folder(settings, tmp_path):
    settings.PORTAL_MAIL_FOLDER = tmp_path / "mail"
    return settings.PORTAL_MAIL_FOLDER


def send(folder, *subjects: str) -> None:
    """All over one connection, hence into one file."""
    backend = EmailBackend(alias="default", file_path=str(folder))
    backend.send_messages(
        [
            EmailMessage(subject, f"Text of <{subject}>\n\nöäü", "from@example.com", ["ada@example.com"])
            for subject in subjects
        ]
    )


@in_the_demo
def test_it_lists_mail_newest_first(client, folder, db):
    send(folder, "First", "Second")

    page = client.get("/demo/mail/").content.decode()

    assert page.index("Second") < page.index("First")
    assert "ada@example.com" in page


@in_the_demo
def test_it_shows_one_mail_as_text(client, folder, db):
    send(folder, "First", "Second")

    page = client.get(reverse("demo:mail", args=[list_newest_mail()[0].name])).content.decode()

    assert "Text of &lt;Second&gt;" in page and "öäü" in page
    assert "First" not in page


@in_the_demo
def test_it_says_when_there_is_none(client, folder, db):
    assert "No emails yet" in client.get("/demo/mail/").content.decode()


@in_the_demo
@pytest.mark.parametrize(
    "name", ["x", "20260101-000000-1-0", "..%2f..%2fkeys", "20260101-000000-1-0%00", "20260101-000000-1-" + "9" * 400]
)
def test_any_other_name_is_not_found(client, folder, db, name):
    assert client.get(f"/demo/mail/{name}/").status_code in (400, 404)


def test_there_is_no_mailbox_outside_the_demo(client, db):
    assert client.get("/demo/mail/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("demo:mails")
