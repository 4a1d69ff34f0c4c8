"""Make what the demo's privacy officers keep ready: questions and sentences in the languages of its customers, and the
module that comes with the portal, which staff attest to."""

from collections.abc import Iterable

from consents.access.models import Reason, SentenceTemplate
from consents.access.services import sentence_templates
from consents.ops.demo.accounts import by_staff
from consents.people.models import StaffMember
from consents.rights.models import QuestionTemplate
from consents.rights.rules.answers import About
from consents.rights.services.question_templates import save_question_template
from consents.training import portal_texts
from consents.training.models import ModuleVersion
from consents.training.services import attesting, modules

READY_MADE = {
    "which-period": (
        About.SCOPE,
        {
            "en": "You asked us on {arrived}: {right}. For which period? Without dates we take all of it.",
            "de": "Sie haben am {arrived} gefragt: {right}. Für welchen Zeitraum? Sonst nehmen wir alles.",
            "es": "El {arrived} nos pidió: {right}. ¿Para qué periodo? Sin fechas, lo tomamos todo.",
        },
    ),
    "which-entry": (
        About.SCOPE,
        {
            "en": "Your request {number} is about an entry that we hold more than once. Which one do you mean?",
            "de": "In Ihrem Antrag {number} geht es um einen Eintrag, den wir mehrfach haben. Welchen meinen Sie?",
            "es": "Su solicitud {number} se refiere a un dato que tenemos varias veces. ¿A cuál se refiere?",
        },
    ),
    "who-asks": (
        About.IDENTITY,
        {
            "en": "To be sure that request {number} is yours: what is your customer number, and your last order?",
            "de": "Damit wir sicher sind, dass der Antrag {number} von Ihnen ist: Wie lautet Ihre Kundennummer, und "
            "was haben Sie zuletzt bestellt?",
            "es": "Para estar seguros de que la solicitud {number} es suya: ¿cuál es su número de cliente y su último "
            "pedido?",
        },
    ),
}

SENTENCES = {
    "wrong-bill": (
        Reason.ORDER_PROBLEM,
        {
            "en": "You told us that a bill is wrong. I want to compare it with your order.",
            "de": "Sie haben uns gesagt, dass eine Rechnung falsch ist. Ich will sie mit der Bestellung vergleichen.",
            "es": "Usted nos dijo que una factura no es correcta. Quiero compararla con su pedido.",
        },
    ),
    "your-call": (
        Reason.YOU_CONTACTED_US,
        {
            "en": "You called us today. I want to answer what you asked.",
            "de": "Sie haben uns heute angerufen. Ich möchte Ihre Frage beantworten.",
            "es": "Usted nos llamó hoy. Quiero responder a lo que preguntó.",
        },
    ),
}


def save_ready_made_words(writer: StaffMember) -> None:
    by = by_staff(writer)
    for code, (subject, texts) in READY_MADE.items():
        save_question_template(template=QuestionTemplate(code=code, about=subject, texts=texts), by=by)
    for code, (reason, texts) in SENTENCES.items():
        draft = SentenceTemplate(code=code, reason=reason, texts=texts)
        sentence_templates.save_sentence_template(template=draft, by=by)
        sentence_templates.publish_sentence_template(template=draft, officer=writer, by=by)


def train_staff(members: Iterable[StaffMember], officer: StaffMember) -> None:
    words, solution = portal_texts.parse_module()
    draft = ModuleVersion(code=portal_texts.CODE, words=words, solution=solution)
    by_officer = by_staff(officer)
    modules.save_module(version=draft, by=by_officer)
    version = modules.publish_module(version=draft, officer=officer.user, by=by_officer)
    for member in members:
        attesting.record_attempt(version=version, answers=solution, member=member, by=by_staff(member))
