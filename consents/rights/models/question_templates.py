"""Ready-made questions to customers, as officers keep them in each language."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.core.coded_fields import CodedField
from consents.core.json_shapes import is_texts_by_name
from consents.rights.rules.answers import About


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
