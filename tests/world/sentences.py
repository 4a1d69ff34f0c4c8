"""Ready-made sentences that staff are offered for a reason."""

from consents.access.models import Reason, SentenceTemplate
from consents.access.services import enquiring
from consents.ledger.rules import Actor
from consents.people.models import StaffMember

WORDS = {
    "en": "You told us that something is wrong with your bill.",
    "de": "Sie haben uns gesagt, dass an Ihrer Rechnung etwas nicht stimmt.",
    "es": "Usted nos dijo que algo de su factura no es correcto.",
}


def by_officer(officer: StaffMember) -> Actor:
    return Actor("staff", str(officer.pk))


def draft_sentence(
    officer: StaffMember, code: str = "bill", reason: Reason = Reason.YOU_CONTACTED_US, **texts: str
) -> SentenceTemplate:
    template = SentenceTemplate(code=code, reason=reason, texts=WORDS | texts)
    return enquiring.save_sentence_template(template=template, by=by_officer(officer))


def publish_sentence(officer: StaffMember, template: SentenceTemplate) -> SentenceTemplate:
    return enquiring.publish_sentence_template(template=template, officer=officer, by=by_officer(officer))


def retire_sentence(officer: StaffMember, template: SentenceTemplate) -> SentenceTemplate:
    return enquiring.retire_sentence_template(template=template, officer=officer, by=by_officer(officer))
