"""Somebody without an account or an address: an officer gives out a code, and with it they get their copy."""

from axe_playwright_python.sync_playwright import Axe

from consents.copies.models import Download
from consents.copies.services import packages
from consents.ledger.rules import PORTAL
from consents.people.services import customer_records
from tests.journeys.judging import RULES, faults_of
from tests.world import rights_requests as requests
from tests.world.cast import put_in_vault, signed_in


def answered(world):
    customer = customer_records.open_customer_record(reference="C-7001", by=PORTAL)
    put_in_vault(customer, world.categories["contact"], {"name": "Eve Marker", "phone": "555-0107"})
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    return request


def test_a_letter_leads_to_the_copy(real_world, visit, script):
    request = answered(real_world)
    otto = visit(script=script, width=320)
    session = signed_in(real_world.otto.user).cookies["portal"].value
    otto.context.add_cookies([{"name": "portal", "value": session, "url": otto.base}])
    otto.go("/admin/")
    otto.follow("copy waiting for a code")
    otto.page.locator("#result_list th a").click()
    otto.see("an officer other than the one who confirmed the identity must give out a code")
    otto.press("Give out a code")
    otto.press("Show the letter with the code")
    code = otto.page.locator(".code").inner_text()
    assert not script or not Axe().run(otto.page, options=RULES).response["violations"]

    eve = visit(script=script, width=320)
    eve.go("/rights/")
    eve.follow("Collect your data with a code")
    eve.page.get_by_label("Number of your request").fill(request.number)
    eve.page.get_by_label("Your code").fill("BCDF-GHJK-MNPQ")
    eve.press("Continue")
    eve.see("The number and the code do not match")
    eve.page.get_by_label("Your code").fill(code.lower())
    eve.press("Continue")
    with eve.page.expect_download() as download:
        eve.press("Download it to read")
    assert b"Eve Marker" in download.value.path().read_bytes()
    eve.go("/rights/collect/")
    eve.see("It has already been downloaded")
    assert not script or not faults_of(eve, "/rights/collect/")
    eve.press("I am finished")

    eve.go("/rights/collect/")
    eve.see("Number of your request")
    assert Download.objects.count() == 1
