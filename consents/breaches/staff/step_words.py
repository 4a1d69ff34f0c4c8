"""Name the page of each step with a data breach, say what it is about, and what its button says."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class StepWords(NamedTuple):
    title: Promise
    lead: Promise
    button: Promise


NEW_BREACH = StepWords(
    gettext_lazy("Record a data breach"),
    gettext_lazy(
        "Customers’ data was seen, changed or lost when it should not have been. Record it as soon as you know."
    ),
    gettext_lazy("Record it"),
)
ASSESS = StepWords(
    gettext_lazy("Assess the data breach"),
    gettext_lazy("What is known now. Assess it again when you know more: the latest counts, all stay on record."),
    gettext_lazy("Record the assessment"),
)
AUTHORITY = StepWords(
    gettext_lazy("The authority"),
    gettext_lazy(
        "Tell the authority on its own form, then record it here. If you tell it more later, record that as well."
    ),
    gettext_lazy("Record it"),
)
ANNOUNCE = StepWords(
    gettext_lazy("Tell the people concerned"),
    gettext_lazy("They read these words on their first page and in an email, once another officer agrees."),
    gettext_lazy("Ask a second officer"),
)
DECIDE = StepWords(
    gettext_lazy("Words to customers"),
    gettext_lazy("Read them as a customer would. Once you agree they go out, and cannot be called back."),
    gettext_lazy("Decide"),
)
CLOSE = StepWords(
    gettext_lazy("Close the data breach"),
    gettext_lazy("Once it is closed nothing can be added. The register keeps it."),
    gettext_lazy("Close it"),
)
