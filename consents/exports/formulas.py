"""SQL that escapes cells which a spreadsheet would run as a formula (CSV injection)."""

from consents.core.formulas import FORMULA_LETTERS, SKIPPED, STARTS_FORMULA

_LINE_ENDS = r"\n\u000b\u000c\r\u0085\u2028\u2029"
_LINE_END = rf"(\r\n|[{_LINE_ENDS}])"
# A single line that begins with a letter or digit: nearly every cell, so the cheap test comes first.
_PLAIN = f"^[A-Za-z0-9][^{_LINE_ENDS}]*$"
_FORMULA = f"(?={SKIPPED}*{STARTS_FORMULA})"
# Excel splits at semicolons in locales that use them as list separators (German, Spanish, …), even inside our quotes,
# and people who import text may choose tabs. A piece that is only a number, such as a phone number, is left alone.
_PARTS = r";\t,"
_NUMBER = rf'[+\-][0-9 ()./\-]*["\]}}]*([{_PARTS}{_LINE_ENDS}]|$)'
_PIECE = rf'([{_PARTS}](?:"|{SKIPPED})*)(?!{_NUMBER})'
_ONE_PIECE = f"^[A-Za-z][^{_LINE_ENDS}{_PARTS}]*$"
# Text that a spreadsheet would turn into another number, a date or a time: 0012, 1E5, 12.50, 1/2, 10:30.
_CONVERTED = (
    "^ *(0[0-9]+|[0-9]{16,}|[0-9]+[.,][0-9]+|[0-9][0-9.,]*[eE][+-]?[0-9]+|[0-9]{1,4}([./:-][0-9]{1,4}){1,2}) *$"
)


def escape_formulas(text: str, *, in_pieces: bool = False) -> str:
    """Return SQL that puts a ' before each line of the SQL text expression `text` that could be read as a formula.

    `in_pieces` (for CSV): also before each piece between separators, in case a spreadsheet splits at the wrong one, and
    before text that would become another number or a date. A plain cell costs one comparison.
    """
    piece = rf"regexp_replace({text}, '{_PIECE}(?={STARTS_FORMULA})', '\1''', 'g')" if in_pieces else text
    start = f"({_FORMULA}|(?={_CONVERTED}))" if in_pieces else _FORMULA
    first = rf"regexp_replace({piece}, '^{start}', '''')"
    every = rf"regexp_replace({first}, '{_LINE_END}{_FORMULA}', '\1''', 'g')"
    return f"CASE WHEN {text} ~ '{_ONE_PIECE if in_pieces else _PLAIN}' THEN {text} ELSE {every} END"


def escape_json_formulas(text: str) -> str:
    """Return SQL that spells formula characters in the JSON expression `text` as \\u escapes."""
    every = text
    for code in (f"u{ord(letter):04x}" for letter in FORMULA_LETTERS):
        every = rf"regexp_replace({every}, '{_PIECE}\{code}', '\1\\{code}', 'g')"
    return f"CASE WHEN {text} ~ '{_PIECE}{STARTS_FORMULA}' THEN {every} ELSE {text} END"
