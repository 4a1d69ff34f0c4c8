"""A recipient outside the European Economic Area comes with what protects the data there (GDPR Art 30(1)(e), 44-49).

What customers have read stays as they read it: whom a published version names already keeps an empty safeguard, and no
later version is published that names them so.
"""

from django.db import migrations, models

EEA = ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT"]
EEA += ["LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"]
AREA = ", ".join(f"'{country}'" for country in EEA)
FORWARD = f"""
ALTER TABLE catalogue_recipient ADD CONSTRAINT catalogue_recipient_protected_abroad CHECK (
    (country IN ({AREA}) AND safeguard = '') OR (country NOT IN ({AREA}) AND safeguard <> '')) NOT VALID;
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM catalogue_recipient WHERE country NOT IN ({AREA})) THEN
        ALTER TABLE catalogue_recipient VALIDATE CONSTRAINT catalogue_recipient_protected_abroad;
    END IF;
END $$;
"""
BACK = "ALTER TABLE catalogue_recipient DROP CONSTRAINT catalogue_recipient_protected_abroad;"


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_every_change_is_on_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="recipient",
            name="safeguard",
            field=models.CharField(
                blank=True,
                choices=[
                    ("A45-3", "a decision that its law protects data as ours does"),
                    ("A46-2-a", "a binding agreement between authorities"),
                    ("A46-2-b", "binding corporate rules"),
                    ("A46-2-c", "standard contractual clauses of the European Commission"),
                    ("A46-2-d", "standard contractual clauses of an authority"),
                    ("A46-2-e", "an approved code of conduct"),
                    ("A46-2-f", "an approved certification"),
                    ("A46-3-a", "a contract that an authority has allowed"),
                    ("A46-3-b", "an arrangement that an authority has allowed"),
                    ("A49-1-a", "explicit consent"),
                    ("A49-1-b", "a contract with the customer"),
                    ("A49-1-c", "a contract made for the customer"),
                    ("A49-1-d", "an important public interest"),
                    ("A49-1-e", "legal claims"),
                    ("A49-1-f", "a danger to somebody’s life"),
                    ("A49-1-g", "a public register that it is part of"),
                    ("own-country", "nothing is needed: it is the company’s own country"),
                ],
                help_text="Only outside the European Economic Area (GDPR Art 44-49). Customers read it with the name.",
                max_length=12,
                verbose_name="what protects the data there",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "safeguard__in",
                        [
                            "",
                            "A45-3",
                            "A46-2-a",
                            "A46-2-b",
                            "A46-2-c",
                            "A46-2-d",
                            "A46-2-e",
                            "A46-2-f",
                            "A46-3-a",
                            "A46-3-b",
                            "A49-1-a",
                            "A49-1-b",
                            "A49-1-c",
                            "A49-1-d",
                            "A49-1-e",
                            "A49-1-f",
                            "A49-1-g",
                            "own-country",
                        ],
                    )
                ),
                name="catalogue_recipient_known_safeguard",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACK)],
            state_operations=[
                migrations.AddConstraint(
                    model_name="recipient",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "country__in",
                                    [
                                        "AT",
                                        "BE",
                                        "BG",
                                        "CY",
                                        "CZ",
                                        "DE",
                                        "DK",
                                        "EE",
                                        "ES",
                                        "FI",
                                        "FR",
                                        "GR",
                                        "HR",
                                        "HU",
                                        "IE",
                                        "IS",
                                        "IT",
                                        "LI",
                                        "LT",
                                        "LU",
                                        "LV",
                                        "MT",
                                        "NL",
                                        "NO",
                                        "PL",
                                        "PT",
                                        "RO",
                                        "SE",
                                        "SI",
                                        "SK",
                                    ],
                                ),
                                ("safeguard", ""),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "country__in",
                                        [
                                            "AT",
                                            "BE",
                                            "BG",
                                            "CY",
                                            "CZ",
                                            "DE",
                                            "DK",
                                            "EE",
                                            "ES",
                                            "FI",
                                            "FR",
                                            "GR",
                                            "HR",
                                            "HU",
                                            "IE",
                                            "IS",
                                            "IT",
                                            "LI",
                                            "LT",
                                            "LU",
                                            "LV",
                                            "MT",
                                            "NL",
                                            "NO",
                                            "PL",
                                            "PT",
                                            "RO",
                                            "SE",
                                            "SI",
                                            "SK",
                                        ],
                                    ),
                                    _negated=True,
                                ),
                                models.Q(("safeguard", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="catalogue_recipient_protected_abroad",
                    ),
                )
            ],
        ),
    ]
