"""A copy of one's data: made once it is granted, sealed, theirs alone, for two weeks, each download on record."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import localdate

from consents.choices.services import answering, withdrawing
from consents.copies.models import Download, Package
from consents.copies.services import packages
from consents.copies.services.packages import NoPackage, store_package
from consents.core.clock import now
from consents.core.refusals import Unknown
from consents.disclosures.models import Opening
from consents.disclosures.services import disclose_own_copy, disclose_records
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.services import customer_records
from consents.rights.rules import Format, Outcome, Reply
from tests.architecture.mutation.speaking import spoken
from tests.copies.collecting import DATA, PAGE, TELL, granted, jobs, taken
from tests.rights.noting import decide as decide_redaction
from tests.rights.noting import leave_out
from tests.rights.noting import write as write_note
from tests.world.cast import answer as allow
from tests.world.cast import ask, make_category, make_purpose, make_recipient, put_in_vault, put_on_list
from tests.world.erasing import erase
from tests.world.proposals import decline, make_guarded_purpose, propose_request
from tests.world.rights_requests import answer, by_staff, entries, file, make_californian, search


def packaged(world, *args, person=None, **terms) -> dict:
    request = granted(world, *args, person=person, **terms)
    assert packages.make_package(rights_request=request.pk)
    return json.loads(taken(world, request, person=person))


def test_a_package_says_what_protects_data_abroad(real_world):
    world = real_world
    partner = make_recipient("partner", country="US", safeguard="A46-2-c")
    contact = [world.categories["contact"]]
    version = make_purpose("ads", "Show you offers", contact, world.pia.user, recipients=[partner])
    answering.give_consent(customer=world.ada.customer.id, purpose="ads", version=version.pk, by=world.ada.actor)
    request = granted(world)
    packages.make_package(rights_request=request.pk)

    [told] = json.loads(taken(world, request))["recipients"]

    assert (told["country"], told["safeguard"]) == ("US", "A46-2-c")
    assert "standard contractual clauses" in taken(world, request, PAGE).decode()


def test_a_package_names_only_recipients_who_can_have_received_data(real_world):
    """What rests on no consent, and what this customer agreed to once, standing or for one request."""
    world, contact = real_world, [real_world.categories["contact"]]
    for code, facts in (("ads", {}), ("parcels", {"legal_basis": "A6-1-b"}), ("polls", {}), ("helps", {})):
        recipients = [make_recipient(f"{code}-maker")]
        made = make_purpose(code, f"Use it for {code}", contact, world.pia.user, recipients=recipients, **facts)
        if code == "polls":
            about = {"customer": world.ada.customer.id, "purpose": code, "by": world.ada.actor}
            answering.give_consent(version=made.pk, **about)
            withdrawing.withdraw_consent(**about)
        if code == "helps":
            allow(world, ask(world, "contact", version=made.pk))

    told = packaged(world)["recipients"]

    assert {one["recipient"] for one in told} == {"parcels-maker", "polls-maker", "helps-maker"}


def test_a_field_of_the_data_may_be_called_as_a_moment_is(real_world):
    plans = make_category("plans", "Plans", "since", "until")
    put_in_vault(real_world.ada.customer, plans, {"since": "2019-05-01", "until": "further notice"})
    request = granted(real_world)

    packages.make_package(rights_request=request.pk)

    page = taken(real_world, request, PAGE).decode()
    assert "2019-05-01" in page and "further notice" in page


def test_a_package_says_where_data_came_from(real_world):
    world = real_world
    category = make_category("bills", "Bills", "total", source="You, and the bank that pays us")
    put_in_vault(world.ada.customer, category, {"total": "12.00"})
    request = granted(world)
    packages.make_package(rights_request=request.pk)

    [bills] = [kind for kind in json.loads(taken(world, request))["data"] if kind["category"] == "bills"]

    assert bills["source"] == "You, and the bank that pays us"
    assert "You, and the bank that pays us" in taken(world, request, PAGE).decode()


def test_a_package_is_queued_with_the_answer(world):
    refused = file(world.ada, Type.PORTABILITY)
    answer(world, refused, Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.EXCESSIVE))
    assert jobs() == []

    request = granted(world)

    assert jobs() == [str(request.pk)]


def test_a_package_contains_all_the_data_and_history(real_world):
    world = real_world
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    asked = allow(world, ask(world, "orders"))
    disclose_records(grant=asked.grants.get().pk, staff=world.sam.pk, by=by_staff(world.sam))

    facts = packaged(world)

    values = {kind["category"]: kind["records"] for kind in facts["data"]}
    assert values["contact"] == [{"name": "Ada Marker", "phone": "555-0100"}]
    assert [record["item"] for record in values["orders"]] == ["Blue lamp", "Chair"]
    assert facts["person"]["email"] == "ada@example.com" and facts["person"]["reference"] == "C-1001"
    assert [step["event"] for step in facts["choices"][0]["history"]] == ["consent.given"]
    assert facts["access_requests"][0]["asked_by"] == "Sam from Billing Support"
    assert {look["kind"] for look in facts["looks"]} == {"grant", "own_copy"}
    assert facts["purposes"][0]["legal_basis"] == "A6-1-a"
    last = Entry.objects.get(sequence=facts["record"][-1]["sequence"], customer=world.ada.customer.id)
    assert facts["record"][-1]["hash"] == bytes(last.hash).hex()


def test_what_a_manager_was_to_agree_to_is_in_it_too(real_world):
    guarded = make_guarded_purpose(real_world)
    decline(propose_request(real_world, guarded), real_world.kim)
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    (proposed,) = json.loads(taken(real_world, request))["proposed_requests"]
    assert (proposed["sentence"], proposed["why_not"]) == (
        "Marker: two orders went to one address.",
        "Marker: call them.",
    )
    page = taken(real_world, request, PAGE).decode()
    assert "The manager did not agree. We did not ask you. Marker: call them." in page
    assert "Someone on our staff asked their manager" in page


def test_of_a_certain_time_what_happened_outside_of_it_is_not_told(real_world, later):
    world = real_world
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    asked = allow(world, ask(world, "orders"))
    disclose_records(grant=asked.grants.get().pk, staff=world.sam.pk, by=by_staff(world.sam))
    first = localdate(now())
    later(timedelta(days=3))
    at_first, since = {"scope_until": first}, {"scope_from": first + timedelta(days=1)}

    then = packaged(world, **at_first)
    now_on = packaged(world, **since)

    whole = ["access_requests", "looks", "record", "choices", "data"]
    assert all(then[name] for name in whole) and {look["kind"] for look in then["looks"]} == {"grant"}
    assert [step["event"] for step in then["choices"][0]["history"]] == ["consent.given"]
    assert then["privacy_requests"] == now_on["access_requests"] == now_on["choices"][0]["history"] == []
    assert {look["kind"] for look in now_on["looks"]} == {"own_copy"} and now_on["data"] == then["data"]
    days = {entry["at"][:10] for entry in then["record"]}, {entry["at"][:10] for entry in now_on["record"]}
    assert days[0] and days[1] and max(days[0]) < min(days[1])
    assert (then["last_day"], now_on["first_day"]) == (first.isoformat(), (first + timedelta(days=1)).isoformat())


def test_its_page_says_the_time_the_zone_and_the_rights_of_its_law(real_world):
    cal = make_californian()
    terms = {"person": cal, "scope_from": localdate(now())}
    request = granted(real_world, Type.KNOW_SPECIFIC, **terms)
    packages.make_package(rights_request=request.pk)

    page = taken(real_world, request, PAGE, cal).decode()

    assert "for the period you asked about: From " in page and "(UTC time)" in page
    assert "Have my data deleted" in page and "Pause the use" not in page and "No program decides about you" not in page


def test_its_page_stands_alone_and_says_the_same(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    page = taken(real_world, request, PAGE).decode()

    assert "Ada Marker" in page and "Blue lamp" in page and "Sam" not in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page and "src=" not in page


def test_the_page_is_in_the_customers_language(real_world):
    ada = real_world.ada
    customer_records.choose_language(customer=ada.customer.id, language="de", by=ada.actor)
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    assert '<html lang="de">' in taken(real_world, request, PAGE).decode()


def test_the_page_says_in_words_what_the_file_has_as_codes(real_world):
    ada = real_world.ada
    customer_records.choose_language(customer=ada.customer.id, language="de", by=ada.actor)
    put_on_list(ada.customer, country="IE")
    answering.give_consent(customer=ada.customer.id, purpose="support", version=real_world.version.pk, by=ada.actor)
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    page, facts = taken(real_world, request, PAGE).decode(), json.loads(taken(real_world, request))
    assert ": Sie haben in Version 1 des Textes eingewilligt." in page and "<dd>Irland " in page
    assert facts["choices"][0]["history"][0]["event"] == "consent.given" and facts["person"]["country"] == "IE"


def test_markup_in_the_vault_is_text_on_the_page(real_world):
    put_in_vault(real_world.ben.customer, real_world.categories["health"], {"note": "<script>alert(1)</script>"})
    request = granted(real_world, person=real_world.ben)
    packages.make_package(rights_request=request.pk)

    assert "&lt;script&gt;" in taken(real_world, request, PAGE, real_world.ben).decode()


def test_portability_holds_what_was_given_and_no_more(real_world):
    facts = packaged(real_world, Type.PORTABILITY)

    assert [kind["category"] for kind in facts["data"]] == ["contact", "orders", "health"]
    assert {"looks", "record", "choices"}.isdisjoint(facts)


def test_a_package_keeps_to_the_requested_scope(real_world):
    facts = packaged(real_world, Type.ACCESS, scope=("orders",))

    assert [kind["category"] for kind in facts["data"]] == ["orders"]


def test_in_california_kinds_are_told_without_values_and_some_values_never(real_world):
    cal, illness = make_californian(), make_category("illness", "Illness", "note", sensitive=True, special=True)
    put_in_vault(cal.customer, illness, {"note": "Marker allergy"})
    put_in_vault(cal.customer, real_world.categories["contact"], {"name": "Cal Marker"})

    kinds = json.dumps(packaged(real_world, Type.KNOW_CATEGORIES, person=cal))
    pieces = packaged(real_world, Type.KNOW_SPECIFIC, person=cal)

    assert "Contact details" in kinds and "Marker" not in kinds
    assert [kind.get("withheld") for kind in pieces["data"]] == [None, "11 CCR 7024(d)"]
    assert "Cal Marker" in json.dumps(pieces) and "allergy" not in json.dumps(pieces)


def test_making_it_twice_makes_it_once_and_tells_once(real_world):
    request = granted(real_world)

    assert packages.make_package(rights_request=request.pk) == packages.make_package(rights_request=request.pk)
    assert Package.objects.count() == Opening.objects.filter(kind="own_copy").count() == 1
    assert Message.objects.filter(kind="rights_request_package").count() == 1


def test_of_two_jobs_at_once_one_keeps_it(real_world):
    request = granted(real_world)
    made = [
        store_package(rights_request=request.pk, page=page, data="{}", by=PORTAL, began_at=now()) for page in ("a", "b")
    ]

    assert made[0] == made[1] == Package.objects.get() and entries(request).count("packaged") == 1


def test_nothing_is_readable_where_it_lies(real_world):
    packages.make_package(rights_request=granted(real_world).pk)

    package = Package.objects.get()
    assert b"Ada Marker" not in bytes(package.sealed_page) + bytes(package.sealed_data)


def test_each_download_is_on_record_before_it(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    taken(real_world, request, PAGE)
    taken(real_world, request, DATA)

    assert list(Download.objects.order_by("id").values_list("part", flat=True)) == ["page", "data"]
    assert entries(request)[-3:] == ["packaged", "package_downloaded", "package_downloaded"]


def test_a_package_is_available_to_no_one_else(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    with pytest.raises(Unknown):
        taken(real_world, request, person=real_world.ben)
    with pytest.raises(Unknown):
        packages.request_new_package(
            rights_request=request.pk, customer=real_world.ben.customer.id, by=real_world.ben.actor
        )


def test_after_two_weeks_it_is_gone_and_can_be_made_again(real_world, later):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)
    later(timedelta(days=14, seconds=1))

    with pytest.raises(NoPackage):
        taken(real_world, request)
    assert packages.remove_packages_when_due() == 1 and packages.remove_packages_when_due() == 0
    assert Package.objects.get().sealed_data is None
    packages.request_new_package(
        rights_request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor
    )
    assert jobs() == [str(request.pk)] * 2
    packages.make_package(rights_request=request.pk)
    assert b"Ada Marker" in taken(real_world, request)


def test_while_it_is_there_asking_again_changes_nothing(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    packages.request_new_package(
        rights_request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor
    )

    assert len(jobs()) == 1 and "package_asked" not in entries(request)


def test_an_erasure_takes_it_along(real_world):
    request = granted(real_world)
    packages.make_package(rights_request=request.pk)

    erase(real_world)

    assert Package.objects.get().sealed_page is None
    assert packages.make_package(rights_request=request.pk) is None


@pytest.mark.parametrize("type", [Type.RESTRICTION, Type.AUTOMATED])
def test_another_right_makes_none(real_world, type):
    request = answer(real_world, file(real_world.ada, type))

    assert packages.make_package(rights_request=request.pk) is None
    with pytest.raises(NoPackage):
        packages.request_new_package(
            rights_request=request.pk, customer=real_world.ada.customer.id, by=real_world.ada.actor
        )


def test_the_portal_opens_the_vault_for_no_request_that_was_not_granted(real_world):
    """Nor for another customer's: the database itself refuses the opening."""
    open_one, done = file(real_world.ada), granted(real_world, Type.PORTABILITY)

    for customer, request in [
        (real_world.ada, open_one.pk),
        (real_world.ada, uuid4()),
        (real_world.ada, None),
        (real_world.ben, done.pk),
    ]:
        with pytest.raises(Exception, match=r"for a granted request|recorded with its ledger entry"):
            disclose_own_copy(customer=customer.customer.id, rights_request=request, by=PORTAL)
    assert not Opening.objects.exists()


def test_customers_read_their_own_at_any_time_and_staff_never(real_world):
    copy = disclose_own_copy(customer=real_world.ada.customer.id, by=real_world.ada.actor)

    assert len(copy.records) == 3
    for actor in (real_world.ben.actor, by_staff(real_world.otto)):
        with pytest.raises(Exception, match="recorded with its ledger entry"):
            disclose_own_copy(customer=real_world.ada.customer.id, by=actor)


MADE = """INSERT INTO copies_package (id, rights_request_id, customer_id, made_at, ends_at, sealed_page, sealed_data)
SELECT made.id, r.id, r.customer_id, {made}, {made} + interval '{days} days', '', ''
FROM rights_rightsrequest AS r JOIN (VALUES (%s::uuid, %s::uuid)) AS made(id, request) ON r.id = made.request"""
TAKE = """INSERT INTO copies_download (package_id, customer_id, part, taken_by_id, taken_at)
SELECT p.id, p.customer_id, 'page', taken.by, portal.now()
FROM copies_package AS p JOIN (VALUES (%s::uuid, %s::uuid)) AS taken(package, by) ON p.id = taken.package"""


def told(request, event, by, result="", **details) -> tuple:
    facts = [f"rights_request.{event}", request.customer_id, *by, str(request.pk), result, json.dumps(details)]
    return TELL, facts


def test_in_sql_a_package_is_of_a_granted_request_now_and_for_two_weeks(real_world):
    id, request = str(uuid4()), granted(real_world)
    entry = told(request, "packaged", ("portal", ""), package=id)

    def make(of=request, made="portal.now()", days=14):
        return MADE.format(made=made, days=days), [id, of.pk]

    assert spoken(entry, make()).startswith("allowed")
    assert spoken(make()) == "23001 copies_package_on_record"
    assert spoken(entry, make(days=15)) == "23001 copies_package_frozen"
    assert spoken(entry, make(made="'2020-01-01Z'::timestamptz")) == "23001 copies_package_frozen"
    assert spoken(entry, make(file(real_world.ada, Type.RECTIFICATION))) == "23001 copies_package_frozen"


def test_in_sql_a_package_neither_changes_nor_goes_before_its_time(real_world):
    request = granted(real_world)
    id = str(packages.make_package(rights_request=request.pk).pk)
    entry = told(request, "package_removed", ("portal", ""), package=id)
    empty = "UPDATE copies_package SET sealed_page = NULL, sealed_data = NULL, removed_at = portal.now()"

    assert spoken(entry, empty) == "23001 copies_package_frozen"
    assert spoken("UPDATE copies_package SET ends_at = ends_at + interval '1 day'") == "23001 copies_package_frozen"
    assert spoken("DELETE FROM copies_package").startswith("42501")
    assert spoken("UPDATE copies_download SET part = 'data'").startswith("42501")


def test_in_sql_a_download_is_by_the_customer_and_told(real_world):
    request = granted(real_world)
    package, ada, sam = packages.make_package(rights_request=request.pk).pk, real_world.ada.user.pk, real_world.sam.pk
    taking = TAKE, [package, ada]

    assert spoken(told(request, "package_downloaded", ("customer", str(ada)), "page"), taking).startswith("allowed")
    assert spoken(taking) == "23001 copies_download_on_record"
    for kind, by in [("staff", sam), ("customer", real_world.ben.user.pk)]:
        entry = told(request, "package_downloaded", (kind, str(by)), "page")
        assert spoken(entry, (TAKE, [package, by])) == "23001 copies_download_on_record"


def test_a_package_says_when_it_was_made(real_world):
    facts = packaged(real_world)

    assert facts["made_at"][:10] == now().date().isoformat() and facts["access_requests"] == []


def test_a_copy_holds_the_internal_notes_but_for_what_is_about_others(real_world):
    """Those before the answer, without who wrote them; a proposal that was declined leaves nothing out."""
    world = real_world
    earlier = file(world.ada, Type.RECTIFICATION)
    first = write_note(world, earlier, "Her neighbour Max Muster let her in.")
    decide_redaction(world.otto, leave_out(world, first, "Max Muster"))
    second = write_note(world, earlier, "Called at noon. @Otto")
    decide_redaction(world.otto, leave_out(world, second, "noon"), is_agreed=False)
    write_note(world, file(world.ben), "Ben's own.")
    request = granted(world)
    write_note(world, earlier, "Written too late.")
    packages.make_package(rights_request=request.pk)

    (told,) = [one for one in json.loads(taken(world, request))["privacy_requests"] if one["number"] == earlier.number]
    page = taken(world, request, PAGE).decode()

    assert [(note["text"], note["left_out"]) for note in told["notes"]] == [
        ("Her neighbour █████ let her in.", "It is about a neighbour."),
        ("Called at noon. @Otto", ""),
    ]
    assert "Her neighbour █████ let her in." in page and "It is about a neighbour." in page
    assert not any(word in page for word in ("Max Muster", "own.", "Written too late"))
    assert "An officer wrote an internal note on your request." in page


def test_a_portable_copy_holds_no_notes(real_world):
    request = file(real_world.ada, Type.PORTABILITY)
    write_note(real_world, request, "Called at noon.")
    search(real_world, request)
    answer(real_world, request)
    packages.make_package(rights_request=request.pk)

    assert "Called at noon." not in taken(real_world, request, PAGE).decode()
