"""What customers have read stays as it is: every try as the application role in raw SQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from consents.catalogue.exchange.parsing import parse_catalogue
from consents.catalogue.models import Category, Field
from consents.catalogue.rules import (
    NotMarkedSpecial,
    count_english_syllables,
    count_german_syllables,
    count_spanish_syllables,
    find_longest_sentence,
    measure_reading_ease,
    split_sentences,
)
from consents.catalogue.services import categories
from consents.ledger.rules import PORTAL
from consents.ops.demo.company import FILE
from tests.waiting import wait_until_somebody_waits
from tests.world.cast import in_all
from tests.world.owners import acting_as_owner

DRAFTED = {
    "words": in_all({"title": "Draft", "description": ""}),
    "term": "pd:Contact",
    "sensitive": False,
    "fields": [("a", in_all("A"))],
}
ORDERS = "(SELECT id FROM catalogue_category WHERE code = 'orders')"
DRAFT = "(SELECT id FROM catalogue_category WHERE code = 'draft')"


def columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def refused_by(statement: str) -> str:
    with pytest.raises(DatabaseError, match="frozen") as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return refusal.value.__cause__.diag.constraint_name


@pytest.fixture
def draft(db) -> Category:
    return categories.draft_category(**DRAFTED, code="draft", by=PORTAL)


def test_what_dpv_calls_special_is_published_as_special_or_not_at_all(draft):
    Category.objects.filter(pk=draft.pk).update(term="pd:MedicalHealth")
    with pytest.raises(NotMarkedSpecial, match="Art 9"):
        categories.publish_category(category=draft, by=PORTAL)
    with pytest.raises(IntegrityError, match="special_terms_are_special"), transaction.atomic():
        Category.objects.filter(pk=draft.pk).update(published=True)

    Category.objects.filter(pk=draft.pk).update(special=True, sensitive=True)
    categories.publish_category(category=draft, by=PORTAL)


def other_value(table: str, column: str) -> str:
    """SQL for a value that differs from the one there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
            [table, column],
        )
        (kind,) = cursor.fetchone()
    if kind == "boolean":
        return f'NOT "{column}"'
    return f'"{column}" + 1' if "int" in kind else f"""\"{column}\" || '{{"x": 1}}'"""


def test_no_column_of_a_published_category_changes(world):
    for column in columns_of("catalogue_category"):
        value = other_value("catalogue_category", column)
        statement = f'UPDATE catalogue_category SET "{column}" = {value} WHERE id = {ORDERS}'
        assert refused_by(statement) == "catalogue_category_frozen", column


def test_no_column_of_a_field_of_a_published_category_changes(world):
    for column in columns_of("catalogue_field"):
        value = other_value("catalogue_field", column)
        statement = f'UPDATE catalogue_field SET "{column}" = {value} WHERE category_id = {ORDERS}'
        assert refused_by(statement) == "catalogue_field_frozen", column


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM catalogue_category WHERE id = {ORDERS}",
        f"DELETE FROM catalogue_field WHERE category_id = {ORDERS}",
        'INSERT INTO catalogue_field SELECT (jsonb_populate_record(f, \'{"id": 999, "key": "more"}\')).*'
        f" FROM catalogue_field AS f WHERE category_id = {ORDERS} LIMIT 1",
        f"UPDATE catalogue_field SET category_id = {ORDERS} WHERE category_id = {DRAFT}",
        f"UPDATE catalogue_field SET category_id = {DRAFT} WHERE category_id = {ORDERS}",
        f"MERGE INTO catalogue_category AS c USING (SELECT {ORDERS} AS id) AS s ON c.id = s.id"
        " WHEN MATCHED THEN DELETE",
    ],
)
def test_a_published_category_neither_goes_nor_gains_nor_loses_a_field(world, draft, statement):
    assert refused_by(statement).endswith("_frozen")


def test_the_owner_is_bound_too(real_world):
    with acting_as_owner() as owner, owner.cursor() as cursor, pytest.raises(DatabaseError, match="frozen"):
        cursor.execute("UPDATE catalogue_category SET published = false")


def test_a_draft_changes_and_writing_the_same_again_changes_nothing(world, draft):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE catalogue_category SET code = 'drafted' WHERE id = {DRAFT}")
        cursor.execute(f"UPDATE catalogue_category SET published = published WHERE id = {DRAFT}")
        cursor.execute(f"UPDATE catalogue_field SET key = key WHERE category_id = {DRAFT}")
        cursor.execute("DELETE FROM catalogue_field WHERE key = 'a'")
    assert not Field.objects.filter(category=draft).exists()


def test_a_field_written_while_its_category_is_published_is_refused(transactional_db):
    """The writer looked when it was still a draft, and must look again."""
    category = categories.draft_category(**DRAFTED, code="late", by=PORTAL)

    def write() -> None:
        try:
            Field.objects.create(category=category, key="late", order=9)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            categories.publish_category(category=category, by=PORTAL)
            writing = pool.submit(write)
            wait_until_somebody_waits()
        with pytest.raises(DatabaseError, match="frozen"):
            writing.result()
    assert [field.key for field in category.fields.all()] == ["a"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogue_purposeversion SET material = NOT material",
        "UPDATE catalogue_purposeversion SET published_at = NULL, published_by_id = NULL",
        "DELETE FROM catalogue_purposeversion",
        "DELETE FROM catalogue_purposeversion_categories",
        f"INSERT INTO catalogue_purposeversion_categories (purposeversion_id, category_id)"
        f" SELECT id, {DRAFT} FROM catalogue_purposeversion",
        f"UPDATE catalogue_purposeversion_categories SET category_id = {DRAFT} WHERE category_id = {ORDERS}",
    ],
)
def test_a_published_version_does_not_change(world, draft, statement):
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# How easily a text is read, in each language.

SYLLABLES = {
    count_english_syllables: {
        "take": 1,
        "table": 2,
        "looked": 1,
        "wanted": 2,
        "boxes": 2,
        "data": 2,
        "delivery": 4,
        "purposes": 3,
    },
    count_german_syllables: {
        "bestellungen": 4,
        "wir": 1,
        "daten": 2,
        "zeigen": 2,
        "bier": 1,
        "kaufen": 2,
        "häuser": 2,
        "see": 1,
    },
    count_spanish_syllables: {
        "que": 1,
        "datos": 2,
        "día": 2,
        "ciudad": 2,
        "país": 2,
        "averigüe": 4,
        "poeta": 3,
        "hoy": 1,
        "guion": 1,
    },
}
EASY = {
    "en": "We use your name and your email address to send you our offers. Every mail says how to end it.",
    "de": "Wir schreiben Ihnen, wenn etwas billiger wird. Das ist höchstens zweimal im Monat.",
    "es": "Usamos su nombre y su correo para enviarle ofertas. Cada correo dice cómo terminar.",
}
HARD = {
    "en": "Processing of personal data is conducted exclusively on the basis of applicable statutory provisions,"
    " notwithstanding any supplementary contractual arrangements.",
    "de": "Die Verarbeitung personenbezogener Daten erfolgt ausschließlich auf Grundlage der einschlägigen"
    " datenschutzrechtlichen Bestimmungen sowie gegebenenfalls ergänzender vertraglicher Vereinbarungen.",
    "es": "El tratamiento de los datos personales se efectúa exclusivamente conforme a las disposiciones legales"
    " aplicables, sin perjuicio de las estipulaciones contractuales complementarias.",
}


@pytest.mark.parametrize(
    ("count", "word", "expected"),
    [(count, word, n) for count, words in SYLLABLES.items() for word, n in words.items()],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_syllables_are_counted_per_language(count, word, expected):
    assert count(word) == expected


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_legalese_is_far_below_plain_words(language):
    assert measure_reading_ease(EASY[language], language) > 60 > 30 > measure_reading_ease(HARD[language], language)


def test_the_formula_is_fleschs():
    """Six words, six syllables, one sentence: 206.835 - 1.015 * 6 - 84.6."""
    assert measure_reading_ease("The cat sat on the mat.", "en") == round(206.835 - 6.09 - 84.6)


@pytest.mark.parametrize("text", ["", " \n", "…!?", "—"])
def test_no_words_have_no_ease(text):
    assert measure_reading_ease(text, "en") is None


def test_an_unknown_language_has_no_formula():
    assert measure_reading_ease("Bonjour à tous.", "fr") is None


def test_a_region_reads_as_its_language():
    assert measure_reading_ease(EASY["de"], "de-AT") == measure_reading_ease(EASY["de"], "de")


def test_it_points_at_the_longest_sentence():
    assert split_sentences("One. Two words! Three more words?") == ["One", "Two words", "Three more words"]
    assert find_longest_sentence("One. Two words! Three more words?") == "Three more words"


def test_the_demo_is_read_easily_in_every_language():
    for code, purpose in parse_catalogue(FILE.read_text(encoding="utf-8"))["purposes"].items():
        for language, words in purpose["notices"].items():
            assert (
                measure_reading_ease("\n".join([words["sentence"], words["text"], words["if_no"]]), language) >= 65
            ), code
