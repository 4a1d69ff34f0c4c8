"""The demo's mailbox and gallery. Open to everybody: whoever tries the demo is also the one who reads its mail."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.ops.demo import gallery, mail


@login_not_required
@require_safe
def show_mails(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mails.html", {"mails": mail.list_newest_mail()})


@login_not_required
@require_safe
def show_mail(request: HttpRequest, name: str) -> HttpResponse:
    found = mail.find_mail(name)
    if found is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found})


@login_not_required
@require_safe
def show_gallery(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/gallery.html", gallery.build_gallery())
