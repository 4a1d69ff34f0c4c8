"""Forms with which officers invite colleagues and change their place."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.core.fields import RadioField
from consents.core.forms import get_choice_field
from consents.people import selectors
from consents.people.address_field import AddressField
from consents.people.models import Role, StaffMember


class PlainLine(forms.CharField):
    """Takes one line of printable letters, which customers or colleagues read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        if not text.isprintable():
            raise forms.ValidationError(_("This holds letters that cannot be printed. Type it again."))
        return text


def build_role_field() -> forms.ChoiceField:
    return RadioField(
        label=gettext_lazy("Role"),
        choices=[(code, capfirst(label)) for code, label in Role.choices],
        coerce=Role,
        help_text=gettext_lazy("A requester asks customers. An officer is made by two: another officer must approve."),
        error_messages={"required": gettext_lazy("Choose what they may do.")},
    )


def build_team_field() -> PlainLine:
    return PlainLine(
        label=gettext_lazy("Team"),
        max_length=60,
        help_text=gettext_lazy("As customers read it, such as “Billing Support”."),
        error_messages={"required": gettext_lazy("Type the team.")},
    )


class InviteForm(forms.Form):
    email = AddressField(
        label=gettext_lazy("Email address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type the email address at work.")},
    )
    first_name = PlainLine(
        label=gettext_lazy("First name"),
        max_length=60,
        help_text=gettext_lazy("Customers read it with the team. It cannot be changed later."),
        error_messages={"required": gettext_lazy("Type the first name.")},
    )
    last_name = PlainLine(label=gettext_lazy("Last name"), max_length=60, required=False)
    number = PlainLine(label=gettext_lazy("Staff number"), max_length=20, required=False)
    role = build_role_field()
    team = build_team_field()


class PlaceForm(forms.Form):
    role = build_role_field()
    team = build_team_field()

    def __init__(self, member: StaffMember, data: Any = None) -> None:
        super().__init__(data, initial={"role": member.role, "team": member.team})
        self.member = member

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("role"), cleaned.get("team")) == (self.member.role, self.member.team):
            raise forms.ValidationError(_("They have this role and team now. Choose another, or go back."))
        return cleaned


class ReturnForm(forms.Form):
    team = build_team_field()


class ManagerForm(forms.Form):
    manager = forms.ChoiceField(
        label=gettext_lazy("Manager"),
        help_text=gettext_lazy("Where a purpose asks for it, they must agree before the customer learns of a request."),
        error_messages={"required": gettext_lazy("Choose a manager.")},
    )

    def __init__(self, member: StaffMember, data: Any = None) -> None:
        super().__init__(data, initial={"manager": member.manager_id})
        self.member = member
        names = [
            (str(colleague.pk), f"{colleague.user.get_full_name()}, {colleague.team}")
            for colleague in selectors.list_possible_managers(member.pk)
        ]
        get_choice_field(self, "manager").choices = [("", _("Choose")), *names]

    def clean_manager(self) -> UUID:
        manager = UUID(self.cleaned_data["manager"])
        if manager == self.member.manager_id:
            raise forms.ValidationError(_("This is their manager now. Choose another, or go back."))
        return manager
