"""Show a day and a moment in lists of the staff site the same way as everywhere (consents.core.durations): a day stays
beside its month."""

DATE_FORMAT = "j.\N{NO-BREAK SPACE}F Y"
DATETIME_FORMAT = "j.\N{NO-BREAK SPACE}F Y, H:i\N{NO-BREAK SPACE}\\U\\h\\r"
