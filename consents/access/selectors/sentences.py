"""Read the ready-made sentences that staff are offered."""

from django.db.models import OuterRef, QuerySet, Subquery

from consents.access.models import SentenceTemplate


def select_sentences_in_force() -> QuerySet[SentenceTemplate]:
    """Select the newest published version of every sentence that is not retired."""
    published = SentenceTemplate.objects.filter(code=OuterRef("code"), published_at__isnull=False)
    newest = published.order_by("-number").values("pk")[:1]
    return SentenceTemplate.objects.filter(pk=Subquery(newest), retired_at=None)


def list_offered_sentences(reason: str) -> list[SentenceTemplate]:
    """List those for a reason, in the order of their codes; none before a reason is chosen."""
    return list(select_sentences_in_force().filter(reason=reason).order_by("code")) if reason else []
