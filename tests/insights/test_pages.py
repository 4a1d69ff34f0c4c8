"""Staff ask and read numbers, with the rules below; customers read that they were counted; a note is checked."""

import html
from uuid import uuid4

import pytest

from consents.choices.services import withdrawing
from consents.insights import rules
from consents.insights.models import Cell, Insight, Question
from consents.insights.services import counting, questions
from consents.insights.words import describe_largest_group
from consents.ledger.models import Entry
from tests.world.cast import make_customer, signed_in
from tests.world.insights import add_question, ask_insight, count

STATISTICS = "/admin/statistics/"
NOTE = f"{STATISTICS}note/"
QUESTION = "/admin/insights/question/"


def test_staff_ask_and_read_the_answer(crowded):
    question, client = add_question(crowded), signed_in(crowded.sam.user)
    assert "Customers by item" in client.get(STATISTICS).content.decode()

    answer = client.post(STATISTICS, {"question": question.pk}, follow=True)

    assert "This is being counted" in answer.content.decode()
    insight = Insight.objects.get()
    count(insight)
    page = client.get(f"{STATISTICS}{insight.pk}/").content.decode()
    assert "<svg" in page and ">Chair</th><td>15</td>" in page and ">Other groups</th><td>hidden</td>" in page
    assert "A group of fewer than 11 customers is hidden" in page and "Table" not in page and "Lamp" not in page
    file = client.get(f"{STATISTICS}{insight.pk}/numbers.csv")
    assert file.content.decode().splitlines()[2:5] == ["Group,customers", "Chair,15", "All together,30"]
    assert "Zero is shown." in file.content.decode()


def test_it_answers_any_form(crowded):
    question, client = add_question(crowded), signed_in(crowded.sam.user)
    for sent in (
        {},
        {"question": "x"},
        {"question": "\0"},
        {"question": "9" * 30},
        {"question": question.pk, "period": "2"},
        {"question": question.pk, "period": "\0"},
    ):
        assert client.post(STATISTICS, sent).status_code == 302
    assert not Insight.objects.exists()


def test_the_form_to_ask_for_access_offers_a_count_first(world):
    page = signed_in(world.sam.user).get("/admin/access/accessrequest/add/").content.decode()

    assert f'<a href="{STATISTICS}">Count groups of customers</a>' in page


def test_only_privacy_officers_add_questions(crowded):
    category = crowded.categories["orders"].pk
    sent = {
        "code": "prices",
        "title_en": "Customers by price",
        "title_de": "Kunden nach Preis",
        "title_es": "Clientes por precio",
        "grouped_by": f"{category}.price",
        "grouping": "tens",
        "measure": "customers",
        "dated_by": "",
        "step": "",
        "_save": "1",
    }
    assert signed_in(crowded.sam.user).post("/admin/insights/question/add/", sent).status_code == 403
    client = signed_in(crowded.pia.user)
    assert client.post("/admin/insights/question/add/", sent | {"step": "year"}).status_code == 200

    client.post("/admin/insights/question/add/", sent)

    question = Question.objects.get()
    assert (question.field, question.title, question.added_by_id) == ("price", "Customers by price", crowded.pia.pk)
    page = client.get(f"/admin/insights/question/{question.pk}/change/").content.decode()
    assert "Customers by price" in page and "Retire" in page


def test_the_form_for_a_question_says_why_it_offers_nothing(world):
    page = signed_in(world.pia.user).get(f"{QUESTION}add/").content.decode()
    assert "Nothing may be counted yet: there is no published purpose with the code “statistics”" in page


def test_a_question_that_is_refused_is_shown_as_it_was_typed(crowded, monkeypatch):
    def refuse(**_) -> None:
        raise rules.CategoryNotCounted

    monkeypatch.setattr(questions, "add_question", refuse)
    titles = {f"title_{code}": f"By price, {code}" for code in ("en", "de", "es")}
    facts = {"code": "prices", "grouped_by": f"{crowded.categories['orders'].pk}.price", "grouping": "tens"}

    page = signed_in(crowded.pia.user).post(f"{QUESTION}add/", titles | facts | {"measure": "customers", "_save": "1"})

    shown = page.content.decode()
    assert str(rules.CategoryNotCounted()) in html.unescape(shown) and 'value="By price, de"' in shown


def test_a_customer_reads_that_they_were_counted(crowded):
    """In one sentence, however many counts there are; who said no before reads nothing."""
    ada, gone = crowded.crowd[0], crowded.crowd[1]
    withdrawing.withdraw_consent(customer=gone.customer.id, purpose="statistics", by=gone.actor)
    for code in ("one", "two"):
        count(ask_insight(crowded, add_question(crowded, code)))

    page = signed_in(ada.user).get("/activity/").content.decode()

    assert "Your data was counted on one day in the last year" in page and page.count("Counted in statistics") == 1
    assert "Counted in statistics" not in signed_in(gone.user).get("/activity/").content.decode()


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Ada Lovelace wants her money back", ["Ada Lovelace"]),
        ("write to ada@example.com today", ["ada@example.com"]),
        ("call +44 1632 960123 after five", ["+44 1632 960123"]),
        ("Frau Müller was angry, Señor too", ["Frau Müller"]),
        ("born 3.5.1980", ["3.5.1980"]),
        ("called on 3 May 2026 and on May 4th", ["3 May 2026", "May 4th"]),
        ("am 3. März 1980, el 3 de mayo de 2026", ["3. März 1980", "3 de mayo de 2026"]),
        ("order HP-10021 is late", ["HP-10021"]),
        ("lives at 12 Long Street", ["12 Long Street"]),
        ("pays by DE89 3704 0044 0532 0130 00", ["DE89 3704 0044 0532 0130 00"]),
        ("the customer C-1001 called", ["C-1001"]),
        ("three of ten parcels were late", []),
    ],
)
def test_a_note_is_checked_for_people(world, text, marked):
    answer = signed_in(world.sam.user).post(NOTE, {"note": text})

    assert answer.status_code == 200
    assert [piece.text for piece in answer.context["pieces"] if piece.kind] == marked
    entry = Entry.objects.get(event="note.checked")
    assert entry.facts == {"marks": len(marked), "on_file": 0} and text not in entry.canonical


def test_a_customer_on_file_is_marked_in_a_note(world):
    make_customer("17041", "ada.lee@example.com")

    answer = signed_in(world.sam.user).post(NOTE, {"note": "17041 called, 17042 did not"})

    assert [piece.text for piece in answer.context["pieces"] if piece.kind] == ["17041"]
    assert Entry.objects.get(event="note.checked").facts == {"marks": 1, "on_file": 1}


def test_numbers_that_are_tried_out_are_not_told_apart(world, monkeypatch):
    monkeypatch.setattr("consents.insights.services.questions.MOST_ON_FILE", 1)
    for number in ("17041", "17042"):
        make_customer(number, f"c{number}@example.com")

    answer = signed_in(world.sam.user).post(NOTE, {"note": " or ".join(map(str, range(17000, 17100)))})

    assert not [piece for piece in answer.context["pieces"] if piece.kind]
    assert "that is a list, not a note" in answer.text
    assert Entry.objects.get(event="note.checked").facts == {"marks": 0, "on_file": 2}


def test_a_note_is_bounded(world):
    client = signed_in(world.sam.user)

    assert client.post(NOTE, {"note": "word " * 5000}).status_code == 422
    assert client.post(NOTE, {"note": "Aa " * 6000 + "1 2 3 " * 100}).status_code == 200
    assert client.post(NOTE, {}).status_code == 422


def test_a_question_goes_by_a_date_of_its_own_kind_of_data_and_is_added_and_retired_once(crowded):
    orders, contact = (crowded.categories[code].pk for code in ("orders", "contact"))
    sent = {"code": "items", "grouping": "value", "measure": "customers", "step": "year", "token": str(uuid4())}
    sent |= {f"title_{code}": "Customers by item" for code in ("en", "de", "es")} | {"_save": "1"}
    sent |= {"grouped_by": f"{orders}.item", "dated_by": f"{contact}.name"}
    pia = signed_in(crowded.pia.user)
    assert "Choose a date of the same kind of data." in pia.post(f"{QUESTION}add/", sent).text
    assert not Question.objects.exists()
    for _ in range(2):
        assert pia.post(f"{QUESTION}add/", sent | {"dated_by": f"{orders}.price"}).url == QUESTION

    question = Question.objects.get()
    page = f"{QUESTION}{question.pk}/act/retire/"
    press = {"CHANGE_FORM-action": "retire", "_selected_action": str(question.pk)}
    assert "Retire this question?" in pia.post(page, press, follow=True).text
    assert Question.objects.get().retired_at is None
    assert "The question is retired." in pia.post(page, press | {"confirm": "1"}, follow=True).text
    assert Question.objects.get().retired_at


def test_a_group_in_the_file_is_no_formula_whatever_a_spreadsheet_skips_before_it(crowded):
    insight = ask_insight(crowded, add_question(crowded))
    counting.store_answer(insight, rules.Answer(rules.Outcome.COUNTED, 15, {"\u200b=1+1": 15}))

    file = signed_in(crowded.sam.user).get(f"{STATISTICS}{insight.pk}/numbers.csv")

    assert "'\u200b=1+1,15" in file.text


def test_what_is_not_shown_is_neither_drawn_nor_downloaded(crowded):
    client = signed_in(crowded.sam.user)
    insight = ask_insight(crowded, add_question(crowded, measure="records"))
    path = f"{STATISTICS}{insight.pk}/"
    assert client.get(f"{path}numbers.csv").status_code == 404
    counting.store_answer(insight, rules.Answer(rules.Outcome.TOO_FEW))

    page = client.get(path)

    assert page.context["chart"] is None and "at most 5 entries count in a group" in page.text
    assert client.get(f"{path}numbers.csv").status_code == 404


def test_where_every_group_is_hidden_the_chart_says_so():
    hidden, empty = (Cell(label=label, number=number) for label, number in (("Lamp", None), ("Chair", 0)))

    assert describe_largest_group([hidden, empty]) == "Every group is empty or hidden"
    assert describe_largest_group([hidden, Cell(label="Table", number=15)]) == "Largest group shown: Table, 15"


def test_a_number_outside_what_is_counted_is_in_no_group_and_too_many_groups_are_none(monkeypatch):
    labels = {"-1": "", "many": "", "1000000": "", "0": "0–9", "999999": "999990–999999"}
    assert {text: rules.find_label("tens", text) for text in labels} == labels
    monkeypatch.setattr(rules, "MOST_GROUPS", 1)
    tally = rules.Tally("value", "customers")
    with pytest.raises(rules.TooManyGroups):
        for number in range(200):
            tally.add_customer([str(number)])
    assert len(tally.customers) == 101


def test_notes_are_not_checked_without_end(world, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"check_note": "1/m/user"}
    sam = signed_in(world.sam.user)

    assert [sam.post(NOTE, {"note": "Ada Lovelace called"}).status_code for _ in range(2)] == [200, 429]
    assert Entry.objects.filter(event="note.checked").count() == 1
