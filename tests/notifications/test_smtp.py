"""Against a mail server that speaks SMTP: what it takes arrives whole, what it refuses marks the address."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from itertools import takewhile

import pytest
from django.test import override_settings

from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.notifications.services import queueing


class Session(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs; `server.refuses` answers RCPT, the rest is taken."""

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                self.server.taken.append(b"".join(takewhile(b".\r\n".__ne__, self.rfile)))
            if word == b"QUIT":
                return
            self.say(self.server.refuses if word == b"RCPT" and self.server.refuses else "250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as made:
        made.taken, made.refuses, made.daemon_threads = [], "", True
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        options = {"host": "127.0.0.1", "port": made.server_address[1], "timeout": 5}
        backend = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
        with override_settings(MAILERS={"default": backend}):
            yield made
        made.shutdown()


def filed(world) -> Message:
    moment = "2026-11-26T16:00:00+00:00"
    return queueing.notify(
        kind="access_request_filed", key="k", customer=world.ada.customer, team="Billing", answer_by=moment
    )


def test_it_arrives_in_both_forms_under_its_own_id(world, server):
    message = filed(world)
    deliver_message(message=message.id)

    (taken,) = [message_from_bytes(content, policy=policy.default) for content in server.taken]
    assert taken["Message-ID"] == f"<{message.id}@localhost>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert "Please answer by 26 November 2026" in taken.get_body(("plain",)).get_content()
    assert '<html lang="en">' in taken.get_body(("html",)).get_content()


@pytest.mark.parametrize("status", ["550 5.1.1 no such user", "553 not here"], ids=["no user", "not here"])
def test_a_refusal_for_good_marks_the_address(world, server, status):
    server.refuses = status
    message = filed(world)
    deliver_message(message=message.id)

    message.refresh_from_db()
    assert (message.outcome, server.taken) == ("address refused", [])
    assert FailingAddress.objects.get().status == status[:3]


def test_a_refusal_for_now_marks_nothing(world, server):
    server.refuses = "450 4.2.1 come back"
    message = filed(world)
    with pytest.raises(Exception, match="450"):
        deliver_message(message=message.id)

    message.refresh_from_db()
    assert (message.sent_at, FailingAddress.objects.exists()) == (None, False)
