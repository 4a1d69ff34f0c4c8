"""The register of processing tells where data goes abroad, and what protects it there (GDPR Art 30(1)(e))."""

import pytest

from consents.exports.rules import Dataset, Format
from tests.world.cast import make_purpose, make_recipient
from tests.world.documents import words_of
from tests.world.exports import exported, taken


@pytest.fixture
def sent_abroad(real_world):
    abroad = [
        make_recipient("partner", country="US", safeguard="A46-2-c"),
        make_recipient("adviser", country="CH", safeguard="A45-3"),
        make_recipient("printer"),
    ]
    return make_purpose(
        "ads",
        "Show you offers",
        [real_world.categories["contact"]],
        real_world.pia.user,
        recipients=abroad,
        storage=["IE", "US"],
    )


def register(world) -> dict[str, dict[str, str]]:
    return {row["purpose"]: row for row in exported(world, dataset=Dataset.PROCESSING)}


def test_each_country_abroad_has_what_protects_the_data_there(real_world, sent_abroad):
    row = register(real_world)["ads"]
    assert row["transfer_country"] == "CH US"
    assert row["transfer_safeguard"] == "A45-3@CH A46-2-c@US"


def test_what_stays_in_the_area_is_no_transfer(real_world, sent_abroad):
    row = register(real_world)["support"]
    assert (row["transfer_country"], row["transfer_safeguard"]) == ("", "")


def test_a_company_outside_the_area_transfers_nothing_to_its_own_country(real_world, settings):
    settings.PORTAL_COUNTRY = "US"
    hosts = [
        make_recipient("host", country="US", safeguard="own-country"),
        make_recipient("adviser", country="CH", safeguard="A45-3"),
        make_recipient("printer"),
    ]
    contact = [real_world.categories["contact"]]
    make_purpose("ads", "Show you offers", contact, real_world.pia.user, recipients=hosts, storage=["US"])

    row = register(real_world)["ads"]

    assert row["transfer_country"] == "CH IE" and row["transfer_safeguard"] == "A45-3@CH"


def test_who_decides_with_the_company_is_named_for_the_purpose(real_world):
    twin = make_recipient("twin", kind="dpv:JointDataControllers", name="Twin Ltd", contact="dpo@twin.example")
    make_purpose("ads", "Show you offers", [real_world.categories["contact"]], real_world.pia.user, recipients=[twin])

    rows = register(real_world)

    assert rows["ads"]["joint_controllers"] == f"Twin Ltd, {twin.address}, dpo@twin.example"
    assert rows["support"]["joint_controllers"] == ""
    document = words_of(taken(real_world, dataset=Dataset.PROCESSING, format=Format.PDF)[1])
    assert "Twin Ltd" in document and "decides with us what it is used for" in document
