"""Say how many there are: in the English of commands, or as the reader's language writes a number."""

from django.utils.formats import number_format


def write_count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 entry` or `2,000 entries`; `plural`: where an s behind the singular would be wrong."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def format_number(number: float) -> str:
    """Return `1,204`, in German `1.204`: for a sentence whose words are translated."""
    return number_format(number, force_grouping=True)
