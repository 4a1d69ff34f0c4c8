"""A data breach in the pages of officers and of the customer whom it concerns."""

from datetime import timedelta
from uuid import uuid4

from django.core import mail

from consents.breaches import services
from consents.breaches.models import Announcement, Breach, BreachNotice
from consents.core import clock
from consents.ledger.models import Entry
from consents.notifications import delivery
from consents.notifications.models import Message
from consents.people.services import customer_records
from tests.world import breaches as world_of
from tests.world.cast import signed_in

WORDS = {
    f"{part}_{language}": f"{part} in {language}"
    for part in ("happened", "consequences", "measures", "contact")
    for language in ("en", "de", "es")
}
ASSESSED = {
    "harms": ["disclosed", "lost"],
    "categories": ["orders"],
    "people": "2",
    "records": "7",
    "consequences": "Strangers may know what was ordered.",
    "measures": "The list was deleted.",
    "risk": "high",
}


def send(client, path: str, **said):
    return client.post(path, {"token": str(uuid4())} | said)


def list_steps(client, case: str) -> set[str]:
    """List the steps that the page of a case offers."""
    page = client.get(case).text
    return {step for step in ("assess", "authority", "tell", "close") if f'href="{case}{step}/"' in page}


def test_two_officers_take_a_breach_from_its_record_to_its_end(world):
    pia, otto, ada = signed_in(world.pia.user), signed_in(world.otto.user), signed_in(world.ada.user)
    assert "No data breach is on record." in pia.get("/admin/breaches/").text
    noticed = {"noticed_at": f"{clock.now():%Y-%m-%dT%H:%M}"}
    case = send(pia, "/admin/breaches/new/", **noticed, summary="A list went astray.").url
    assert "left)" in pia.get(case).text and "Tell the authority by" in pia.get(case).text
    assert list_steps(pia, case) == {"assess", "authority"}
    assert "data breach open" in otto.get("/admin/").text
    assert send(pia, f"{case}assess/", **ASSESSED).url == case
    assert list_steps(pia, case) == {"assess", "authority", "tell"}
    told = {"told_at": f"{clock.now():%Y-%m-%dT%H:%M}", "authority": "DPC", "reference": "C-26-11"}
    page = send(pia, f"{case}authority/", **told)
    assert page.status_code == 302 or "after the breach was noticed" in page.text
    assert list_steps(pia, case) == {"assess", "authority", "tell", "close"}
    assert send(pia, f"{case}tell/", scope="listed", references="C-1001\nC-none", **WORDS).url == case
    assert list_steps(pia, case) == {"assess", "authority"} and "1 found of 2 numbers" in pia.get(case).text

    words = f"/admin/breaches/words/{Announcement.objects.get().pk}/"
    assert "another officer decides" in pia.get(words).text and "Once you agree" not in pia.get(words).text
    assert "1 found of 2 numbers" in otto.get(words).text
    assert "Once you agree" in otto.get(words).text and send(otto, words, decision="agreed").url == case
    assert WORDS["happened_en"] in otto.get(words).text and "Once you agree" not in otto.get(words).text
    assert "Decided by" in pia.get(words).text and "Going out now" in pia.get(words).text
    services.carry_out_announcements()
    assert "Everybody has been told" in otto.get(case).text

    home = ada.get("/").text
    notice = f"/incidents/{BreachNotice.objects.get().pk}/"
    assert "A security incident concerns your data" in home and notice in home and "happened in en" in home
    assert "measures in en" in ada.get(notice).text
    assert send(ada, f"{notice}read/").url == "/"
    home = ada.get("/").text
    assert "A security incident concerns your data" not in home and "happened in en" not in home
    assert home.count(f'<a href="{notice}">Security incident of which we told you on') == 1
    assert "Confirmed as read" in ada.get(notice).text
    assert Entry.objects.get(event="breach.read").actor == str(world.ada.user.pk)
    assert send(otto, f"{case}close/", why_not_told="", lessons="Lists are sealed.").url == case
    closed = pia.get(case).text
    assert "Lists are sealed." in closed and "72 hours to tell the authority, until" in closed
    assert "Tell the authority by" not in closed


def test_nobody_is_counted_before_it_is_known_whom_a_breach_concerns(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    world_of.propose_announcement(world, breach)

    page = signed_in(world.pia.user).get(f"/admin/breaches/{breach.pk}/").text

    assert "Every customer" in page and "Customers concerned" not in page


def test_the_notice_is_its_customers_alone(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    announcement = world_of.propose_announcement(world, breach, "C-1001")
    path = f"/incidents/{announcement.notices.get().pk}/"
    assert signed_in(world.ada.user).get(path).status_code == 404  # not told yet
    world_of.agree(world, announcement)
    services.carry_out_announcements()

    ben = signed_in(world.ben.user)
    assert ben.get(path).status_code == ben.post(f"{path}read/").status_code == 404
    assert path not in ben.get("/").text and signed_in(world.ada.user).get(path).status_code == 200


def test_the_email_says_everything_in_the_customers_language(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    customer_records.choose_language(customer=world.ada.customer.pk, language="de", by=world.ada.actor)
    world_of.tell_ada(world, breach)

    delivery.deliver_message(message=Message.objects.get(kind="breach_told").pk)

    letter = mail.outbox[-1]
    for part in world_of.PARTS:
        assert f"{part} in de" in letter.body and "in en" not in letter.body
    assert breach.number in letter.body
    assert "bis dort bestätigt ist, dass sie gelesen wurde" in " ".join(letter.body.split())


def test_the_page_says_everything_in_the_customers_language(world):
    breach = world_of.record_breach(world)
    world_of.assess_breach(world, breach)
    customer_records.choose_language(customer=world.ada.customer.pk, language="es", by=world.ada.actor)
    notice = world_of.tell_ada(world, breach).notices.get()

    page = signed_in(world.ada.user).get(f"/incidents/{notice.pk}/").text

    for part in world_of.PARTS:
        assert f"{part} in es" in page
    assert "in en" not in page


def test_whom_to_ask_is_said_in_each_language(world):
    pia, breach = signed_in(world.pia.user), world_of.record_breach(world)
    world_of.assess_breach(world, breach)

    page = send(pia, f"/admin/breaches/{breach.pk}/tell/", scope="everybody", **WORDS | {"contact_de": "\u200b"})

    assert page.status_code == 422 and "Fill in “Whom customers can ask (Deutsch)”." in page.text
    assert "contact in es" in page.text and not Announcement.objects.exists()


def test_only_officers_have_the_register(world):
    breach = world_of.record_breach(world)
    sam = signed_in(world.sam.user)
    for path in ("/admin/breaches/", "/admin/breaches/new/", f"/admin/breaches/{breach.pk}/"):
        assert sam.get(path).status_code == 403
    assert "/admin/breaches/" not in sam.get("/admin/").text


def test_what_was_typed_comes_back_with_a_sentence(world):
    pia = signed_in(world.pia.user)
    later = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    page = send(pia, "/admin/breaches/new/", noticed_at=later, summary="Typed with care.")
    assert page.status_code == 422 and "Typed with care." in page.text and "noticed before it is recorded" in page.text
    breach = world_of.record_breach(world)
    page = send(pia, f"/admin/breaches/{breach.pk}/close/", why_not_told="", lessons="Typed with care.")
    assert page.status_code == 422 and "Typed with care." in page.text
    for path in ("assess", "authority", "tell", "close"):
        assert send(pia, f"/admin/breaches/{breach.pk}/{path}/").status_code == 422
    unnamed = send(pia, f"/admin/breaches/{breach.pk}/authority/", told_at=f"{clock.now():%Y-%m-%dT%H:%M}")
    assert "Name the authority that was told." in unnamed.text
    unlisted = send(pia, f"/admin/breaches/{breach.pk}/tell/", scope="listed")
    assert "List the numbers of the customers who are told." in unlisted.text
    assert pia.get(f"/admin/breaches/{uuid4()}/").status_code == 404
    assert Breach.objects.count() == 1


def test_what_a_rule_refuses_is_said_beside_its_field(world, subtests):
    pia, breach = signed_in(world.pia.user), world_of.record_breach(world)
    now, address = clock.now(), f"/admin/breaches/{breach.pk}"
    early, soon = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (-300, 1))
    told = {"authority": "LfDI", "reference": "1"}
    for path, field, said in (
        ("/admin/breaches/new/", "noticed_at", {"noticed_at": soon, "summary": "It happened."}),
        (f"{address}/authority/", "told_at", {"why": "It harms nobody."}),
        (f"{address}/authority/", "told_at", told | {"told_at": early}),
        (f"{address}/close/", "why_not_told", {"why_not_told": "no_high_risk", "lessons": "Locked."}),
    ):
        with subtests.test(path):
            if field == "why_not_told":
                world_of.assess_breach(world, breach)
            assert set(send(pia, path, **said).context["form"].errors) == {field}


def test_that_nobody_on_a_list_is_a_customer_is_told_on_record_and_not_without_end(world, settings):
    breach, pia = world_of.record_breach(world), signed_in(world.pia.user)
    path, said = f"/admin/breaches/{breach.pk}/tell/", {"scope": "listed", "contact": "DPO", **WORDS}
    looks = Entry.objects.filter(event="customer.looked_up", actor=str(world.pia.pk))
    for number in ("C-none", "C-1001"):  # not assessed yet: both are refused alike, and tell nothing
        assert "Assess the breach first" in send(pia, path, references=number, **said).text
    assert not looks.exists()
    world_of.assess_breach(world, breach)

    assert "None of these is the number" in send(pia, path, references="C-none\nC-nil", **said).text

    assert looks.get().outcome == "not_found"
    settings.PORTAL_LOOK_UPS_PER_HOUR = 1
    for number in ("C-none", "C-1001"):
        assert "looked up too many" in send(pia, path, references=number, **said).text
    assert not Announcement.objects.exists()


def test_the_register_and_a_case_ask_a_bounded_number_of_queries(world, django_assert_max_num_queries):
    for _number in range(3):
        breach = world_of.record_breach(world)
        world_of.assess_breach(world, breach)
        world_of.tell_ada(world, breach)
    pia = signed_in(world.pia.user)
    pia.get("/admin/breaches/")
    with django_assert_max_num_queries(30):
        pia.get("/admin/breaches/")
    with django_assert_max_num_queries(30):
        pia.get(f"/admin/breaches/{breach.pk}/")
    assert Message.objects.filter(kind="breach_told").count() == 3
