"""Say what each act of an officer on a rights request will do, before it is done, and show what others will read."""

from copy import copy
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consents.catalogue.rules import PROVISION
from consents.choices.selectors import select_marks_of_request
from consents.core import clock
from consents.core.durations import format_local_moment
from consents.core.fields import CheckboxesField, RadioField, SeenText
from consents.core.refusals import Refusal
from consents.law.clocks import get_end_of_day
from consents.law.identity import Level
from consents.law.kinds import Regime, Type
from consents.law.reasons import FEE_REASONS, Reason, cite_provision, may_take_fee
from consents.people.selectors import list_mail_address_hashes
from consents.rights.customers import presenting
from consents.rights.fulfilment.objection import list_objected_uses
from consents.rights.fulfilment.registry import get_fulfilment
from consents.rights.models import SERVED, RightsRequest
from consents.rights.rules import GRANTED, DeliveryWay, Format, Outcome, State
from consents.rights.selectors import get_question_way, list_requests_with_notes
from consents.rights.services import answering
from consents.rights.services.emails import is_reachable
from consents.rights.services.recording import compute_longer_due, get_home_zone, get_request_kind
from consents.rights.staff.forms import TEXT_LONGEST, TellingForm, capitalize_labels
from consents.vault import selectors as vault

# Forms with which an officer answers a request: done, done in part, or refused. Shapes only: the services decide.


class ReplyForm(TellingForm):
    """`outcome` is in the forms below."""

    outcome: Any
    is_whole = False
    reason = forms.TypedChoiceField(label=gettext_lazy("Why"), required=False, coerce=Reason, empty_value=None)
    law = forms.CharField(
        label=gettext_lazy("The provision it rests on"),
        required=False,
        max_length=120,
        validators=[RegexValidator(PROVISION, gettext_lazy("Name a provision only, such as: GDPR Art 12(5)."))],
        help_text=gettext_lazy("Leave it empty for the one that such a refusal usually rests on, where there is one."),
    )
    text = SeenText(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=TEXT_LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The customer reads it. What they can do against it stands below it by itself."),
    )
    format = forms.TypedChoiceField(
        label=gettext_lazy("How the answer goes out"),
        choices=lambda: capitalize_labels(Format.choices),
        coerce=Format,
        initial=Format.DOWNLOAD,
    )

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        reasons = [
            (reason.value, reason.label)
            for reason in get_fulfilment(rights_request).list_reasons(rights_request, is_whole=self.is_whole)
        ]
        field: Any = self.fields["reason"]
        field.choices = [("", gettext_lazy("Choose why")), *reasons]
        has_nowhere = rights_request.customer is None or not list_mail_address_hashes(rights_request.customer)
        if has_nowhere and (self.is_whole or not get_fulfilment(rights_request).has_copy):
            # Nobody who could sign in to download it; for a copy there is a code.
            ways: Any = self.fields["format"]
            ways.choices = capitalize_labels((one.value, one.label) for one in Format if one != Format.DOWNLOAD)
            ways.initial = Format.EMAIL

    def clean_law(self) -> str:
        """Default to the usual one, so that the officer reads it before the customer does."""
        typed, reason = self.cleaned_data["law"].strip(), self.cleaned_data.get("reason")
        if typed or not reason:
            return str(typed)
        usual = cite_provision(Regime(self.rights_request.regime), Type(self.rights_request.request_type), reason)
        if not usual:
            raise forms.ValidationError(
                gettext_lazy("Name the provision it rests on: for this reason there is no usual one.")
            )
        return usual


class RefuseForm(ReplyForm):
    is_whole = True
    field_order = ("reason", "law", "text", "format")

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = gettext_lazy("Choose why.")

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data | {"outcome": Outcome.DENIED}


FEE_FIELDS = ("fee", "currency", "fee_reason")


def build_fee_fields() -> dict[str, forms.Field]:
    return {
        "fee": forms.DecimalField(
            label=gettext_lazy("Fee"),
            required=False,
            min_value=Decimal("0.01"),
            max_digits=8,
            decimal_places=2,
            help_text=gettext_lazy(
                "Empty, but for a request that plainly has no ground or goes far beyond what the right is for. You "
                "must be able to show that, and they must have known the fee before."
            ),
        ),
        "currency": forms.CharField(
            label=gettext_lazy("Currency of the fee"),
            required=False,
            validators=[
                RegexValidator("^[A-Z]{3}$", gettext_lazy("Type its three capital letters, such as EUR or USD."))
            ],
            widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 3}),
        ),
        "fee_reason": forms.TypedChoiceField(
            label=gettext_lazy("Why a fee"),
            required=False,
            coerce=Reason,
            empty_value=None,
            choices=[("", gettext_lazy("No fee")), *[(reason.value, reason.label) for reason in FEE_REASONS]],
        ),
    }


class AnswerForm(ReplyForm):
    is_day_required = False
    field_order = ("outcome", "granted", "text", "reason", "law", "format", "told_on", *FEE_FIELDS)

    outcome = RadioField(
        label=gettext_lazy("What was done"),
        coerce=Outcome,
        error_messages={"required": gettext_lazy("Choose what was done.")},
    )

    def fit(self, rights_request: RightsRequest) -> None:
        super().fit(rights_request)
        field: Any = self.fields["outcome"]
        field.choices = capitalize_labels(
            (one.value, one.label) for one in SERVED if may_be_outcome(rights_request, one)
        )
        if get_fulfilment(rights_request).is_granted_by_use and Outcome.COMPLIED_PART in dict(field.choices):
            self.fields["granted"] = build_granted_field(rights_request)
        if get_fulfilment(rights_request).has_copy:
            self.fields["format"].help_text = gettext_lazy(
                "The portal puts the copy together; of it you see only the files you added. Whoever has no account "
                "downloads it with a code."
            )
        has_payer = not rights_request.has_erased_customer
        if has_payer and may_take_fee(Type(rights_request.request_type)) and GRANTED & set(dict(field.choices)):
            self.fields |= build_fee_fields()
        if Outcome.COMPLIED_PART not in dict(field.choices):
            del self.fields["reason"], self.fields["law"]
            return
        self.fields["reason"].label = gettext_lazy("Why not all of it")
        self.fields["reason"].help_text = gettext_lazy(
            "Only where a part was refused: what is exempt, such as what law makes us keep."
        )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        is_part = said.get("outcome") == Outcome.COMPLIED_PART
        if is_part and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", gettext_lazy("Choose why not all of it was done."))
        is_to_be_told = is_part or bool(said.get("fee"))
        if is_to_be_told and "told_on" in self.fields and not said.get("told_on") and "told_on" not in self.errors:
            self.add_error("told_on", gettext_lazy("Say on which day they were told."))
        if is_part and "granted" in self.fields and not self.errors:
            self.check_granted(said["granted"])
        self.check_fee(said)
        return said if is_part else said | {"reason": None, "law": "", "granted": []}

    def check_fee(self, said: dict[str, Any]) -> None:
        """Require all three, or none."""
        missing = {
            "fee": gettext_lazy("Type the fee, or leave all three empty."),
            "currency": gettext_lazy("Type the currency of the fee."),
            "fee_reason": gettext_lazy("Choose why there is a fee."),
        }
        if any(said.get(name) for name in FEE_FIELDS):
            for name, sentence in missing.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
            if said.get("outcome") == Outcome.NO_DATA:
                self.add_error("fee", gettext_lazy("For nothing found there is no fee."))

    def check_granted(self, granted: list[str]) -> None:
        try:
            get_fulfilment(self.rights_request).check_granted(self.rights_request, Outcome.COMPLIED_PART, granted)
        except Refusal as refusal:
            self.add_error("granted", str(refusal))


def build_granted_field(rights_request: RightsRequest) -> forms.MultipleChoiceField:
    return CheckboxesField(
        label=gettext_lazy("If done in part: the uses that stop"),
        choices=[(use.purpose.code, use.name) for use in list_objected_uses(rights_request)],
        required=False,
        help_text=gettext_lazy("The others go on when you have told the customer and lifted the pause."),
    )


def may_be_outcome(rights_request: RightsRequest, outcome: Outcome) -> bool:
    """Tell whether the outcome is possible, without reading what was written. Without a customer only "no data" is."""
    if rights_request.customer_id is None:
        return outcome == Outcome.NO_DATA
    return get_fulfilment(rights_request).may_be_called(rights_request, outcome)


def describe_identity_check(rights_request: RightsRequest) -> list[str]:
    needed = _("This right asks for: %(level)s.") % {"level": Level(rights_request.identity_needed).label}
    compare = _("Compare with what we hold already. Ask for a copy of a document only if nothing else does.")
    return [needed, compare, *describe_effect_at_once(rights_request)]


def describe_effect_at_once(rights_request: RightsRequest) -> list[str]:
    """Say what will happen at once."""
    return get_fulfilment(rights_request).describe_effect_at_once(rights_request)


def get_match_button(rights_request: RightsRequest) -> str:
    if get_fulfilment(rights_request).is_immediate:
        return _("Match to a customer and carry it out")
    return _("Match to a customer and stop these uses")


def describe_question(rights_request: RightsRequest) -> list[str]:
    """Say how the customer gets the question, and whether time stands still for it."""
    way = QUESTION_WAYS[get_question_way(rights_request)]
    if not get_request_kind(rights_request).pauses:
        return [str(way), _("The law of this request lets no clock wait: time runs on.")]
    if clock.now() > rights_request.answer_by:
        return [str(way), _("This request is late: its clock can no longer be stopped.")]
    return [str(way), _("While we ask who they are or what they want, the clock stands still until they answer.")]


QUESTION_WAYS = {
    DeliveryWay.ACCOUNT: gettext_lazy("They are told by email, and read and answer it on the page of their request."),
    DeliveryWay.MAILED: gettext_lazy("They get a code by email, and read and answer it with that, without an account."),
    DeliveryWay.HANDED: gettext_lazy(
        "No email leads to them alone: ask by letter or telephone, and note what they say."
    ),
}


def describe_extension(rights_request: RightsRequest) -> list[str]:
    about = {"first": format_local_moment(rights_request.register.due_at)}
    longer = compute_longer_due(rights_request, rights_request.waited_days)
    if longer is None:
        return []
    about["new"] = format_local_moment(get_end_of_day(longer.on, get_home_zone()))
    return [
        _("The day to answer moves from %(first)s to %(new)s, counted from the day it arrived.") % about,
        *describe_telling(rights_request),
        _("It can be done once."),
    ]


def describe_telling(rights_request: RightsRequest) -> list[str]:
    """Say that the customer is told or, where no email arrives, what an officer has to tell them."""
    if is_reachable(rights_request):
        return [_("The customer is told the new day and the reason now.")]
    return [
        _("No email reaches this person. Tell them the new day, the reason and how to complain before you go on."),
        presenting.describe_complaints(rights_request),
        *(authority.in_words for authority in presenting.get_law_of_request(rights_request).authorities),
    ]


def describe_answering(rights_request: RightsRequest) -> list[str]:
    final = _("The customer is told, and can ask for it to be looked at again. An answer is final.")
    if rights_request.has_erased_customer:
        final = _("The customer was erased, so nobody is told. An answer is final.")
    at_once = get_fulfilment(rights_request).describe_answering(rights_request)
    return [final, *at_once, *describe_notes_in_copy(rights_request)]


def describe_notes_in_copy(rights_request: RightsRequest) -> list[str]:
    numbers = list_requests_with_notes(rights_request)
    if not numbers:
        return []
    sentence = ngettext(
        "The copy holds the internal notes on this request: %(numbers)s. Read them first, and leave out what is about "
        "somebody else.",
        "The copy holds the internal notes on these requests: %(numbers)s. Read them first, and leave out what is "
        "about somebody else.",
        len(numbers),
    )
    return [sentence % {"numbers": ", ".join(numbers)}]


def describe_partial_erasure(rights_request: RightsRequest) -> list[str]:
    """Describe a partial erasure, before it is done for good."""
    erasure = vault.get_proposed_erasure(rights_request.pk)
    if erasure is None:
        return []
    parts = presenting.describe_parts(erasure)
    about = {"deleted": ", ".join(parts["deleted"]), "kept": ", ".join(parts["kept"]), "law": erasure.law}
    kept = _("Kept, because of %(law)s, and for nothing else: %(kept)s.") % about
    return [
        _("Permanently deleted: %(deleted)s. This cannot be undone.") % about,
        *([kept] if erasure.kept else []),
        _("Access to these kinds that the customer allows ends now, and requests for them are called off."),
        _("Copies made for the customer are removed, and your company’s next list brings nothing of it back."),
        _("It answers the request. The customer is told what is gone, what is kept and why, and how to complain."),
    ]


def describe_withdrawal(rights_request: RightsRequest) -> list[str]:
    lines = [_("The request is closed without an answer. They can ask again at any time.")]
    if is_reachable(rights_request):
        lines.append(_("They get an email that says so."))
    if select_marks_of_request(rights_request.pk).exists():
        lines.append(_("What it had paused stays so until you lift it, when they were told."))
    return lines


def describe_appeal_decision(rights_request: RightsRequest) -> list[str]:
    """Describe a decision: a request that begins again has the effect at once that it had before."""
    sentences = [_("The officer who gave the answer cannot decide about it.")]
    effects = describe_effect_at_once(rights_request)
    if effects and not get_fulfilment(rights_request).is_immediate:
        sentences.append(_("If the request begins again: %(effects)s") % {"effects": " ".join(map(str, effects))})
    return sentences


def describe_comparison(rights_request: RightsRequest) -> list[str]:
    return [
        _("Ask them, and type what they say. You are told whether it agrees with the record, and nothing is shown."),
        _("Each comparison is on record. After three that differ, none is made until tomorrow."),
    ]


COMPARED = {
    answering.AGREES: gettext_lazy("agrees"),
    answering.DIFFERS: gettext_lazy("does not agree"),
    answering.NOT_ON_FILE: gettext_lazy("is not on file, so it proves nothing"),
}


def describe_compared_facts(rights_request: RightsRequest) -> list[str]:
    """Say of each fact of the last comparison whether it agreed."""
    return [
        _("%(fact)s: %(result)s.") % {"fact": capfirst(str(fact.label)), "result": COMPARED[result]}
        for fact, result in answering.list_compared_facts(rights_request).items()
    ]


def build_answer_as_read(rights_request: RightsRequest, said: dict[str, Any]) -> dict[str, Any]:
    """Build the answer as its customer will read it: the same words, from a copy that is never saved."""
    answered = copy(rights_request)
    answered.state, answered.outcome = State.ANSWERED, said["outcome"]
    answered.denial_reason, answered.denial_legal_basis = said["reason"] or "", said["law"]
    answered.granted = said.get("granted", [])
    answered.fee_amount, answered.fee_currency = Decimal(said.get("fee") or 0), said.get("currency", "")
    answered.fee_reason = said.get("fee_reason") or ""
    parts = said.get("parts", {})
    return presenting.describe_answer(answered) | {
        "text": said["text"],
        **{name: presenting.list_titles(codes) for name, codes in parts.items()},
    }


def build_notice_letter(rights_request: RightsRequest) -> list[str]:
    """Write what recipients are to be told (GDPR Art 19; 11 CCR 7022(b), 7026(f), 7027(g)); the officer adds whose data
    it is, which no page of a request shows."""
    done = Outcome(rights_request.outcome).label if rights_request.outcome else _("being worked on")
    facts = {"right": rights_request.get_request_type_display(), "done": done, "number": rights_request.number}
    deleted = presenting.describe_parts(vault.get_done_erasure(rights_request.pk)).get("deleted", [])
    kinds = deleted or presenting.list_scope_names(rights_request)
    facts["kinds"] = ", ".join(kinds) or _("all data you received from us")
    return [
        _("A customer of ours, customer number ……………, has asked us: %(right)s. It is %(done)s.") % facts,
        _("It is about: %(kinds)s.") % facts,
        _("Please do the same with what you received from us, and tell those to whom you passed it on."),
        _("Confirm it to us, naming %(number)s. If you cannot, tell us why.") % facts,
    ]
