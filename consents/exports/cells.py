"""Cells that no spreadsheet takes for a formula, made so inside SQL."""

_LINE_ENDS = r"\n\u000b\u000c\r\u0085\u2028\u2029"
_LINE_END = rf"(\r\n|[{_LINE_ENDS}])"
# One line that begins with a letter or digit: nearly every cell.
_PLAIN = f"^[A-Za-z0-9][^{_LINE_ENDS}]*$"
# What spreadsheets skip before they look at the first letter, no-break and zero-width spaces among it.
_SKIPPED = r"[\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
# = + - @ and their full-width, small and mathematical forms.
_STARTS_FORMULA = r"[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]"
_FORMULA = f"(?={_SKIPPED}*{_STARTS_FORMULA})"


def safe(text: str) -> str:
    """SQL of the text expression `text`, with a ' before each of its lines that could be read as a formula.

    One plain line passes at the price of one comparison.
    """
    first = rf"regexp_replace({text}, '^{_FORMULA}', '''')"
    every = rf"regexp_replace({first}, '{_LINE_END}{_FORMULA}', '\1''', 'g')"
    return f"CASE WHEN {text} ~ '{_PLAIN}' THEN {text} ELSE {every} END"
