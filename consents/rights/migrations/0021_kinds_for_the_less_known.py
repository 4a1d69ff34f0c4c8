"""Somebody who asks for specific pieces may be known less surely, and is told the kinds alone; a fee has its reason.

That they get no more is a constraint of the table.
"""

from importlib import import_module

from django.db import migrations

FROZEN = import_module("consents.rights.migrations.0016_an_objection_is_answered_use_by_use")
STEPS = import_module("consents.rights.migrations.0018_what_they_say_elsewhere")
ENOUGH = "AND NEW.identity_needed = 'reasonable'"
ENOUGH_FOR_KINDS = """AND (NEW.identity_needed = 'reasonable'
                                            OR NEW.request_type = 'access:specific' AND NEW.channel <> 'portal')"""


def steps(enough: str) -> str:
    return str(STEPS.STEPS.format(untimely=STEPS.UNTIMELY)).replace(ENOUGH, enough)


class Migration(migrations.Migration):
    dependencies = [("rights", "0020_terms_of_their_law")]
    operations = [
        migrations.RunSQL(
            FROZEN.FROZEN.format(more=FROZEN.MORE + ", 'fee_reason'"), FROZEN.FROZEN.format(more=FROZEN.MORE)
        ),
        migrations.RunSQL(steps(ENOUGH_FOR_KINDS), steps(ENOUGH)),
    ]
