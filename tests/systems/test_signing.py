"""Signatures as Standard Webhooks 1.0.0 has them, and the secrets they are made with."""

import base64
import hmac
import json
import re
import textwrap
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consents.systems import sending
from consents.systems.sending import NoSecret, make_secret, read_secrets, sign_webhook
from tests.world.receivers import is_signed_with
from tests.world.systems import agree

# Of the specification's own libraries.
KEY, ID, TIME, BODY = (
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
)
README = Path(__file__).parents[2] / "portal/deploy/README.md"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_known_signature_comes_out():
    assert sign_webhook([base64.b64decode(KEY)], ID, TIME, BODY) == SIGNATURE


def test_the_lines_for_receivers_in_the_readme_check_it():
    [lines] = re.findall(r"^    signed = .*\n    code = .*\n    is_ours = .*\n", README.read_text(), re.MULTILINE)
    for body, is_ours in ((BODY, True), (BODY + b" ", False)):
        headers = {"webhook-id": ID, "webhook-timestamp": str(TIME), "webhook-signature": f"v1,AAAA {SIGNATURE}"}
        names = {"base64": base64, "hmac": hmac, "headers": headers, "secret": f"whsec_{KEY}", "body": body}
        exec(textwrap.dedent(lines), names)
        assert names["is_ours"] is is_ours


def test_two_secrets_sign_until_the_older_is_dropped(tmp_path):
    first, second = make_secret(tmp_path, "crm"), make_secret(tmp_path, "crm")
    make_secret(tmp_path, "crm-2")

    assert [f"whsec_{base64.b64encode(secret).decode()}" for secret in read_secrets(tmp_path, "crm")] == [second, first]
    assert sending.drop_older_secrets(tmp_path, "crm") == 1
    assert len(read_secrets(tmp_path, "crm")) == len(read_secrets(tmp_path, "crm-2")) == 1
    third = make_secret(tmp_path, "crm")
    assert third not in (first, second) and len(read_secrets(tmp_path, "crm")) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("written", ["", "whsec_", "whsec_AAAA", "whsec_%%%", f"whsk_{KEY}{KEY}", KEY])
def test_what_is_no_secret_signs_nothing(tmp_path, written):
    with pytest.raises(NoSecret):
        read_secrets(tmp_path, "crm")
    (tmp_path / "webhook-crm-1").write_text(written)
    with pytest.raises(NoSecret):
        read_secrets(tmp_path, "crm")


@pytest.mark.usefixtures("with_offers")
def test_a_receiver_can_check_what_came_with_either_secret(world, receivers):
    [path] = receivers.folder.glob("webhook-newsletter-1")
    older, out = path.read_text(), StringIO()
    call_command("make_webhook_secret", "newsletter", stdout=out)
    agree(world.ada, world.offers)
    receivers.deliver()

    [told] = receivers.tries
    newer = out.getvalue().split()[-1]
    assert is_signed_with(older, told) and is_signed_with(newer, told)
    assert not is_signed_with("whsec_" + base64.b64encode(b"x" * 32).decode(), told)
    told.body = told.body.replace(b"given", b"taken")
    assert not is_signed_with(newer, told)
    call_command("make_webhook_secret", "newsletter", "--drop", stdout=out)
    assert not path.exists() and json.loads(told.body)


def test_no_secret_is_made_for_a_system_that_is_not_there(receivers):
    with pytest.raises(CommandError, match="no system crm"):
        call_command("make_webhook_secret", "crm")
    assert not [*receivers.folder.glob("webhook-crm-*")]
