"""Show a day and a moment in lists of the staff site the same way as everywhere (consents.core.durations)."""

DATE_FORMAT = r"j \d\e F \d\e Y"
DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i"
