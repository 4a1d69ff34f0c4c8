"""Name the teams that may ask for a purpose."""

# A JSON list of texts, none of them empty, as the database writes it.
TEAM_NAMES = r'^\[("([^"\\]|\\.)+"(, "([^"\\]|\\.)+")*)?\]$'


def fold_team(name: str) -> str:
    """Teams are compared by name, whatever its capitals; `portal.is_for_team_of` does the same."""
    return name.strip().lower()
