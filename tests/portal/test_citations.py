"""A law is cited as in the reader's language; what belongs to a number stays on its line."""

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from consents.core.durations import keep_counts
from consents.templatetags.portal import cite_law, keep_email_whole


@pytest.mark.parametrize(
    ("citation", "german", "spanish"),
    [
        ("GDPR Art 15", "Art. 15 DSGVO", "art. 15 RGPD"),
        ("GDPR Art 7(3)", "Art. 7 Abs. 3 DSGVO", "art. 7.3 RGPD"),
        ("UK GDPR Art 17(3)(b)", "Art. 17 Abs. 3 lit. b UK-DSGVO", "art. 17.3.b) RGPD del Reino Unido"),
        (
            "GDPR Art 5(2), 12; 11 CCR 7101",
            "Art. 5 Abs. 2, Art. 12 DSGVO; 11 CCR 7101",
            "art. 5.2, art. 12 RGPD; 11 CCR 7101",
        ),
        ("GDPR Art 44-49", "GDPR Art 44-49", "GDPR Art 44-49"),
        ("Civ 1798.110; 11 CCR 7024", "Civ 1798.110; 11 CCR 7024", "Civ 1798.110; 11 CCR 7024"),
    ],
)
def test_it_writes_articles_of_the_gdpr_as_lawyers_do(citation, german, spanish):
    for language, words in (("en", citation), ("de", german), ("es", spanish)):
        with translation.override(language):
            assert cite_law(citation).replace("\N{NO-BREAK SPACE}", " ") == words


def test_it_keeps_an_article_on_one_line():
    with translation.override("de"):
        assert cite_law("GDPR Art 7(3)").split(" ") == [
            "Art.\N{NO-BREAK SPACE}7\N{NO-BREAK SPACE}Abs.\N{NO-BREAK SPACE}3\N{NO-BREAK SPACE}DSGVO",
        ]
    assert cite_law("Civ 1798.110; 11 CCR 7024").split(" ") == [
        "Civ\N{NO-BREAK SPACE}1798.110;",
        "11\N{NO-BREAK SPACE}CCR\N{NO-BREAK SPACE}7024",
    ]
    assert cite_law("§ 95a StPO") == "§\N{NO-BREAK SPACE}95a StPO"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Ihnen Angebote per E-Mail senden", "Ihnen Angebote per <bdi>E-Mail</bdi> senden"),
        ("Ihre E-Mail-Adresse & <b>", "Ihre <bdi>E-Mail-Adresse</bdi> &amp; &lt;b&gt;"),
        (mark_safe("<p>E-Mails an Sie</p>"), "<p><bdi>E-Mails</bdi> an Sie</p>"),
        ("Send you offers by email", "Send you offers by email"),
    ],
)
def test_no_line_ends_within_the_german_word_for_email(words, shown):
    assert keep_email_whole(words) == shown


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("7 requests are open, 1 late", ["7 requests", "are", "open,", "1 late"]),
        ("1. Okt bis 31. Okt 2026, UTC", ["1. Okt", "bis", "31. Okt", "2026,", "UTC"]),
    ],
)
def test_it_keeps_a_number_with_its_word(sentence, parts):
    assert [part.replace("\N{NO-BREAK SPACE}", " ") for part in keep_counts(sentence).split(" ")] == parts


def test_no_line_of_the_help_ends_within_a_german_email(client, db):
    page = client.get("/help/", headers={"accept-language": "de"}).content.decode()
    assert "Ein Code aus unserer <bdi>E-Mail</bdi> zeigt uns" in page
