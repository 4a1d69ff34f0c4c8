"""Who gets data outside the European Economic Area comes with what protects it there, and customers are told."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.translation import override

from consents.catalogue.display import build_displayed_recipient
from consents.catalogue.models import PurposeVersion, Recipient
from consents.catalogue.services import categories as catalogue_recipients
from consents.core.countries import EEA
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.law.transfers import Safeguard
from consents.ledger.rules import PORTAL
from tests.world.cast import make_purpose, make_recipient, signed_in

RECIPIENTS = "/admin/catalogue/recipient/"
ABROAD = {"country": "US", "safeguard": "A46-2-c"}
CLAUSES = "protected there by: standard contractual clauses of the European Commission"


def text(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("home", ["IE", "GB", "US"])
def test_inside_the_area_nothing_is_said_wherever_the_company_is(subtests, home):
    for country in sorted(EEA):
        with subtests.test(country=country):
            transfers.check_safeguard(country, "", home=home)
            with pytest.raises(transfers.LawProtectsIt):
                transfers.check_safeguard(country, "A45-3", home=home)


@pytest.mark.parametrize("home", ["IE", "GB", "US"])
def test_outside_it_is_said_wherever_the_company_is(home):
    transfers.check_safeguard("US", "A46-2-c", home=home)
    with pytest.raises(transfers.NothingProtectsIt):
        transfers.check_safeguard("US", "", home=home)


def test_what_stays_in_the_companys_own_country_goes_nowhere():
    transfers.check_safeguard("US", Safeguard.OWN_COUNTRY, home="US")
    with pytest.raises(transfers.NotOurCountry):
        transfers.check_safeguard("US", Safeguard.OWN_COUNTRY, home="IE")


@pytest.mark.parametrize("safeguard", Safeguard)
def test_customers_read_what_protects_it_or_that_nothing_does(safeguard):
    words = transfers.describe_safeguard(safeguard)
    if safeguard == Safeguard.OWN_COUNTRY:
        assert words == ""
    else:
        assert words.endswith(str(safeguard.label))
        assert words.startswith("not protected there" if safeguard.startswith("A49") else "protected there")


@pytest.mark.parametrize(
    ("storage", "recipients", "home", "expected"),
    [
        (["IE"], [], "IE", []),
        (["IE", "US"], [], "IE", ["US"]),
        (["IE", "US"], [("US", "A46-2-c")], "IE", []),
        (["US"], [], "US", []),
        (["IE"], [], "GB", []),
        ([], [("CH", "")], "IE", ["CH"]),
        (["CH"], [("CH", "A45-3"), ("CH", "")], "IE", ["CH"]),
    ],
)
def test_where_it_is_not_told_what_protects_the_data(storage, recipients, home, expected):
    assert transfers.list_unprotected_countries(storage, recipients, home=home) == expected


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"country": "US"}, transfers.NothingProtectsIt),
        ({"country": "IE", "safeguard": "A45-3"}, transfers.LawProtectsIt),
        ({"country": "US", "safeguard": "own-country"}, transfers.NotOurCountry),
    ],
)
def test_the_service_refuses(db, facts, refusal):
    with pytest.raises(refusal):
        make_recipient("printer", **facts)
    assert not Recipient.objects.exists()


def violated(sql: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return error.value.__cause__.diag.constraint_name


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("country = 'US'", "catalogue_recipient_protected_abroad"),
        ("safeguard = 'A46-2-c'", "catalogue_recipient_protected_abroad"),
        ("country = 'GB', safeguard = ''", "catalogue_recipient_protected_abroad"),
        ("country = 'US', safeguard = 'trust'", "catalogue_recipient_known_safeguard"),
    ],
)
def test_the_database_refuses(world, change, constraint):
    make_recipient("printer")
    assert violated(f"UPDATE catalogue_recipient SET {change}") == constraint


def test_the_rule_of_the_database_holds_for_every_row(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'catalogue_recipient_protected_abroad'")
        assert cursor.fetchone() == (True,)


@pytest.fixture
def abroad(world) -> PurposeVersion:
    """Offers that go to an advertiser in the United States."""
    contact, partner = [world.categories["contact"]], make_recipient("partner", kind="dpv:ThirdParty", **ABROAD)
    return make_purpose("ads", "Show you offers", contact, world.pia.user, recipients=[partner], storage=["IE", "US"])


def test_once_published_it_stays(abroad):
    with pytest.raises(DatabaseError, match="names this recipient"), transaction.atomic():
        Recipient.objects.update(safeguard="A45-3")


def test_stored_abroad_without_anybody_there_is_not_published(world):
    contact = [world.categories["contact"]]
    with pytest.raises(Refusal, match="outside the European Economic Area: United States"):
        make_purpose("ads", "Show you offers", contact, world.pia.user, storage=["IE", "US"])


def test_the_words_shown_say_it_and_those_of_before_keep_their_digest(db):
    assert build_displayed_recipient(make_recipient("partner", **ABROAD))["safeguard"] == "A46-2-c"
    assert "safeguard" not in build_displayed_recipient(make_recipient("printer"))


@pytest.mark.parametrize("path", ["/choices/", "/choices/ads/give/"])
def test_the_customer_reads_it_before_agreeing(world, abroad, path):
    assert f"Partner, United States (an outside company; {CLAUSES})" in text(signed_in(world.ada.user).get(path))


@pytest.mark.parametrize("language", ["de", "es"])
def test_it_reads_in_every_language(language):
    english = {str(transfers.describe_safeguard(one)) for one in Safeguard}
    with override(language):
        assert english & {str(transfers.describe_safeguard(one)) for one in Safeguard} == {""}


class TestForm:
    FORM = {
        "code": "partner",
        "name": "Partner",
        "kind": "dpv:ThirdParty",
        "address": "90 Pine Street, Portland",
        "contact": "privacy@partner.example",
        "country": "US",
    }

    @pytest.fixture
    def pia(self, world) -> Client:
        return signed_in(world.pia.user)

    def test_it_is_chosen_with_the_country(self, pia):
        pia.post(f"{RECIPIENTS}add/", self.FORM | {"safeguard": "A46-2-c"})
        assert Recipient.objects.get().safeguard == "A46-2-c"

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({}, "Choose what protects the data there."),
            ({"country": "IE", "safeguard": "A45-3"}, "Leave this empty."),
            ({"safeguard": "own-country"}, "not the company’s own country"),
            ({"country": "XX"}, "Two capital letters"),
        ],
    )
    def test_what_is_wrong_is_said_beside_it(self, pia, said, sentence):
        response = pia.post(f"{RECIPIENTS}add/", self.FORM | said)
        assert response.status_code == 200 and sentence in text(response) and "violated" not in text(response)

    def test_who_is_named_is_read_with_it(self, pia, abroad):
        page = text(pia.get(f"{RECIPIENTS}{Recipient.objects.get(code='partner').pk}/change/"))
        assert "Standard contractual clauses" in page or "standard contractual clauses" in page


def test_a_draft_may_change_both(world):
    recipient = make_recipient("printer")
    recipient.country, recipient.safeguard = "CH", "A45-3"
    assert catalogue_recipients.save_recipient(recipient=recipient, by=PORTAL).safeguard == "A45-3"
