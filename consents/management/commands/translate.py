"""`translate`: bring the catalogs of translations up to date with the sources, and compile them."""

from typing import Any

from django.core.management.base import CommandError

from consents.management.operator_command import OperatorCommand
from consents.ops import translating


class Command(OperatorCommand):
    help = """Bring portal/locale up to date with the sources.

New messages go into each language's django.po, messages that are gone leave it, and django.mo is compiled. Translate
the empty ones in the .po file, run it again, commit them. What is English for everybody is left out: commands,
`ops` and the files of exports (see consents/ops/translating.py).

Exit codes: 0 every message is translated; 1 some are not (they are listed)."""

    def handle(self, *args: Any, **options: Any) -> None:
        messages, untranslated = translating.extract_messages(), []
        for language in translating.list_target_languages():
            catalog = translating.update_catalog(language, messages)
            path = translating.get_catalog_path(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(translating.render_catalog(catalog), "utf-8")
            translating.write_compiled(language, catalog)
            untranslated += [f"{language}: {message}" for message in translating.list_untranslated_texts(catalog)]
        if untranslated:
            raise CommandError("Not translated yet:\n" + "\n".join(untranslated))
        self.stdout.write(f"Messages, all translated: {len(messages)}.")
