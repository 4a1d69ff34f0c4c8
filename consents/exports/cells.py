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
# Excel splits at semicolons where these part the items of a list (German, Spanish, …), inside our quotes too, and
# whoever imports text chooses tabs. What is only a number, of a phone say, may begin such a piece.
_PARTS = r";\t,"
_NUMBER = rf'[+\-][0-9 ()./\-]*["\]}}]*([{_PARTS}{_LINE_ENDS}]|$)'
_PIECE = rf'([{_PARTS}](?:"|{_SKIPPED})*)(?!{_NUMBER})'
_ONE_PIECE = f"^[A-Za-z][^{_LINE_ENDS}{_PARTS}]*$"
# Text that a table without types becomes another number of, or a day or a time: 0012, 1E5, 12.50, 1/2, 10:30.
_CONVERTED = (
    "^ *(0[0-9]+|[0-9]{16,}|[0-9]+[.,][0-9]+|[0-9][0-9.,]*[eE][+-]?[0-9]+|[0-9]{1,4}([./:-][0-9]{1,4}){1,2}) *$"
)
_LETTERS = "=+-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"


def safe(text: str, *, in_pieces: bool = False) -> str:
    """SQL of the text expression `text`, with a ' before each of its lines that could be read as a formula.

    `in_pieces`, for a table without types: also before each piece of a line, as it stands where the table is split at
    the wrong letter, and before what would become another number or a day. One plain line passes at the price of one
    comparison.
    """
    piece = rf"regexp_replace({text}, '{_PIECE}(?={_STARTS_FORMULA})', '\1''', 'g')" if in_pieces else text
    start = f"({_FORMULA}|(?={_CONVERTED}))" if in_pieces else _FORMULA
    first = rf"regexp_replace({piece}, '^{start}', '''')"
    every = rf"regexp_replace({first}, '{_LINE_END}{_FORMULA}', '\1''', 'g')"
    return f"CASE WHEN {text} ~ '{_ONE_PIECE if in_pieces else _PLAIN}' THEN {text} ELSE {every} END"


def safe_json(text: str) -> str:
    """SQL of the JSON `text`, the same value to a program, of which no piece could be read as a formula."""
    every = text
    for code in (f"u{ord(letter):04x}" for letter in _LETTERS):
        every = rf"regexp_replace({every}, '{_PIECE}\{code}', '\1\\{code}', 'g')"
    return f"CASE WHEN {text} ~ '{_PIECE}{_STARTS_FORMULA}' THEN {every} ELSE {text} END"
