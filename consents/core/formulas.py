"""Name what a spreadsheet takes for a formula (CSV injection), as character classes that PostgreSQL and Python read
alike.
"""

import re

# = + - @, and their full-width, small and mathematical forms.
FORMULA_LETTERS = "=+-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
STARTS_FORMULA = "[" + "".join(f"\\u{ord(letter):04x}" for letter in FORMULA_LETTERS) + "]"
# Characters that spreadsheets skip before the first letter, including no-break and zero-width spaces.
SKIPPED = r"[\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
# Also after a separator that a spreadsheet may take for its own.
FORMULA = re.compile(rf"(^|[;,\t\r\n])(?={SKIPPED}*{STARTS_FORMULA})")


def escape_cell(text: str) -> str:
    """Put a ' before each part of a cell that a spreadsheet would run."""
    return FORMULA.sub(r"\1'", text)
