"""Say how many there are, in the English of commands; pages and emails have `ngettext`."""


def write_count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 entry` or `2,000 entries`; `plural`: where an s behind the singular would be wrong."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"
