"""Pages of officers say a thing once, by its name, and never choose or claim what nobody did."""

import re

from consents.breaches.staff.forms import AnnouncementForm, AssessmentForm, ClosingForm
from consents.exports.models import Export
from consents.exports.staff.forms import HistoryForm
from consents.insights.models import Insight
from consents.law.kinds import PROVISIONS, Type
from tests.world import breaches as breach_world
from tests.world.cast import make_category, signed_in
from tests.world.insights import add_question, count
from tests.world.rights_requests import file
from tests.world.training import publish_module, train


def read_words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_year_names_the_law_of_each_right_and_a_dash_where_nothing_was_answered(world):
    file(world.ada, Type.ERASURE)

    page = signed_in(world.otto.user).get("/admin/compliance/").text

    row = read_words(re.search(r"<tr>\s*<th scope=\"row\">Delete my data .*?</tr>", page, re.DOTALL)[0])
    assert row == f"Delete my data {PROVISIONS[Type.ERASURE]} 1 0 0 0 0 0 1 – –"


def test_no_two_errors_of_a_form_about_a_breach_read_alike(world):
    for form in (AssessmentForm({}), AnnouncementForm({}), ClosingForm({}, are_told=False)):
        errors = [str(error) for errors in form.errors.values() for error in errors]
        assert len(set(errors)) == len(errors) > 1 and "This field is required." not in errors


def test_a_breach_is_not_closed_as_told_to_people_whom_nobody_told(world):
    page = signed_in(world.pia.user).get(f"/admin/breaches/{breach_world.record_breach(world).pk}/close/").text

    assert 'name="why_not_told"' in page and "checked" not in page and "They were told" not in page
    assert "why_not_told" not in ClosingForm(are_told=True).fields


def test_the_reason_for_reading_a_history_is_chosen_by_nobody_else(world):
    assert HistoryForm({"who": "C-1", "why": ""}).errors["why"] == ["Choose a reason."]
    assert '<option value="" selected>Choose a reason</option>' in str(HistoryForm()["why"])


def test_the_record_of_a_kind_of_data_reads_as_its_title_then_what_it_is(world):
    category = make_category("parcels", "Parcels", "street", source="The carrier")

    page = read_words(signed_in(world.otto.user).get(f"/admin/catalogue/category/{category.pk}/change/").text)

    assert "Title and description English: Parcels Deutsch: Parcels" in page
    assert "Where we have it from English: The carrier Deutsch: The carrier" in page


def test_an_answer_shows_its_numbers_once_and_its_finding_as_title(crowded):
    question = add_question(crowded)
    signed_in(crowded.sam.user).post("/admin/statistics/", {"question": question.pk})
    count(insight := Insight.objects.get())

    page = signed_in(crowded.sam.user).get(f"/admin/statistics/{insight.pk}/").text

    assert "<figcaption>Largest group shown: Chair, 15</figcaption>" in page
    assert page.count(">Chair</th>") == 1 and "<details>" not in page[page.index("<figure") :]


def test_attestations_name_the_module_by_its_title(world):
    version = publish_module(world)
    train(world.sam)

    page = signed_in(world.otto.user).get("/admin/training/attestation/").text

    assert f'field-module">{version.title}<' in page and ">ask-first<" not in page


def test_records_are_called_by_what_they_are_in_the_trail(world):
    assert str(Export(dataset="requests")) == "Privacy requests"
