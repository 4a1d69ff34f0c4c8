import pytest
from django.core.mail import EmailMessage


@pytest.fixture
def failing(monkeypatch):
    """Makes the mail server fail with one exception until further notice."""

    def fail(error: Exception | None) -> None:
        def send(self, *args, **kwargs):
            if error:
                raise error

        monkeypatch.setattr(EmailMessage, "send", send)

    return fail
