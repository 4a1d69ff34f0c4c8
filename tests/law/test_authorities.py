"""Who hears a complaint is named, with how to reach them, wherever something is refused, put off or late."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from consents.core.countries import EEA
from consents.law.authorities import CALIFORNIAN, NATIONAL, Authority, find_authorities, parse_authority
from consents.law.kinds import Regime, Type
from consents.law.reasons import Extension, Reason
from consents.ledger.rules import PORTAL
from consents.notifications.email_texts import build_email_context, render_email_text
from consents.notifications.models import Message
from consents.people.services.customer_records import open_customer_record
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling
from tests.forms import read
from tests.rights.officer_pages import press, text
from tests.world.cast import make_customer, signed_in
from tests.world.rights_requests import answer, by_staff, file, type_in

IRISH, AUSTRIAN, BRITISH = NATIONAL["IE"], NATIONAL["AT"], NATIONAL["GB"]
OURS = "Landesbeauftragte, Musterweg 1, 12345 Musterstadt, +49 30 555 0100, https://datenschutz.example/beschwerde"
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.NOT_COVERED)


def test_every_country_of_the_area_and_the_united_kingdom_has_one():
    assert set(NATIONAL) == EEA | {"GB"}


def test_each_has_a_name_and_an_address_on_the_web(subtests):
    for authority in [*NATIONAL.values(), *CALIFORNIAN]:
        with subtests.test(site=authority.site):
            assert authority.name and re.fullmatch(r"https://([a-z]+[a-z-]*\.)+[a-z]{2,3}", authority.url)
            assert authority.name in authority.in_words and authority.in_words.endswith(authority.url)


def test_no_two_countries_have_the_same():
    assert len({one.site for one in NATIONAL.values()}) == len(NATIONAL)


def test_the_united_kingdoms_can_be_written_to_and_called():
    assert "SK9\u00a05AF" in BRITISH.reach and "0303\u00a0123\u00a01113" in BRITISH.reach


def test_it_is_that_of_where_the_person_lives(subtests):
    for country in sorted(EEA):
        with subtests.test(country=country):
            assert find_authorities(Regime.GDPR, country, home="IE") == (NATIONAL[country],)


@pytest.mark.parametrize(
    ("regime", "jurisdiction", "home", "expected"),
    [
        (Regime.GDPR, "US-NY", "IE", (IRISH,)),
        (Regime.GDPR, "BR", "AT", (AUSTRIAN,)),
        (Regime.GDPR, "AT-9", "IE", (AUSTRIAN,)),
        (Regime.GDPR, "US", "GB", (BRITISH,)),
        (Regime.GDPR, "US", "US", ()),
        (Regime.UK_GDPR, "GB", "IE", (BRITISH,)),
        (Regime.CCPA, "US-CA", "IE", CALIFORNIAN),
        (Regime.CCPA, "US-CA", "US", CALIFORNIAN),
    ],
)
def test_else_of_where_the_company_is_else_nobody(regime, jurisdiction, home, expected):
    assert find_authorities(regime, jurisdiction, home=home) == expected


@pytest.mark.parametrize(
    ("regime", "jurisdiction", "home", "is_ours"),
    [
        (Regime.GDPR, "DE", "DE", True),
        (Regime.GDPR, "US", "DE", True),
        (Regime.GDPR, "US", "US", True),
        (Regime.UK_GDPR, "GB", "GB", True),
        (Regime.GDPR, "AT", "DE", False),
        (Regime.UK_GDPR, "GB", "DE", False),
        (Regime.CCPA, "US-CA", "US", False),
    ],
)
def test_the_company_says_it_of_its_own_country_alone(regime, jurisdiction, home, is_ours):
    assert (find_authorities(regime, jurisdiction, home=home, ours=OURS) == (parse_authority(OURS),)) is is_ours


def test_what_the_company_says_ends_in_a_link():
    named = parse_authority(OURS)
    assert named.name == "Landesbeauftragte, Musterweg 1, 12345 Musterstadt, +49 30 555 0100"
    assert named.url == "https://datenschutz.example/beschwerde" and named.in_words == OURS
    assert parse_authority("By letter alone, Musterweg 1") == Authority("By letter alone, Musterweg 1")


def page(person, request) -> str:
    return text(signed_in(person.user).get(f"/rights/requests/{request.number}/"))


def letter(kind: str) -> str:
    message = Message.objects.get(kind=kind)
    return render_email_text(f"email/{kind}", build_email_context(message.context)).text


def extend(world, request, **more):
    by = by_staff(world.pia)
    return handling.extend_deadline(
        rights_request=request.pk, reason=Extension.COMPLEX, officer=world.pia, by=by, **more
    )


@pytest.fixture
def anna(world):
    return make_customer("C-7001", "anna@example.com", country="AT")


def test_a_refusal_links_to_that_of_the_persons_country(world, anna):
    request = answer(world, file(anna, Type.RECTIFICATION), REFUSED)

    html = signed_in(anna.user).get(f"/rights/requests/{request.number}/")

    assert "Österreichische Datenschutzbehörde (Austria)" in text(html)
    assert AUSTRIAN.url in read(html).links
    assert '<a href="https://www.dsb.gv.at" rel="external noreferrer">www.dsb.gv.at</a>' in text(html)


def test_the_mail_of_a_refusal_names_it_too(world, anna):
    answer(world, file(anna, Type.RECTIFICATION), REFUSED)
    assert AUSTRIAN.in_words in letter("rights_request_answered")


def test_a_californian_is_told_of_both(world):
    request = answer(world, file(world.cal, Type.CORRECTION), REFUSED)

    html, mail = page(world.cal, request), letter("rights_request_answered")

    for one in CALIFORNIAN:
        assert one.url in html and one.in_words in mail


def test_a_britons_has_a_postal_address(world):
    british = make_customer("C-7002", "bea@example.com", country="GB")
    refused = answer(world, file(british, Type.RECTIFICATION), REFUSED)
    assert " ".join(BRITISH.reach.split()) in page(british, refused)


def test_an_extension_says_it_on_the_page_and_in_the_mail(world, anna):
    request = extend(world, file(anna))
    assert AUSTRIAN.url in page(anna, request) and "If you do not agree" in page(anna, request)
    assert AUSTRIAN.in_words in letter("rights_request_extended")


def test_a_late_answer_says_it(real_world, later):
    request = file(real_world.ada)
    later(timedelta(days=60))
    assert IRISH.url in page(real_world.ada, request)


def test_a_granted_answer_names_no_authority(world, anna):
    assert AUSTRIAN.url not in page(anna, answer(world, file(anna, Type.RESTRICTION)))


def test_an_officer_reads_it_before_a_refusal(world):
    refusal = {"reason": Reason.OTHERS, "text": "It is about your neighbour too.", "format": "post"}
    html = text(press(signed_in(world.pia.user), file(world.ada, Type.PORTABILITY), "refuse", **refusal))
    assert IRISH.title in html and IRISH.url in html


def test_an_officer_who_extends_without_mail_reads_what_to_say(world):
    request = type_in(world, customer=open_customer_record(reference="C-7003", by=PORTAL, country="AT"))
    asked = {"CHANGE_FORM-action": "extend", "_selected_action": str(request.pk)}
    html = text(signed_in(world.pia.user).post(f"/admin/rights/rightsrequest/{request.pk}/change/", asked, follow=True))
    assert AUSTRIAN.in_words in html and "If you do not agree" in html


def test_the_companys_own_words_are_shown(world, settings):
    settings.PORTAL_AUTHORITY = OURS
    html = page(world.ada, answer(world, file(world.ada, Type.RECTIFICATION), REFUSED))
    assert "Landesbeauftragte, Musterweg 1" in html and parse_authority(OURS).url in html


def test_nobody_known_leaves_the_sentence(world, settings):
    settings.PORTAL_COUNTRY = "US"
    html = page(world.ada, answer(world, file(world.ada, Type.RECTIFICATION), REFUSED))
    assert "data protection authority where you live" in html and "noreferrer" not in html


@pytest.mark.parametrize("path", ["/help/", "/privacy/"])
class TestPagesForEverybody:
    def test_a_stranger_reads_the_companys(self, world, path):
        assert IRISH.url in text(Client().get(path))

    def test_a_customer_reads_their_own(self, anna, path):
        assert AUSTRIAN.url in text(signed_in(anna.user).get(path))

    def test_staff_read_the_companys(self, world, path):
        assert IRISH.url in text(signed_in(world.sam.user).get(path))
