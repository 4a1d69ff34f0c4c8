"""Show a day and a moment in lists of the staff site the same way as everywhere (consents.core.durations): a day stays
beside its month."""

DATE_FORMAT = "j\N{NO-BREAK SPACE}\\d\\e F \\d\\e Y"
DATETIME_FORMAT = "j\N{NO-BREAK SPACE}\\d\\e F \\d\\e Y, H:i"
