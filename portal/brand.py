"""The company's own look: two colours and a logo, checked before the portal starts."""

import re
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# What the stylesheet puts text of the brand's colour on, and what it writes on that colour: light, then dark.
ON_LIGHT = ("#ffffff", "#faf8f4", "#f3f1eb")
ON_DARK = ("#08222e", "#12161a", "#1a2026", "#222a31")
LEAST_CONTRAST = 7.0  # WCAG 2.2, 1.4.6
LOGO_BYTES = 200_000
LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
PNG_START = b"\x89PNG\r\n\x1a\n"


def compute_luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb, 0 to 1 (WCAG 2.2, glossary)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def compute_contrast(colour: str, ground: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, glossary)."""
    darker, lighter = sorted((compute_luminance(colour), compute_luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def check_colour(name: str, colour: str, grounds: Collection[str]) -> str:
    """Return the colour; raise ImproperlyConfigured where words in it, or on it, would be hard to read."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ImproperlyConfigured(f"{name} is {colour!r}; use six hexadecimal digits: #0b4f6c.")
    worst = min(grounds, key=lambda ground: compute_contrast(colour, ground))
    if (ratio := compute_contrast(colour, worst)) < LEAST_CONTRAST:
        raise ImproperlyConfigured(
            f"{name} is {colour!r}; its contrast with {worst} is {ratio:.1f}, "
            f"and pages need {LEAST_CONTRAST:.0f} at least."
        )
    return colour


def check_logo(name: str, path: str) -> Path | None:
    """Return the logo's file, None without one; raise ImproperlyConfigured for one that no page should show."""
    if not path:
        return None
    file = Path(path).expanduser()
    try:
        content = file.read_bytes() if file.stat().st_size <= LOGO_BYTES else None
    except OSError as reason:
        raise ImproperlyConfigured(f"The file that {name} names cannot be read ({type(reason).__name__}).") from None
    if content is None:
        raise ImproperlyConfigured(f"{name} names a file of more than {LOGO_BYTES // 1000} KB.")
    is_png = file.suffix.lower() == ".png" and content.startswith(PNG_START)
    if not is_png and not (file.suffix.lower() == ".svg" and b"<svg" in content):
        raise ImproperlyConfigured(f"{name} names a file that is neither SVG nor PNG.")
    return file
