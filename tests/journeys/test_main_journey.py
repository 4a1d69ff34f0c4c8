"""The whole story in a browser, on imported data: ask, answer, look, stop; with script and without."""

import contextlib
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Error

from consents.catalogue.models import Category
from consents.catalogue.services import categories
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services.staff_members import admit_staff
from tests.journeys.browsing import click, post_is_delivered
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


def first_password(jane) -> None:
    """An invited member of staff sets the first password with a mailed code."""
    jane.go(reverse("account_reset_password"))
    jane.page.get_by_label("Email").fill("jane@example.com")
    click(jane.page.locator("main form button").first)
    jane.page.locator("input[name=code]").wait_for()
    jane.page.locator("input[name=code]").fill(newest_code())
    click(jane.page.locator("main form button").first)
    for name in ("password1", "password2"):
        jane.page.locator(f"input[name={name}]").fill("correct horse battery staple")
    click(jane.page.locator("main form button").first)
    jane.page.locator("input[name=password1]").wait_for(state="detached")


def asks_for_orders(jane) -> None:
    jane.go(reverse("admin:access_accessrequest_add"))
    jane.page.get_by_label("Customer").fill("1")
    jane.press("Find")
    jane.see("Customer found")
    jane.page.get_by_label("What for").select_option(label="Answer your questions")
    if not jane.script:
        jane.press("Show the data categories")
    jane.page.locator("#scope legend").wait_for()
    assert jane.page.locator("#scope input:checked").count() == 0
    for box in jane.page.locator("#scope input[type=checkbox]").all():
        box.check()
    jane.page.get_by_label("Why now", exact=True).select_option("order_problem")
    jane.page.get_by_label("In one plain sentence").fill("You wrote that an order is missing.")
    jane.page.get_by_label("Case number").fill("CASE-7")
    jane.page.get_by_label("Why you need sensitive data").fill("The order names it.")
    jane.press("Ask the customer")
    jane.see("The customer finds it on their page")


def claims_the_record(luisa) -> None:
    luisa.go("/accounts/signup/")
    luisa.page.get_by_label("Email").fill("Luisa@Example.org")
    click(luisa.page.locator("main form button").first)
    luisa.page.locator("input[name=code]").wait_for()
    luisa.page.locator("input[name=code]").fill(newest_code())
    click(luisa.page.locator("main form button").first)
    luisa.see("1 request is waiting for you")


def allows_orders_alone(luisa) -> None:
    luisa.go("/")
    luisa.follow("Read and answer")
    luisa.see("Jane from Sales Support wants to see your data")
    luisa.see("You wrote that an order is missing.")
    luisa.page.get_by_label("Allow part of it").check()
    luisa.page.get_by_label("Orders").check()
    luisa.page.get_by_label("For how long?").select_option(label="2 hours")
    luisa.press("Save my answer")
    luisa.see("Check your answer")
    luisa.press("Confirm: allow this")
    luisa.see("Your answer is saved")


def sees_nothing(page) -> bool:
    return "Song of the Marker" not in page.content() and "1.98" not in page.locator("main").inner_text()


@pytest.mark.usefixtures("shop")
def test_ask_answer_look_stop(visit, script, settings):
    settings.PORTAL_STAFF_MFA = "off"
    jane, luisa = visit(script=script), visit(script=script, width=320)
    first_password(jane)
    jane.sign_in("jane@example.com")
    asks_for_orders(jane)
    record = jane.page.url
    claims_the_record(luisa)
    allows_orders_alone(luisa)

    jane.page.goto(record)
    jane.follow("Open data")
    assert sees_nothing(jane.page)
    opening = jane.page.url
    jane.press("Open: Orders")
    jane.see("1.98")
    second_tab = jane.context.new_page()
    second_tab.goto(opening)

    luisa.go("/activity/")
    luisa.see("Opened: Orders")
    luisa.see("Jane from Sales Support")

    luisa.go("/")
    luisa.press("Stop access")
    luisa.see("can no longer see this for the request")

    if script:
        the_poll_takes_the_data_away(jane)
    jane.page.goto(opening)
    jane.see("The customer stopped the access.")
    assert sees_nothing(jane.page)
    goes_back_and_sees_nothing(jane)
    second_tab.get_by_role("button", name="Open: Orders").click()
    second_tab.get_by_text("The customer stopped the access.").wait_for()
    assert sees_nothing(second_tab)


def goes_back_and_sees_nothing(jane) -> None:
    """The page with the data was the answer to a POST and is kept by no cache: the browser will not show it again."""
    with contextlib.suppress(Error):  # "confirm form resubmission" is an error page of the browser's own
        jane.page.go_back()
    assert "1.98" not in jane.page.locator("body").inner_text()


def the_poll_takes_the_data_away(jane) -> None:
    """What htmx does by itself every 60 seconds, now."""
    jane.page.evaluate(
        "() => { const d = document.querySelector('#data');"
        " return htmx.ajax('GET', d.getAttribute('hx-get'), {target: '#data', swap: 'outerHTML'}) }"
    )
    jane.see("The customer stopped the access.")
    assert sees_nothing(jane.page)
