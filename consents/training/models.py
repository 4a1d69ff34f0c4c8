from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consents.core.append_only import AppendOnlyModel
from consents.core.canonical import is_all_of, is_list_of_numbers
from consents.core.clock import DatabaseNow
from consents.core.grouped_ids import RandomIdModel
from consents.people.models import StaffMember, User


class ModuleVersion(models.Model):
    """A version of the text and the questions of a module. Frozen, by trigger, once published.

    `words`: language → {"title", "text", "questions": [{"question", "answers"}]}. `solution`: the place of the right
    answer to each question, the same in every language. In force is the published version with the highest number.
    """

    code = models.SlugField(
        _("code"), max_length=40, help_text=_("The same code makes a new version of the same module.")
    )
    number = models.SmallIntegerField(_("number"), editable=False)
    required = models.BooleanField(
        _("required"),
        default=True,
        help_text=_("Without a valid attestation no one may ask for access or look at data."),
    )
    words = models.JSONField(default=dict, editable=False)
    solution = models.JSONField(default=list, editable=False)
    pass_mark = models.SmallIntegerField(
        _("pass mark, in percent"), default=80, validators=[MinValueValidator(50), MaxValueValidator(100)]
    )
    valid_months = models.SmallIntegerField(
        _("valid for, in months"), default=12, validators=[MinValueValidator(1), MaxValueValidator(36)]
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("training module")
        verbose_name_plural = _("training modules")
        ordering = ["code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="training_module_number"),
            models.CheckConstraint(condition=Q(pass_mark__gte=50, pass_mark__lte=100), name="training_module_pass"),
            models.CheckConstraint(condition=Q(valid_months__gte=1, valid_months__lte=36), name="training_module_time"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | (Q(published_by__isnull=False) & ~Q(solution=[])),
                name="training_module_published_whole",
            ),
            models.CheckConstraint(condition=is_all_of("words", "$.*.title"), name="training_module_titles"),
            models.CheckConstraint(
                condition=is_all_of("words", "$.*.questions[*].answers[*]"), name="training_module_answers"
            ),
            models.CheckConstraint(condition=is_list_of_numbers("solution"), name="training_module_solution"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.code} {self.number})"

    @property
    def in_active_language(self) -> dict[str, Any]:
        active = (get_language() or "").partition("-")[0]
        return self.words.get(active) or next(iter(self.words.values()), {})

    @property
    def title(self) -> str:
        return self.in_active_language.get("title") or self.code


class Attempt(RandomIdModel, AppendOnlyModel):
    """A try at the questions of the version in force. The database computes the score, in percent."""

    version = models.ForeignKey(ModuleVersion, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField()
    score = models.SmallIntegerField()
    made_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        constraints = [models.CheckConstraint(condition=is_list_of_numbers("answers"), name="training_attempt_answers")]


class Attestation(AppendOnlyModel):
    """A try that passed. The database copies everything from the try; nothing of it ever changes."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, primary_key=True)
    member = models.ForeignKey(
        StaffMember, verbose_name=_("member of staff"), on_delete=models.PROTECT, related_name="attestations"
    )
    code = models.SlugField(_("module"), max_length=40)
    number = models.SmallIntegerField(_("version"))
    score = models.SmallIntegerField(_("score"))
    attested_at = models.DateTimeField(_("attested"))
    valid_until = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("attestation")
        verbose_name_plural = _("attestations")
        indexes = [
            models.Index(fields=["member", "code", "valid_until"], name="training_attested"),
            models.Index(fields=["valid_until"], name="training_lapsing"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}, {self.score} %"
