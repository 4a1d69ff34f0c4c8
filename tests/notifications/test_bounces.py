"""Reading reports that mail came back: what servers really send, and what nobody should."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core.refusals import Refusal
from consents.notifications.delivery import MAX_BYTES, NotAReport, UnknownMessageId, parse_bounce
from tests.notifications.reports import MESSAGE_ID, report

ID = UUID("11111111-2222-4333-8444-555555555555")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"returned": "text/rfc822-headers"},
        {"returned": "message/global-headers"},
        {"kind": "message/global-delivery-status", "returned": "message/global"},
        {"status": "5.1.1 (bad destination)"},
        {"action": "Failed"},
        {"original": f"subject: x\nMESSAGE-ID:\n {MESSAGE_ID}\n"},
    ],
    ids=["postfix", "headers alone", "global headers", "global", "comment", "capital", "folded"],
)
def test_it_knows_our_mail_and_the_status(changes):
    bounce = parse_bounce(report(**changes))

    assert (bounce.message, bounce.status, bounce.is_final) == (ID, "5.1.1", True)


def test_a_report_without_the_mail_is_known_by_what_it_answers():
    content = report(returned="").replace(b"Subject:", f"References: {MESSAGE_ID}\nSubject:".encode(), 1)

    assert parse_bounce(content).message == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "failed", "status": "4.2.2"},
        {"action": "delivered"},
        {"status": "none"},
        {"status": ""},
        {"status": "5"},
    ],
    ids=["delayed", "failed for now", "delivered", "no status", "empty status", "half a status"],
)
def test_what_did_not_fail_for_good_is_not_final(changes):
    assert not parse_bounce(report(**changes)).is_final


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"From: ada@example.com\n\nI am on holiday.", report(kind="text/plain"), b"\xff\xfe" * 9],
    ids=["empty", "zeros", "a letter", "no status part", "bytes"],
)
def test_anything_else_is_no_report(content):
    with pytest.raises(NotAReport):
        parse_bounce(content)


@pytest.mark.parametrize("id", ["<x@localhost>", "", "<11111111-2222@localhost>"], ids=["word", "none", "short"])
def test_a_report_about_mail_of_others_is_refused(id):
    with pytest.raises(UnknownMessageId):
        parse_bounce(report(message_id=id))


def test_it_reads_a_bounded_part_of_a_long_one():
    content = report()

    assert parse_bounce(content + b"x" * MAX_BYTES).message == ID


def test_depth_does_not_break_it():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))

    with pytest.raises(NotAReport):
        parse_bounce(deep)


@given(st.binary(max_size=400), st.integers(0, 700), st.integers(0, 40))
def test_no_bytes_break_it(noise, place, cut):
    whole = report()
    try:
        bounce = parse_bounce(whole[:place] + noise + whole[place + cut :])
    except Refusal:
        return
    assert isinstance(bounce.message, UUID)
