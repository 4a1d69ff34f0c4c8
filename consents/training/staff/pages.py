"""Show members of staff their own training: what is missing, what is valid until when, a module and its questions."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consents.core import clock
from consents.core.refusals import Refusal
from consents.people.visitors import StaffRequest, run_once
from consents.training import rules, selectors
from consents.training.models import Attempt, ModuleVersion
from consents.training.services import attesting
from consents.training.staff.forms import AnswerForm


@require_safe
def show_own_training(request: StaffRequest) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": _("Your training")}
    context["states"] = selectors.list_training(request.user.pk, clock.now())
    return render(request, "admin/training/own.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer_module(request: StaffRequest, code: str) -> HttpResponseBase:
    """GET: the text and its questions. POST: one try, which is on record whatever its score."""
    version = get_object_or_404(selectors.select_in_force(), code=code)
    form = AnswerForm(version, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render_module(request, version, form, status=422 if form.is_bound else 200)
    member, answers = request.user.staff_member, form.list_answers()
    try:
        if request.POST.get("version") != str(version.pk):
            raise rules.OutdatedModule
        attempt = run_once(
            request,
            lambda by: attesting.record_attempt(version=version, answers=answers, member=member, by=by),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:training_module", code)
    return report_score(request, Attempt.objects.select_related("version").get(pk=attempt))


def report_score(request: HttpRequest, attempt: Attempt) -> HttpResponseBase:
    score = {"score": attempt.score, "needed": attempt.version.pass_mark}
    if attempt.score >= attempt.version.pass_mark:
        messages.success(request, _("%(score)d%% right. Your attestation is on record.") % score)
        return redirect("admin:training_own")
    messages.error(
        request, _("%(score)d%% right; it takes %(needed)d%%. Read the text again, then try once more.") % score
    )
    return redirect("admin:training_module", attempt.version.code)


def render_module(request: HttpRequest, version: ModuleVersion, form: AnswerForm, status: int) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": version.title}
    context |= {"version": version, "form": form, "blocks": rules.split_text(version.in_active_language["text"])}
    return render(request, "admin/training/module.html", context, status=status)
