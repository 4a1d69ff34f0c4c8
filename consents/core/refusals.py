"""Expected refusals: a "no" with a sentence for the person, raised beside the rule that says it."""

from typing import ClassVar


class Refusal(Exception):
    """Base of every expected "no".

    `str(refusal)` is a whole translated sentence without personal data, fit for the page; `status` is the HTTP
    status that an interface answers with. A bug is any other exception.
    """

    status: ClassVar[int] = 409
    sentence: ClassVar[str] = ""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or str(self.sentence))


class Unknown(Refusal):
    """Not there, or not yours: the two are never told apart."""

    status = 404
