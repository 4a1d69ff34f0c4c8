"""Without an answer: an emergency from alarm to the customer's page, and an order whose notice releases itself."""

from datetime import timedelta

from django.urls import reverse

from consents.core import clock
from consents.exemptions.models import Exemption
from consents.exemptions.services import telling
from tests.journeys.browsing import post_is_delivered
from tests.journeys.opening import open_scriptless
from tests.journeys.scriptless import ScriptlessVisit
from tests.world.exemptions import file_order

EMERGENCY = {
    "Customer": "C-1001",
    "In one plain sentence": "A delivery to you may be poisoned.",
    "The danger": "A jar from this batch made three people ill.",
    "Why there is no other way": "Nobody answers the phone, and it is delivered today.",
    "In words": "Minutes count.",
}
DELAY = {
    "Law that forbids telling": "StPO § 101",
    "Authority": "Amtsgericht Hamburg",
    "Reason": "The inquiry would have failed.",
}


def fill(one: ScriptlessVisit, words: dict[str, str]) -> None:
    for label, text in words.items():
        one.fill(label, text, exact=True)


def raise_the_alarm(sam: ScriptlessVisit) -> None:
    sam.go(reverse("admin:exemptions_exemption_add"))
    sam.follow("An emergency")
    fill(sam, EMERGENCY)
    sam.choose("What for", "Answer your questions")
    sam.tick("Orders")
    sam.choose("Access for", "1 hour")
    sam.tick("Open at once")
    sam.choose("Or why the customer cannot be asked", "danger")
    sam.press("File it")
    sam.see("Open, to be checked")
    sam.follow("Open data")
    sam.press("Open: Orders")
    sam.see("Blue lamp")


def test_an_emergency_from_alarm_to_second_check(real_world):
    sam, pia, ada = (open_scriptless(one) for one in (real_world.sam, real_world.pia, real_world.ada))
    raise_the_alarm(sam)
    assert any(mail.to == ["ada@example.com"] for mail in post_is_delivered())

    ada.go("/activity/")
    ada.see("Without your permission: an emergency")
    ada.follow("Why they did not need your permission")
    ada.see("A second person will check this within a day.")

    pia.go("/admin/")
    pia.follow("exemption to decide or check")
    pia.follow("", near="result_list")
    pia.follow("Check")
    pia.tick("Yes: confirm the emergency")
    fill(pia, {"Why": "Three people are ill."})
    pia.press("Record my decision")
    pia.see("Checked and confirmed by a privacy officer.")

    ada.go(ada.path)
    ada.see("Pia, a privacy officer, checked this and confirmed it.")
    ada.see("Three people are ill.")


def test_a_court_order_whose_notice_releases_itself(real_world, later):
    filed = file_order(real_world)
    pia, ada = open_scriptless(real_world.pia), open_scriptless(real_world.ada)
    pia.go(reverse("admin:exemptions_exemption_decide", args=[filed.pk]))
    pia.tick("Yes: grant it")
    fill(pia, {"Why": "The order is valid."} | DELAY)
    pia.fill("Until the end of", str((clock.now() + timedelta(days=20)).date()))
    pia.press("Record my decision")
    pia.see("Delayed until")
    page = reverse("exemptions:exemption", args=[filed.pk])
    assert ada.client.get(page).status_code == 404

    later(timedelta(days=21))
    telling.release_due_notices()

    assert Exemption.objects.get().told_at and post_is_delivered()[-1].to == ["ada@example.com"]
    ada.go(page)
    ada.see("A law required it")
    ada.see("The inquiry would have failed.")
