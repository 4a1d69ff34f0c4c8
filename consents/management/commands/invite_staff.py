"""`invite_staff`: let a member of staff in, the first officer included."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.db import ProgrammingError

from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.people.models import Role, StaffMember, User
from consents.people.rules import normalize_address
from consents.people.services.staff_members import admit_staff

WELCOME = """{name} can sign in now, as {role} of {team}:
1. Go to {url}/accounts/login/ and choose "Forgot your password?".
2. Type {email}; a code comes by email.
3. With the code, set a password of at least 15 characters and sign in.{second}"""
SECOND = """
4. Set up an authenticator app when asked; no page of the staff site opens before."""


class Command(OperatorCommand):
    help = (
        "Let a member of staff in. Prints how they sign in; no password is made or shown.\n\n"
        "Exit codes: 0 invited, 1 refused (the address is already in use, or the "
        "database has no tables yet), 2 wrong or missing arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="their address at work")
        parser.add_argument("--role", required=True, choices=Role.values, help="what they may do")
        parser.add_argument("--team", required=True, help="as customers read it: “Billing Support”")
        parser.add_argument("--first-name", required=True, help="customers read it with the team")
        parser.add_argument("--last-name", default="", help="customers read it in the details of a request")
        parser.add_argument("--number", default="", help="staff number")

    def handle(self, *, email: str, role: str, team: str, first_name: str, **options: Any) -> None:
        values = {"email": normalize_address(email), "team": team, "first_name": first_name}
        values |= {"last_name": options["last_name"], "number": options["number"]}
        values = {name: value.strip() for name, value in values.items()}
        self.check_values(**values)
        try:
            member = admit_staff(role=Role(role), **values, by=Actor("operator", channel="command"))
        except ProgrammingError:
            raise CommandError("The database is not ready. Run `manage.py migrate` first.", returncode=1) from None
        self.stdout.write(self.welcome(member))

    def check_values(self, **values: str) -> None:
        """Raises CommandError (exit code 2) with the first thing wrong."""
        columns = {**read_field(User, "email", "first_name", "last_name"), **read_field(StaffMember, "team", "number")}
        try:
            validate_email(values["email"])
            for name, value in values.items():
                if not value.isprintable():
                    raise ValidationError(f"--{name.replace('_', '-')} may hold printable letters only.")
                if not value and not columns[name].blank:
                    raise ValidationError(f"--{name.replace('_', '-')} may not be empty.")
                if len(value) > columns[name].max_length:
                    raise ValidationError(f"--{name.replace('_', '-')} may have {columns[name].max_length} letters.")
        except ValidationError as reason:
            raise CommandError(reason.messages[0], returncode=2) from None

    def welcome(self, member: StaffMember) -> str:
        return WELCOME.format(
            name=member.user.first_name,
            role=member.get_role_display(),
            team=member.team,
            url=settings.PORTAL_URL,
            email=member.user.email,
            second=SECOND if settings.PORTAL_STAFF_MFA == "required" else "",
        )


def read_field(model: Any, *names: str) -> dict[str, Any]:
    return {name: model._meta.get_field(name) for name in names}
