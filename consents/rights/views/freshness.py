"""A fresh sign-in before data is sent, changed or deleted (11 CCR 7061).

allauth's own check lets everybody pass who has neither password nor second factor; most customers sign in by mailed
code alone. They sign in once more.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from consents.people.visitors import is_fresh


def freshly_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Before the page: by password or second factor where there is one, by signing in anew elsewhere."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        back = urlencode({"next": request.path})
        ways = get_adapter().get_reauthentication_methods(request.user)
        if ways:
            return redirect(f"{ways[0]['url']}?{back}")
        if request.method == "POST" and "again" in request.POST:
            logout(request)
            return redirect(f"{reverse('account_login')}?{back}")
        return render(request, "rights/sign_in_again.html")

    return gate
