"""Somebody without an account or an address: an officer gives out a code, and with it they get their copy."""

import re

from consents.copies.models import Download
from consents.copies.services import packages
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.opening import faults_of_drawn, open_scriptless, read_text
from tests.journeys.scriptless import ScriptlessVisit
from tests.world import rights_requests as requests
from tests.world.cast import put_in_vault

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def answered(world):
    customer = customer_records.open_customer_record(reference="C-7001", by=PORTAL)
    put_in_vault(customer, world.categories["contact"], {"name": "Eve Marker", "phone": "555-0107"})
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    return request


def test_a_letter_leads_to_the_copy(real_world, visit):
    request, browser = answered(real_world), visit()
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/")
    otto.follow("copy waiting for a code")
    otto.follow(request.number)
    otto.see("an officer other than the one who confirmed the identity must give out a code")
    otto.press("Give out a code")
    otto.press("Show the letter with the code")
    code = CODE.search(read_text(otto))[0]
    assert faults_of_drawn(otto, browser) == []

    eve = ScriptlessVisit()
    eve.go("/rights/")
    eve.follow("Collect your data with a code")
    eve.fill("Number of your request", request.number)
    eve.fill("Your code", "BCDF-GHJK-MNPQ")
    eve.press("Continue")
    eve.see("The number and the code do not match")
    eve.fill("Your code", code.lower())
    eve.press("Continue")
    assert "Eve Marker" in eve.download("Download it to read")
    eve.go("/rights/collect/")
    eve.see("It has already been downloaded")
    assert faults_of_drawn(eve, browser) == []
    eve.press("I am finished")

    eve.go("/rights/collect/")
    eve.see("Number of your request")
    assert Download.objects.count() == 1
