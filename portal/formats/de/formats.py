"""How lists of the staff house show a day and a moment, the same as everywhere (consents.core.durations)."""

DATE_FORMAT = "j. F Y"
DATETIME_FORMAT = r"j. F Y, H:i \U\h\r"
