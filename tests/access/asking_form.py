"""The form by which staff ask, and what its pages say."""

import re
from uuid import uuid4

from django.urls import reverse

from consents.people.found_customers import sign_found_customer

ADD = "/admin/access/accessrequest/add/"
PREVIEW = "/admin/access/accessrequest/preview/"
LIST = "/admin/access/accessrequest/"


def filled(world, **changes) -> dict:
    """The form as Sam fills it in about Ada."""
    return {
        "found": sign_found_customer(world.ada.customer.pk, world.sam.user),
        "token": str(uuid4()),
        "purpose": str(world.version.pk),
        "categories": [str(world.categories["orders"].pk)],
        "reason": "you_contacted_us",
        "sentence": "You wrote to us about a wrong bill.",
        "case_number": "C-1",
        "duration": "7200",
        "answer_within": str(7 * 86400),
        "file": "1",
    } | changes


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def form_of(client, request) -> dict[str, str]:
    """The hidden fields of the page as a browser would send them back."""
    form = client.get(reverse("access:request", args=[request.pk])).context["form"]
    return {"digest": form["digest"].value(), "token": str(form["token"].value())}
