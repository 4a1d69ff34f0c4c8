"""The whole story on imported data: ask, answer, look, stop; who asks and looks, with script and without."""

import contextlib
import re
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Error

from consents.access.models import Grant
from consents.catalogue.models import Category
from consents.catalogue.services import categories
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services.staff_members import admit_staff
from tests.journeys.browsing import Visit, post_is_delivered
from tests.journeys.opening import count_ticked, read_text
from tests.journeys.scriptless import AnyVisit, ScriptlessVisit
from tests.world.cast import in_all, make_purpose, make_staff

CUSTOMERS = """\
CustomerId,FirstName,LastName,Company,Address,City,State,Country,PostalCode,Phone,Fax,Email,SupportRepId
1,Luisa,Gomes,,"Avenida Central, 21",Lisbon,,Portugal,1000,+351 555 0101,,luisa@example.org,3
2,Mark,Marker,,12 Road,Dublin,,Ireland,D01,+353 555 0102,,mark@example.org,3
"""
INVOICES = """\
InvoiceId,CustomerId,InvoiceDate,BillingAddress,BillingCity,BillingState,BillingCountry,BillingPostalCode,Total
10,1,2021-01-01 00:00:00,"Avenida Central, 21",Lisbon,,Portugal,1000,1.98
11,2,2021-01-02 00:00:00,12 Road,Dublin,,Ireland,D01,3.96
"""
PURCHASES = """\
InvoiceLineId,InvoiceId,TrackName,GenreName,UnitPrice,Quantity
1,10,Song of the Marker,Rock,0.99,2
2,11,Somebody else's song,Rock,0.99,4
"""
KINDS = ["Postal address", "Contact details", "Orders", "Purchases"]


def put_in_words(category: Category) -> None:
    """What the list did not say of a kind of data, as an officer fills it in."""
    category.words, category.term = in_all(category.words["en"]), "pd:Contact"
    fields = list(category.fields.all())
    for field in fields:
        field.labels = in_all(field.labels["en"])
    categories.save_category(category=category, fields=fields, by=PORTAL)


@pytest.fixture
def shop(transactional_db, tmp_path, settings):
    """A company whose customers came from files, with a published purpose and an invited requester."""
    for name, text in (("customers", CUSTOMERS), ("invoices", INVOICES), ("purchases", PURCHASES)):
        (tmp_path / f"{name}.csv").write_text(text)
        mapping = settings.BASE_DIR / "consents" / "ops" / "demo" / f"{name}.toml"
        with pytest.raises(SystemExit) as done:
            call_command("import_customers", tmp_path / f"{name}.csv", map=mapping, verbosity=0)
        assert done.value.code == 0
    officer = make_staff("pia@example.com", Role.PRIVACY_OFFICER, "Privacy", "Pia")
    for category in Category.objects.all():
        put_in_words(category)
        categories.publish_category(category=category, by=PORTAL)
    make_purpose("support", "Answer your questions", list(Category.objects.all()), officer.user)
    admit_staff(
        email="jane@example.com", role=Role.REQUESTER, team="Sales Support", first_name="Jane", number="3", by=PORTAL
    )


def newest_code() -> str:
    """The code in the newest mail, as a person reads it."""
    body = post_is_delivered()[-1].body
    return re.search(r"^\s*([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})\s*$", body, re.MULTILINE).group(1)


def open_staff(visit, script: bool) -> AnyVisit:
    """The browser of Jane, who has come in without script."""
    jane = ScriptlessVisit()
    set_first_password(jane)
    jane.sign_in("jane@example.com")
    if not script:
        return jane
    browser = visit()
    browser.go_on_with(jane.get_session_token())
    return browser


def set_first_password(jane: ScriptlessVisit) -> None:
    """An invited member of staff does it with a mailed code."""
    jane.go(reverse("account_reset_password"))
    jane.fill("Email", "jane@example.com")
    jane.press("Send the email")
    jane.fill("Code", newest_code())
    jane.press("Continue")
    jane.fill("New password", "correct horse battery staple", exact=True)
    jane.fill("New password again", "correct horse battery staple")
    jane.press("Save new password")
    jane.see("Your new password is saved")


def ask_for_orders(jane: AnyVisit) -> None:
    jane.go(reverse("admin:access_accessrequest_add"))
    jane.fill("Customer", "1")
    jane.press("Find")
    jane.see("Customer found")
    jane.choose("What for", "Answer your questions")
    if isinstance(jane, Visit):
        jane.page.locator("#scope legend").wait_for()
    else:
        jane.press("Show the data categories")
    assert not any(jane.is_ticked(name) for name in KINDS)
    for name in KINDS:
        jane.tick(name)
    jane.choose("Why now", "order_problem")
    jane.fill("In one plain sentence", "You wrote that an order is missing.")
    jane.fill("Case number", "CASE-7")
    jane.fill("Why you need sensitive data", "The order names it.")
    jane.press("Ask the customer")
    jane.see("The customer finds it on their page")


def claim_the_record(luisa: ScriptlessVisit) -> None:
    luisa.go("/accounts/signup/")
    luisa.fill("Email", "Luisa@Example.org")
    luisa.press("Email me a code")
    luisa.fill("Code", newest_code())
    luisa.press("Continue")
    luisa.see("1 request is waiting for you")


def allow_orders_alone(luisa: ScriptlessVisit) -> None:
    luisa.go("/")
    luisa.follow("Read and answer")
    luisa.see("Jane from Sales Support wants to see your data")
    luisa.see("You wrote that an order is missing.")
    assert count_ticked(luisa) == 0
    luisa.tick("Allow part of it")
    luisa.tick("Orders")
    luisa.choose("For how long?", "2 hours")
    luisa.press("Save my answer")
    luisa.see("Check your answer")
    luisa.press("Confirm: allow this")
    luisa.see("Your answer is saved")
    assert [grant.category.code for grant in Grant.objects.all()] == ["orders"]


def sees_nothing(one: AnyVisit) -> bool:
    return "Song of the Marker" not in read_text(one) and "1.98" not in read_text(one)


@pytest.mark.usefixtures("shop")
def test_ask_answer_look_stop(visit, script, settings):
    settings.PORTAL_STAFF_MFA = "off"
    jane, luisa = open_staff(visit, script), ScriptlessVisit()
    ask_for_orders(jane)
    record = jane.path
    claim_the_record(luisa)
    allow_orders_alone(luisa)

    jane.go(record)
    jane.follow("Open data")
    assert sees_nothing(jane)
    opening = jane.path
    jane.press("Open: Orders")
    jane.see("1.98")
    other_tab = open_another_tab(jane)
    other_tab.go(opening)

    luisa.go("/activity/")
    luisa.see("Opened: Orders")
    luisa.see("Jane from Sales Support")

    luisa.go("/")
    luisa.press("Stop access")
    luisa.see("can no longer see this for the request")
    assert Grant.objects.get().end == "stopped"

    if isinstance(jane, Visit):
        the_poll_takes_the_data_away(jane)
    jane.go(opening)
    jane.see("The customer stopped the access.")
    assert sees_nothing(jane)
    if isinstance(jane, Visit):
        goes_back_and_sees_nothing(jane)
    other_tab.press("Open: Orders")
    other_tab.see("The customer stopped the access.")
    assert sees_nothing(other_tab)


def open_another_tab(jane: AnyVisit) -> AnyVisit:
    tab = {"page": jane.context.new_page()} if isinstance(jane, Visit) else {}
    return replace(jane, **tab)


def goes_back_and_sees_nothing(jane: Visit) -> None:
    """The page with the data was the answer to a POST and is kept by no cache: the browser will not show it again."""
    with contextlib.suppress(Error):  # "confirm form resubmission" is an error page of the browser's own
        jane.page.go_back()
    assert "1.98" not in jane.page.locator("body").inner_text()


def the_poll_takes_the_data_away(jane: Visit) -> None:
    """What htmx does by itself every 60 seconds, now."""
    jane.page.evaluate(
        "() => { const d = document.querySelector('#data');"
        " return htmx.ajax('GET', d.getAttribute('hx-get'), {target: '#data', swap: 'outerHTML'}) }"
    )
    jane.see("The customer stopped the access.")
    assert sees_nothing(jane)
