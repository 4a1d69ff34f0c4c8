"""Delivery reports as mail servers write them."""

MESSAGE_ID = "<11111111-2222-4333-8444-555555555555@localhost>"


def report(
    *,
    message_id: str = MESSAGE_ID,
    action: str = "failed",
    status: str = "5.1.1",
    returned: str = "message/rfc822",
    original: str = "",
    kind: str = "message/delivery-status",
) -> bytes:
    """As Postfix does it; `returned` empty: nothing of the mail comes back."""
    headers = original or f"Message-ID: {message_id}\nSubject: Something\nTo: ada@example.com\n"
    back = f"--b\nContent-Type: {returned}\n\n{headers}\n" if returned else ""
    return (
        "From: MAILER-DAEMON@mx.example\nTo: privacy@example.com\nSubject: Undelivered Mail Returned to Sender\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nI am sorry.\n"
        f"--b\nContent-Type: {kind}\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; ada@example.com\nAction: {action}\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
        f"{back}--b--\n"
    ).encode()
