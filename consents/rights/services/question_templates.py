"""Ready-made questions: officers keep what is asked again and again, in each language."""

from django.db import transaction

from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.rights.models import QuestionTemplate
from consents.rights.rules.questions import NoQuestion, check_placeholders


@transaction.atomic
def save_question_template(*, template: QuestionTemplate, by: Actor) -> QuestionTemplate:
    """Put a new or changed ready-made question on record. Raises NoQuestion, UnknownPlaceholder."""
    if not template._state.adding:
        QuestionTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if not any(text.strip() for text in template.texts.values()):
        raise NoQuestion
    for text in template.texts.values():
        check_placeholders(text)
    template.save()
    appending.append_entry(
        event="question_template.saved",
        by=by,
        object_type="question_template",
        object=template.pk,
        outcome=template.code,
        details={"languages": sorted(template.texts), "is_offered": template.is_offered},
    )
    return template
