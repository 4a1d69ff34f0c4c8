from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import ngettext_lazy

# Django's own sentence speaks of values to programmers.
TOO_LONG = ngettext_lazy(
    "Use at most %(limit_value)d character (now there are %(show_value)d).",
    "Use at most %(limit_value)d characters (now there are %(show_value)d).",
    "limit_value",
)


def compile_catalogs() -> None:
    """Compile each catalog of translations that is newer than its compiled form: on the first start of a checkout."""
    for catalog in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/*.po"):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < catalog.stat().st_mtime_ns:
            from consents.ops import translating

            language = catalog.parts[-3]
            translating.write_compiled(language, translating.read_catalog(language))


class HeadConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        compile_catalogs()
        MaxLengthValidator.message = TOO_LONG
