"""The demo's mailbox. Open to everybody: whoever tries the demo is also the one who reads its mail."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.demo import mail


@login_not_required
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mails.html", {"mails": mail.newest()})


@login_not_required
@require_safe
def one(request: HttpRequest, name: str) -> HttpResponse:
    found = mail.one(name)
    if found is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found})
