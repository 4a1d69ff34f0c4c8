"""Answer with a bare page of Django: session, user, one SELECT, a template that makes as many letters.

A separate WSGI program under the portal's settings, with none of its middleware, pages or words: GET /20000 answers
with 20,000 letters.
"""

import os
from typing import Any

import django
from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test.utils import override_settings
from django.urls import path

MIDDLEWARE = ["consents.accounts.sessions.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]
LETTERS_OF_A_LINE = 128
PAGE = """<!doctype html><title>{{ user.email }}</title>
{% for number in numbers %}<li class="row"><a href="/{{ number }}/">{{ choice.status }}</a> {{ choice.since|date:"c" }}
{% if number %}{{ user.first_name }}{% endif %}<span>and as much text as a line has here</span></li>{% endfor %}"""


def show_bare_page(request: HttpRequest, letters: int) -> HttpResponse:
    user: Any = request.user
    choice = apps.get_model("choices", "Choice").objects.filter(customer__actings__user=user.pk).first()
    context = {"user": user, "choice": choice, "numbers": range(letters // LETTERS_OF_A_LINE)}
    return HttpResponse(template.render(context))


urlpatterns = [path("<int:letters>", show_bare_page)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()
override_settings(MIDDLEWARE=MIDDLEWARE, ROOT_URLCONF=__name__).enable()
template = engines["django"].from_string(PAGE)
application = WSGIHandler()
