"""Define expected refusals: a "no" with a sentence for the person, raised beside the rule that says it."""

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Refusal(Exception):
    """Base of every expected "no".

    `str(refusal)` is a whole translated sentence without personal data, fit for the page; `status` is the HTTP status
    that an interface answers with. A bug is any other exception. `facts` fill what stands in the sentence in
    parentheses: `NoCalendar(country="France")`.
    """

    status: ClassVar[int] = 409
    sentence: ClassVar[object] = ""  # text, translated when it is shown

    def __init__(self, sentence: object = "", **facts: object) -> None:
        words = str(sentence or self.sentence)
        super().__init__(words % facts if facts else words)


class NotValid(Refusal):
    """Refuse what was typed or chosen."""

    status = 422


class NotPermitted(Refusal):
    """Refuse whoever may not do this, whatever they typed."""

    status = 403


class Unknown(Refusal):
    """Refuse what is missing or someone else's; the two are never told apart."""

    status = 404


def get_or_refuse[Row](rows: "QuerySet[Any, Row]") -> Row:
    """Return the first of these rows. Raises Unknown where there is none."""
    if (row := rows.first()) is None:
        raise Unknown
    return row
