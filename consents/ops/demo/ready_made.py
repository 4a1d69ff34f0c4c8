"""The ready-made questions of the demo's privacy officers, in the languages of its customers."""

from consents.ledger.rules import Actor
from consents.people.models import StaffMember
from consents.rights.models import QuestionTemplate
from consents.rights.rules.answers import About
from consents.rights.services.question_templates import save_question_template

READY_MADE = {
    "which-period": (
        About.SCOPE,
        {
            "en": "You asked us on {arrived}: {right}. For which time do you want it? Without dates we take all of it.",
            "de": "Sie haben am {arrived} gefragt: {right}. Für welche Zeit möchten Sie es? Sonst nehmen wir alles.",
            "es": "El {arrived} nos pidió: {right}. ¿Para qué periodo lo quiere? Sin fechas, lo tomamos todo.",
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


def save_ready_made_questions(writer: StaffMember) -> None:
    by = Actor("staff", str(writer.pk))
    for code, (subject, texts) in READY_MADE.items():
        save_question_template(template=QuestionTemplate(code=code, about=subject, texts=texts), by=by)
