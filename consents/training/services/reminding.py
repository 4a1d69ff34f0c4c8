"""Remind staff before an attestation lapses."""

from django.conf import settings
from django.db import transaction
from django.utils import translation

from consents.core import clock
from consents.core.one_by_one import run_for_each
from consents.notifications.services import queueing
from consents.training import rules, selectors
from consents.training.models import Attestation, ModuleVersion


@transaction.atomic
def remind_before_lapse() -> int:
    """Queue one email for each attestation of a required module that lapses soon; return their number."""
    now = clock.now()
    required = {version.code: version for version in selectors.select_in_force().filter(required=True)}
    lapsing = selectors.select_lapsing(now, now + rules.REMIND_BEFORE).filter(code__in=required)
    return run_for_each(list(lapsing), lambda attestation: remind_member(attestation, required[attestation.code]))


def remind_member(attestation: Attestation, version: ModuleVersion) -> bool:
    message = queueing.notify(
        kind="training_lapses",
        key=f"training.lapses:{attestation.pk}",
        user=attestation.member.user,
        module=list_titles(version),
        answer_by=attestation.valid_until.isoformat(),
    )
    return message is not None


def list_titles(version: ModuleVersion) -> dict[str, str]:
    titles = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            titles[language] = version.title
    return titles
