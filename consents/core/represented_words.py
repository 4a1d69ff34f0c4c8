"""The second set of sentences: what a page or an email says to somebody who acts for another person.

"Who can see your data now" would tell Nora's father of his own data. Each sentence about the customer's data stands
here once more with their name; everything else reads the same for everybody. What a customer reads in files of their
own (the copy of their data) always speaks to them. Who changes a sentence that has "your data", "about you" or "for
you" in it looks here for its other form.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from typing import cast

from django.utils.translation import get_language, gettext_noop, trans_real

NAME = "{name}"
CONTEXT_SEPARATOR = "\x04"


def ngettext_noop(singular: str, plural: str) -> tuple[str, str]:
    """Mark both for translation, and return them untranslated."""
    return singular, plural


# What stands for these where the customer reads of themselves.
SPOKEN_OF = {"{name}’s data": "your data", "about {name}": "about you", "for {name}": "for you"}
# Alike in all but that.
ALIKE = [
    # Requests
    gettext_noop("%(who)s wants to see {name}’s data"),
    gettext_noop("%(who)s asked to see {name}’s data"),
    gettext_noop("%(who)s can see {name}’s data now"),
    gettext_noop("Who can see {name}’s data now"),
    gettext_noop("No one here may look at {name}’s data unless you allow it."),
    gettext_noop(
        "When someone asks to see {name}’s data, the request appears here. Until you allow it, they cannot look."
    ),
    gettext_noop(
        "“Nobody at all” is chosen: until you change that, no one may ask to see {name}’s data, or look at it unless "
        "a law requires it."
    ),
    gettext_noop(
        "The use of {name}’s data is paused: until the pause ends, no one may ask to see it, or look at it unless a "
        "law requires it."
    ),
    gettext_noop("The use of {name}’s data is paused"),
    gettext_noop("You objected to this use of {name}’s data."),
    gettext_noop("Ended: you paused the use of {name}’s data"),
    gettext_noop("You paused the use of {name}’s data."),
    gettext_noop("Ended: we paused the use of {name}’s data"),
    gettext_noop("We paused the use of {name}’s data."),
    gettext_noop("{name}’s data was erased."),
    gettext_noop("Anyone you block can neither ask for {name}’s data nor look at it until you end the block."),
    gettext_noop("They can neither ask for {name}’s data again nor look at it until you end the block."),
    gettext_noop("People who have asked for {name}’s data"),
    gettext_noop(
        "A person, a team or everybody was blocked: they can neither ask for {name}’s data nor look at it, unless a "
        "law requires it."
    ),
    gettext_noop("A block was ended: whoever it stopped may ask for {name}’s data again, unless another block stands."),
    # Choices
    gettext_noop("What you allow us to do with {name}’s data. You can change each one at any time."),
    gettext_noop("Yes: others get {name}’s data for their own purposes."),
    gettext_noop("With one click, we stop selling {name}’s data or sharing it for advertising."),
    gettext_noop("Opt-out request honored. We do not sell or share {name}’s data, wherever you sign in."),
    gettext_noop("You asked us not to sell or share {name}’s data. Opt-out request honored."),
    gettext_noop("Your browser asked us not to sell or share {name}’s data. Opt-out request honored."),
    gettext_noop("See {name}’s data"),
    # Who looked
    gettext_noop("Who looked at {name}’s data"),
    gettext_noop("No look at {name}’s data is listed."),
    gettext_noop("{name}’s data was read to show it to you, or to make a copy for you."),
    gettext_noop("{name}’s data was counted on one day in the last year, %(last)s, because you allowed statistics."),
    gettext_noop(
        "A look at {name}’s data was reported to us. “Who looked” shows the report, its number and our answer."
    ),
    gettext_noop("%(who)s could see {name}’s data without your permission"),
    # Rights
    gettext_noop(
        "Is only one kind of data wrong, or should only one use of it stop? There are other rights for that, which "
        "keep {name}’s data."
    ),
    gettext_noop("What you can ask us to do with {name}’s data. It is free."),
    gettext_noop("A copy of everything we hold about {name}, and who got it."),
    gettext_noop("A person looks at what a program decided about {name}."),
    gettext_noop("See the data we hold about {name}"),
    gettext_noop("A copy of {name}’s data."),
    gettext_noop("We delete {name}’s data, unless the law makes us keep some. Then we say which."),
    gettext_noop("We keep {name}’s data, but do not use it for now."),
    gettext_noop("We stop a use of {name}’s data that you did not agree to."),
    gettext_noop("We stop selling {name}’s data and sharing it for advertising."),
    gettext_noop("Other uses of {name}’s data"),
    gettext_noop("Which use of {name}’s data?"),
    gettext_noop("Tick at least one use of {name}’s data."),
    gettext_noop("Tick at least one kind of data, or choose all of {name}’s data."),
    gettext_noop("If you choose all of {name}’s data"),
    gettext_noop("You need not give a reason. Please write nothing here that we do not need to find {name}’s data."),
    gettext_noop("First you confirm that it’s you, so that no one else can get or change {name}’s data."),
    gettext_noop("{name}’s data"),
    gettext_noop("{name}’s data is ready. Download it as often as you like."),
    gettext_noop("We searched a system for {name}’s data"),
    gettext_noop("We told somebody who has {name}’s data"),
    gettext_noop("{name}’s data was ready to download"),
    gettext_noop("{name}’s data was downloaded"),
    gettext_noop("{name}’s data was downloaded with a code"),
    gettext_noop("We gave out a code to download {name}’s data without an account"),
    gettext_noop("A code to download {name}’s data without an account was mailed to you"),
    gettext_noop("Somebody typed a wrong code for {name}’s data"),
    gettext_noop("The code for {name}’s data was typed"),
    gettext_noop("We ended the code for {name}’s data"),
    gettext_noop("An officer proposed to erase {name}’s data."),
    gettext_noop("The proposal to erase {name}’s data was cancelled."),
    # Every page and the account
    gettext_noop("We do this to keep {name}’s data safe when you are away."),
    # Emails
    gettext_noop("%(team)s at %(company)s is asking to see {name}’s data"),
    gettext_noop("%(team)s at %(company)s is asking to see some of {name}’s data."),
    gettext_noop("Request %(number)s: {name}’s data is ready"),
    gettext_noop("Request %(number)s: {name}’s data was downloaded"),
    gettext_noop(
        "Anyone who has the code can read {name}’s data, so do not show it to anyone. We never ask you for it."
    ),
    gettext_noop("%(team)s at %(company)s was allowed to see some of {name}’s data without your permission"),
    gettext_noop(
        "%(team)s at %(company)s was allowed to look at some of {name}’s data without your permission, because of a "
        "legal duty or an emergency."
    ),
    gettext_noop("No one confirmed the emergency in which %(team)s at %(company)s could see some of {name}’s data"),
    gettext_noop(
        "We wrote to you that %(team)s at %(company)s was allowed to look at some of {name}’s data in an emergency, "
        "without your permission."
    ),
    gettext_noop(
        "You asked us to pause a use of {name}’s data, or objected to one. We have reviewed this and will soon lift "
        "the pause, all of it or a part."
    ),
    gettext_noop("{name}’s data will be used again"),
    # Emails about looks and one's own acts
    gettext_noop("The request of %(team)s to see {name}’s data was allowed. You can stop the access any time."),
    gettext_noop("The request of %(team)s to see {name}’s data was allowed in part. You can stop the access any time."),
    gettext_noop("The request of %(team)s to see {name}’s data was denied. It gives them no access."),
    gettext_noop("Access of %(team)s to {name}’s data was stopped. They can no longer see it for this request."),
    gettext_noop("We will email you each time somebody looks at {name}’s data."),
    gettext_noop("We will email you once a day if somebody looked at {name}’s data."),
    gettext_noop("We will email you once a week if somebody looked at {name}’s data."),
    gettext_noop(
        "We will no longer email you when somebody you allowed looks at {name}’s data. We still tell you of looks "
        "without your permission, and of tries that were refused."
    ),
    gettext_noop("Someone at %(company)s looked at {name}’s data"),
    gettext_noop("Someone at %(company)s looked at {name}’s data without your permission"),
    gettext_noop("Someone at %(company)s tried to look at {name}’s data and was refused"),
    gettext_noop("We email you when somebody looked at {name}’s data: once a day, unless you choose otherwise."),
    gettext_noop("somebody looked at {name}’s data without your permission, as soon as the law lets us tell you"),
    gettext_noop("somebody tried to look at {name}’s data and was refused, at most once a day"),
    gettext_noop("Confirmation: what was changed for {name} at %(company)s"),
    gettext_noop("Someone who may act for {name} did this. The pages say by whom."),
    gettext_noop("A member of our staff typed this in for {name}."),
    gettext_noop("A security incident at %(company)s concerns {name}’s data"),
    gettext_noop("A security incident concerns {name}’s data"),
    # Answers and one's own copy
    gettext_noop("The data we hold about {name}"),
    gettext_noop("We hold no such data about {name}."),
    gettext_noop("We looked, and we hold no such data about {name}."),
    gettext_noop(
        "It has been removed, because some of {name}’s data was deleted since. We’ll prepare it again whenever you ask."
    ),
    gettext_noop("The download was removed, since some of {name}’s data was deleted"),
    gettext_noop("How a program came to a decision about {name}."),
    gettext_noop("Correct {name}’s data"),
    gettext_noop("No email contains any of {name}’s data."),
]
# The others, by the sentence to the customer, which is translated where it is used.
DIFFERENT = {
    "No request is waiting for you": gettext_noop("No request about {name} is waiting for you"),
    "Nothing is waiting for you": gettext_noop("No request about {name} is waiting for you"),
    "Your choices": gettext_noop("Choices for {name}"),
    "Your receipts": gettext_noop("Receipts for {name}"),
    "Your rights": gettext_noop("{name}’s rights"),
    "Get a copy of my data": gettext_noop("Get a copy of {name}’s data"),
    "Take my data elsewhere": gettext_noop("Take {name}’s data elsewhere"),
    "The data you gave us, in a file that other companies can read.": gettext_noop(
        "The data we were given by {name} or for {name}, in a file that other companies can read."
    ),
    "Correct my data": gettext_noop("Correct {name}’s data"),
    "Delete my data": gettext_noop("Delete {name}’s data"),
    "Pause the use of my data": gettext_noop("Pause the use of {name}’s data"),
    "Withdraw my consent": gettext_noop("Withdraw consent for {name}"),
    "Object to a use of my data": gettext_noop("Object to a use of {name}’s data"),
    "Get my data": gettext_noop("Get {name}’s data"),
    "Have my data deleted": gettext_noop("Have {name}’s data deleted"),
    "Have my data corrected": gettext_noop("Have {name}’s data corrected"),
    "All of my data": gettext_noop("All of {name}’s data"),
    "We permanently delete everything we hold about you here, and if your account is only for this, it closes "
    "too. We keep a record that you asked and what we did. It refers to you only by a random number.": gettext_noop(
        "We permanently delete everything we hold about {name} here, and an account that is only for this closes "
        "too. We keep a record that you asked and what we did. It refers to {name} only by a random number."
    ),
    "We found your record": gettext_noop("We found {name}’s record"),
    "We email you when someone asks to see your data. You cannot turn this off: otherwise someone could ask "
    "without you knowing. These emails contain no data about you and no advertising.": gettext_noop(
        "We email you when someone asks to see {name}’s data. You cannot turn this off: otherwise someone could ask "
        "without you knowing. These emails contain the name you gave us for {name}, no other data and no advertising."
    ),
}
COUNTS_ALIKE = [
    ngettext_noop(
        "You made %(n)s choice with us about what we may do with {name}’s data. You have not looked at it for a while.",
        "You made %(n)s choices with us about what we may do with {name}’s data. You have not looked at them for a "
        "while.",
    ),
    ngettext_noop(
        "{name}’s data was looked at once, with your permission, by: %(teams)s.",
        "{name}’s data was looked at %(n)s times, with your permission, by: %(teams)s.",
    ),
    ngettext_noop(
        "{name}’s data was looked at once without your permission, because of a legal duty or an emergency, by: "
        "%(teams)s.",
        "{name}’s data was looked at %(n)s times without your permission, because of a legal duty or an emergency, by: "
        "%(teams)s.",
    ),
    ngettext_noop(
        "Someone tried once to look at {name}’s data, and it was refused. Nothing was shown. Team: %(teams)s.",
        "Someone tried %(n)s times to look at {name}’s data, and it was refused each time. Nothing was shown. Teams: "
        "%(teams)s.",
    ),
    ngettext_noop("We searched %(n)d system for {name}’s data", "We searched %(n)d systems for {name}’s data"),
]
COUNTS_DIFFERENT = {
    "%(n)s request is waiting for you": ngettext_noop(
        "%(n)s request about {name} is waiting for you", "%(n)s requests about {name} are waiting for you"
    ),
}


def speak_to_customer(sentence: str) -> str:
    """Return what the customer reads instead of a sentence that is alike."""
    for theirs, own in SPOKEN_OF.items():
        if sentence.startswith(theirs):
            sentence = sentence.replace(theirs, own.capitalize(), 1)
        sentence = sentence.replace(theirs, own)
    return sentence


# All of them by the sentence to the customer; of counted ones, singular and plural by the singular.
REPRESENTED = {speak_to_customer(sentence): sentence for sentence in ALIKE} | DIFFERENT
REPRESENTED_COUNTS = {speak_to_customer(forms[0]): forms for forms in COUNTS_ALIKE} | COUNTS_DIFFERENT


class RepresentedTranslations(NullTranslations):
    """The translations of a language in which each sentence of the second set comes with the person's name.

    `name` must hold nothing that HTML or %-formatting reads: see `people.rules.is_spoken_name`.
    """

    def __init__(self, plain: trans_real.DjangoTranslation, name: str) -> None:
        super().__init__()
        self.plain, self.name = plain, name

    def language(self) -> str:
        return cast(str, self.plain.language())

    def to_language(self) -> str:
        return cast(str, self.plain.to_language())

    def gettext(self, message: str) -> str:
        other = REPRESENTED.get(message.rpartition(CONTEXT_SEPARATOR)[2])
        return insert_name(self.plain.gettext(other), self.name) if other else self.plain.gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        singular, plural = REPRESENTED_COUNTS.get(msgid1, (msgid1, msgid2))
        return insert_name(self.plain.ngettext(singular, plural, n), self.name)


def insert_name(sentence: str, name: str) -> str:
    """Put the name into a sentence, with a capital where it begins one: "The child’s data"."""
    if sentence.startswith(NAME):
        sentence = sentence.replace(NAME, name[:1].upper() + name[1:], 1)
    return sentence.replace(NAME, name)


@contextmanager
def speak_about(name: str) -> Iterator[None]:
    """Use the second set of sentences in the active language, with this name; nothing changes for an empty name.

    Whatever activates a language inside speaks to the customer again, as an email to somebody else must.
    """
    before = get_language()
    if not name or before is None:
        yield
        return
    # Django's place for the language of this thread or task, which `activate` fills by a language's code alone.
    vars(trans_real)["_active"].value = RepresentedTranslations(trans_real.translation(before), name)
    try:
        yield
    finally:
        trans_real.activate(before)


def get_shared_language() -> str:
    """Return the active language where its words are the same for everybody; "" where they name a customer."""
    catalog = getattr(vars(trans_real)["_active"], "value", None)
    return str(catalog.to_language()) if type(catalog) is trans_real.DjangoTranslation else ""
