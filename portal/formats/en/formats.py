"""Show a day and a moment in lists of the staff site the same way as everywhere (consents.core.durations)."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
