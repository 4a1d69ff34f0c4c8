"""How lists of the staff house show a day and a moment, the same as everywhere (consents.core.durations)."""

DATE_FORMAT = r"j \d\e F \d\e Y"
DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i"
