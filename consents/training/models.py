from typing import Any
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from consents.core.append_only import AppendOnlyModel
from consents.core.clock import DatabaseNow
from consents.people.models import StaffMember, User


class ModuleVersion(models.Model):
    """A version of the text and the questions of a module. Frozen, by trigger, once published.

    `words`: language → {"title", "text", "questions": [{"question", "answers"}]}. `solution`: the place of the right
    answer to each question, the same in every language. In force is the published version with the highest number.
    """

    code = models.SlugField(max_length=40, help_text="The same code makes a new version of the same module.")
    number = models.SmallIntegerField(editable=False)
    required = models.BooleanField(
        default=True, help_text="Without a valid attestation no one may ask for access or look at data."
    )
    words = models.JSONField(default=dict, editable=False)
    solution = models.JSONField(default=list, editable=False)
    pass_mark = models.SmallIntegerField(
        "pass mark, in percent", default=80, validators=[MinValueValidator(50), MaxValueValidator(100)]
    )
    valid_months = models.SmallIntegerField(
        "valid for, in months", default=12, validators=[MinValueValidator(1), MaxValueValidator(36)]
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["code", "-number"]
        verbose_name = "training module"
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="training_module_number"),
            models.CheckConstraint(condition=Q(pass_mark__gte=50, pass_mark__lte=100), name="training_module_pass"),
            models.CheckConstraint(condition=Q(valid_months__gte=1, valid_months__lte=36), name="training_module_time"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | (Q(published_by__isnull=False) & ~Q(solution=[])),
                name="training_module_published_whole",
            ),
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


class Attempt(AppendOnlyModel):
    """A try at the questions of the version in force. The database computes the score, in percent."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    version = models.ForeignKey(ModuleVersion, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField()
    score = models.SmallIntegerField()
    made_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return f"{self.version} {self.score} %"


class Attestation(AppendOnlyModel):
    """A try that passed. The database copies everything from the try; nothing of it ever changes."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, primary_key=True)
    member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="attestations")
    code = models.SlugField("module", max_length=40)
    number = models.SmallIntegerField("version")
    score = models.SmallIntegerField("score")
    attested_at = models.DateTimeField("attested")
    valid_until = models.DateTimeField("valid until")

    class Meta:
        verbose_name = "attestation"
        verbose_name_plural = "training register"
        indexes = [
            models.Index(fields=["member", "code", "valid_until"], name="training_attested"),
            models.Index(fields=["valid_until"], name="training_lapsing"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}, {self.score} %"
