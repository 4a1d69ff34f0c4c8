"""The form with which a customer answers."""

from django.urls import reverse


def form_of(client, request) -> dict[str, str]:
    """The hidden fields of the page as a browser would send them back."""
    form = client.get(reverse("access:request", args=[request.pk])).context["form"]
    return {"digest": form["digest"].value(), "token": str(form["token"].value())}
