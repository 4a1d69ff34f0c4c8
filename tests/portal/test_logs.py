"""Log lines for machines: an ISO time, the request's id, and no personal value in any of them."""

import json
import logging
from datetime import datetime

from django.db import DataError
from django.test import Client

from portal.request_log import JSONFormatter, request_id
from tests.world.cast import signed_in
from tests.world.systems import let_ask, question

CANARY = "canary-4711"


def test_each_request_is_a_line_with_its_id_and_route(world, lines):
    answer = signed_in(world.ada.user).get("/choices/")

    [line] = [line for line in lines() if line["logger"] == "portal.request_log"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/choices/", 200)
    assert line["request"] == answer["X-Request-ID"] and request_id.get() == ""
    assert datetime.fromisoformat(line["time"]).tzinfo is not None and line["milliseconds"] > 0


def test_the_line_of_a_question_has_the_id_that_its_system_gave_it(db, settings, lines):
    newsletter = let_ask(settings)
    newsletter.send(question("C-1001"), **{"X-Request-ID": "7f0c"})
    newsletter.send(question("C-1001"))
    newsletter.client.get("/healthz", headers={"X-Request-ID": "7f0d"})

    named, unnamed, check = [line for line in lines() if line["logger"] == "portal.request_log"]
    assert named["system_request"] == "7f0c" != named["request"] and len(named["request"]) == 16
    assert "system_request" not in unnamed | check


def test_no_personal_value_reaches_a_line(world, lines):
    client = Client(headers={"user-agent": CANARY, "referer": f"https://x.example/{CANARY}"})
    client.cookies["portal"] = CANARY
    client.get(f"/requests/{CANARY}/", {"q": CANARY})
    client.post("/accounts/login/code/", {"email": f"{CANARY}@example.com"})
    client.post("/rights/", {"name": CANARY, "email": f"{CANARY}@example.com"})
    client.generic("PURGE" + CANARY.upper().replace("-", ""), "/")
    signed_in(world.ada.user).get(f"/receipts/{CANARY}/")
    client.get("/", headers={"host": f"{CANARY}.example"})

    assert lines() and CANARY not in json.dumps(lines()) and CANARY.upper().replace("-", "") not in json.dumps(lines())


def test_an_error_is_named_without_what_it_says():
    try:
        raise DataError(f"Key (email)=({CANARY}) already exists.")
    except DataError as error:
        record = logging.LogRecord("portal", logging.ERROR, "", 1, "went\nwrong", None, (type(error), error, None))

    line = JSONFormatter().format(record)
    assert "\n" not in line and CANARY not in line and json.loads(line)["error"].startswith("DataError")
