"""Pages on which a customer reads and answers our question: signed in, or with the number and the code of the email."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consents.core.admin import REOPENED
from consents.core.refusals import Refusal, get_or_refuse
from consents.people.visitors import CustomerRequest, as_kept, customer_required, limit_rate, record_actor, run_once
from consents.rights import selectors
from consents.rights.customers.code_form import NumberAndCodeForm
from consents.rights.customers.forms import QuestionReplyForm
from consents.rights.customers.request_pages import get_own_request_or_404
from consents.rights.models import Clarification
from consents.rights.refusals import QuestionCodeDoesNotWork
from consents.rights.services import clarifying

OPENED = "rights_question"  # session key: id of the question whose code was accepted, checked again at each step


@as_kept
@require_http_methods(["GET", "HEAD", "POST"])
@customer_required
def reply_to_own_question(request: CustomerRequest, number: str, clarification: int) -> HttpResponse:
    """GET: the question and the form. POST: reply, and go back to the request."""
    rights_request = get_own_request_or_404(request, number)
    question = get_or_refuse(rights_request.clarification_set.filter(pk=clarification))
    [message] = selectors.open_messages(rights_request, [question])
    form = QuestionReplyForm(request.POST if request.method == "POST" else None)
    status = 422 if form.errors else 200
    if request.method == "POST" and REOPENED not in request.POST and form.is_valid():
        mine = {"rights_request": rights_request.pk, "customer": request.visitor.customer.pk}
        reply: dict[str, Any] = mine | {"clarification": question.pk, "text": form.cleaned_data["words"]}
        try:
            run_once(request, lambda by: clarifying.reply_to_question(**reply, by=by))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Thank you. Your answer is sent."))
            return redirect("rights:request", rights_request.number)
    context = {"form": form, "message": message, "row": rights_request}
    return render(request, "rights/reply.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def answer_with_code(request: CustomerRequest) -> HttpResponse:
    """GET: the code form, or the question once it is open. POST: enter the code (on record), answer, or leave."""
    if request.user.is_staff:
        return redirect("admin:index")
    if request.method == "POST" and (too_many := limit_rate(request, "collect")):
        return too_many
    if "leave" in request.POST:
        request.session.pop(OPENED, None)
        return redirect("rights:list")
    form = NumberAndCodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound:
        return submit_question_code(request, form)
    question = selectors.get_working_question(request.session.get(OPENED, 0))
    return (
        render(request, "rights/question_code.html", {"form": form, "is_over": OPENED in request.session})
        if question is None
        else show_opened(request, question)
    )


def submit_question_code(request: HttpRequest, form: NumberAndCodeForm) -> HttpResponse:
    """Check number and code; the answer never tells an unknown number from a wrong code."""
    try:
        if form.is_valid():
            rights_request = selectors.find_request_asked(form.cleaned_data["number"])
            if rights_request is None:
                raise QuestionCodeDoesNotWork
            opened = clarifying.enter_question_code(
                rights_request=rights_request.pk, code=form.cleaned_data["code"], by=record_actor(request)
            )
            request.session.cycle_key()
            request.session[OPENED] = opened.pk
            return redirect("rights:answer_question")
    except QuestionCodeDoesNotWork as refusal:
        form.add_error(None, str(refusal))
    return render(request, "rights/question_code.html", {"form": form}, status=422)


def show_opened(request: HttpRequest, question: Clarification) -> HttpResponse:
    """Show the question, or send the reply to it."""
    form = QuestionReplyForm(request.POST if request.method == "POST" else None)
    [message] = selectors.open_messages(question.rights_request, [question])
    if request.method == "POST" and form.is_valid():
        clarifying.reply_with_code(clarification=question.pk, text=form.cleaned_data["words"], by=record_actor(request))
        request.session.pop(OPENED, None)
        messages.success(request, _("Thank you. Your answer is sent."))
        return redirect("rights:list")
    context = {"form": form, "message": message, "row": question.rights_request, "has_code": True}
    return render(request, "rights/reply.html", context, status=422 if form.errors else 200)
