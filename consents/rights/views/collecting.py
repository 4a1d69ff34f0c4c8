"""For whoever has no account: the number of a request and its code, then the copy, each taking on record."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consents.core import clock
from consents.people.visitors import actor_of
from consents.rights import presenting, selectors, services
from consents.rights.forms import CollectForm
from consents.rights.models import CollectionCode, Download
from consents.rights.services.refusals import CodeDoesNotWork
from consents.rights.views.taking import as_file

UNLOCKED = "rights_unlocked"  # in the session: the id of the code that was typed, looked at again at each step


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def collect(request: HttpRequest) -> HttpResponse:
    """First the code; then what there is, one part of it (POST, on record), or leaving."""
    if request.user.is_staff:  # type: ignore[union-attr]
        return redirect("admin:index")
    if request.method == "POST" and (too_many := ratelimit.consume_or_429(request, action="collect")):
        return too_many
    if "leave" in request.POST:
        request.session.pop(UNLOCKED, None)
        return redirect("rights:list")
    form = CollectForm(request.POST if "code" in request.POST else None)
    if form.is_bound:
        return typed(request, form)
    code = selectors.unlocked(request.session.get(UNLOCKED))
    if code is None:
        return render(request, "rights/collect.html", {"form": form})
    if request.POST.get("part") in Download.Part.values:
        return download(request, code, Download.Part(request.POST["part"]))
    return render(request, "rights/collected.html", presenting.collected(code, clock.now()))


def typed(request: HttpRequest, form: CollectForm) -> HttpResponse:
    """An unknown number and a wrong code are told apart by nothing that is said."""
    try:
        if form.is_valid():
            code = unlock(request, **form.cleaned_data)
            request.session.cycle_key()
            request.session[UNLOCKED] = str(code.pk)
            return redirect("rights:collect")
    except CodeDoesNotWork as refusal:
        form.add_error(None, str(refusal))
    return render(request, "rights/collect.html", {"form": form}, status=422)


def unlock(request: HttpRequest, number: str, code: str) -> CollectionCode:
    found = selectors.collectable(number)
    if found is None:
        raise CodeDoesNotWork
    return services.unlock(request=found.pk, code=code, by=actor_of(request))


def download(request: HttpRequest, code: CollectionCode, part: Download.Part) -> HttpResponse:
    content = services.collect(code=code.pk, part=part, by=actor_of(request))
    return as_file(code.package.request, part, content)
