"""How allauth behaves in this house: codes by mail for customers, never for staff alone; all its mail is queued."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context as allauth_context
from django.http import HttpRequest
from django.urls import reverse

from consents.notifications import services as notifications
from consents.people.models import User


class AccountAdapter(DefaultAccountAdapter):
    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.is_staff else "home")  # type: ignore[union-attr]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queued: sending inside the request would tell by its time which addresses are known."""
        message = self.render_mail(template_prefix, email, context | {"request": allauth_context.request})
        notifications.queue_account_mail(to=email, subject=message.subject, body=str(message.body))

    def format_email_subject(self, subject: str) -> str:
        return subject


class RequestCodeForm(RequestLoginCodeForm):
    """A mailed code alone never opens a staff account: it is answered like an unknown address."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        user: User | None = getattr(self, "_user", None)
        if user is not None and user.is_staff:
            self._user = None
        return email
