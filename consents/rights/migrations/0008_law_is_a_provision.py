"""A refusal rests on a provision, named as one: nothing about a person fits into it (the same as rules.answers)."""

from django.db import migrations, models

NAMES = (
    "UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation"
    "|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to"
)
PART = rf"((({NAMES})\.?|§{{1,2}}|[0-9]+[a-z]?([./-][0-9]+)*)(\([0-9A-Za-z]{{1,4}}\))*)"


class Migration(migrations.Migration):
    dependencies = [("rights", "0007_an_answer_has_its_effect")]

    operations = [
        migrations.AddConstraint(
            model_name="rightsrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("denial_legal_basis", ""),
                    ("denial_legal_basis__regex", rf"^(?=.*[0-9]){PART}([ ,;]+{PART})*$"),
                    _connector="OR",
                ),
                name="rights_request_law_is_a_provision",
            ),
        ),
    ]
