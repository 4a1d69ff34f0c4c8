"""Keep an officer's desk: what they have typed and not sent, ready-made questions, views of the queue."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.core.canonical import is_texts_by_name
from consents.core.clock import DatabaseNow
from consents.core.fields import CodedField
from consents.people.models import StaffMember
from consents.rights.models.requests import RightsRequest
from consents.rights.models.steps import RequestRow
from consents.rights.rules import About

LONGEST_DRAFT = 40_000  # bytes, sealed
LONGEST_NAME = 40


class Draft(RequestRow):
    """Keep what one officer has typed for one act on a request and not sent: sealed as a `Statement` is, theirs alone.

    It goes with the act, the answer, the customer, and after a month.
    """

    rights_request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="drafts")
    officer = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=24)
    is_theirs = models.BooleanField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rights_request", "officer", "act"], name="rights_draft_once"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("sealed"), LONGEST_DRAFT), name="rights_draft_bounded"
            ),
        ]


class QuestionTemplate(models.Model):
    """A question that officers ask again and again. `texts`: language → text, with placeholders in braces
    (`rules.questions`). What was sent stays as it was sent (`Clarification`)."""

    code = models.SlugField(
        _("code"), max_length=40, unique=True, help_text=_("A short name that officers choose it by.")
    )
    about = CodedField(_("what it is about"), max_length=10, choices=About)
    texts = models.JSONField(default=dict)
    is_offered = models.BooleanField(_("offered to officers"), default=True)

    class Meta:
        verbose_name = _("ready-made question")
        verbose_name_plural = _("ready-made questions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="rights_questiontemplate_known_subject"),
            models.CheckConstraint(condition=is_texts_by_name("texts"), name="rights_questiontemplate_texts"),
        ]

    def __str__(self) -> str:
        return gettext("Ready-made question “%(code)s”") % {"code": self.code}


class SavedView(models.Model):
    """Filters and order of the queue under a name of an officer's own; `query` names them as the list's address does.

    Theirs alone, and nothing follows from it: as a draft, it is not on record. `is_first`: what the list opens with.
    """

    owner = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    query = models.JSONField(default=dict)
    is_first = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="rights_savedview_once"),
            models.UniqueConstraint(fields=["owner"], condition=Q(is_first=True), name="rights_savedview_one_first"),
            models.CheckConstraint(condition=~Q(name=""), name="rights_savedview_has_a_name"),
            models.CheckConstraint(condition=is_texts_by_name("query"), name="rights_savedview_query"),
        ]

    def __str__(self) -> str:
        return self.name
