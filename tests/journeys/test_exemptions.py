"""Without an answer: an emergency from alarm to the customer's page, and an order whose notice releases itself."""

from datetime import timedelta

from django.urls import reverse

from consents.core import clock
from consents.exemptions.models import Exemption
from consents.exemptions.services import telling
from tests.journeys.browsing import Visit, give_password, post_is_delivered
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


def fill(one: Visit, words: dict[str, str]) -> None:
    for label, text in words.items():
        one.page.get_by_label(label, exact=True).fill(text)


def raise_the_alarm(sam: Visit) -> None:
    sam.go(reverse("admin:exemptions_exemption_add"))
    sam.follow("An emergency")
    fill(sam, EMERGENCY)
    sam.page.get_by_label("What for").select_option(label="Answer your questions")
    sam.page.get_by_label("Orders").check()
    sam.page.get_by_label("Access for").select_option(label="1 hour")
    sam.page.get_by_label("Open at once").check()
    sam.page.get_by_label("Or why the customer cannot be asked").select_option("danger")
    sam.press("File it")
    sam.see("Open, to be checked")
    sam.follow("Open data")
    sam.press("Open: Orders")
    sam.see("Blue lamp")


def enter(visit, *users) -> list[Visit]:
    entered = []
    for user in users:
        give_password(user)
        entered.append(visit())
        entered[-1].sign_in(user.email)
    return entered


def test_an_emergency_from_alarm_to_second_check(real_world, visit):
    sam, pia, ada = enter(visit, real_world.sam.user, real_world.pia.user, real_world.ada.user)
    raise_the_alarm(sam)
    assert any(mail.to == ["ada@example.com"] for mail in post_is_delivered())

    ada.go("/activity/")
    ada.see("Without your permission: an emergency")
    ada.follow("Why they did not need your permission")
    ada.see("A second person will check this within a day.")

    pia.go("/admin/")
    pia.follow("exemption to decide or check")
    pia.page.locator("#result_list a").first.click()
    pia.follow("Check")
    pia.page.get_by_label("Yes: confirm the emergency").check()
    fill(pia, {"Why": "Three people are ill."})
    pia.press("Record my decision")
    pia.see("Checked and confirmed by a privacy officer.")

    ada.page.reload()
    ada.see("Pia, a privacy officer, checked this and confirmed it.")
    ada.see("Three people are ill.")


def test_a_court_order_whose_notice_releases_itself(real_world, visit, later):
    filed = file_order(real_world)
    pia, ada = enter(visit, real_world.pia.user, real_world.ada.user)
    pia.go(reverse("admin:exemptions_exemption_decide", args=[filed.pk]))
    pia.page.get_by_label("Yes: grant it").check()
    fill(pia, {"Why": "The order is valid."} | DELAY)
    pia.page.get_by_label("Until the end of").fill(str((clock.now() + timedelta(days=20)).date()))
    pia.press("Record my decision")
    pia.see("Delayed until")
    page = reverse("exemptions:exemption", args=[filed.pk])
    ada.go(page)
    ada.see("Page not found")

    later(timedelta(days=21))
    telling.release_due_notices()

    assert Exemption.objects.get().told_at and post_is_delivered()[-1].to == ["ada@example.com"]
    ada.go(page)
    ada.see("A law required it")
    ada.see("The inquiry would have failed.")
