#!/usr/bin/env python
"""Every command of the portal: `manage.py demo`, `manage.py serve`, …"""

import os
import sys

# Commands that are not for production say so before the settings are read.
MODES = {"demo": "demo"}


def is_for_outsiders(words: list[str]) -> bool:
    """Commands that need neither settings nor keys: a proof, a receipt or an export with somebody's public keys."""
    has_key = any(word.split("=")[0] == "--key" for word in words)
    return words[:1] in (["verify_inclusion"], ["verify_consistency"]) or (
        "".join(words[:1]) in {"verify_receipt", "verify_export"} and has_key
    )


def verify_offline(argv: list[str]) -> None:
    """With nobody's keys and database: those of the portal that may live beside it are not theirs to use."""
    for name in [name for name in os.environ if name.startswith(("PORTAL_", "DATABASE_"))]:
        del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    from importlib import import_module

    import django

    django.setup()
    import_module(f"consents.management.commands.{argv[1]}").Command().run_from_argv(argv)


def main() -> None:
    if is_for_outsiders(sys.argv[1:]):
        verify_offline(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if mode := MODES.get("".join(sys.argv[1:2])):
        os.environ["PORTAL_MODE"] = mode
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from consents.ops.embedded import CannotStart

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except (ImproperlyConfigured, CannotStart) as reason:
        sys.exit(f"{reason}")
    except OperationalError as reason:
        if getattr(reason.__cause__, "sqlstate", None) or "--traceback" in sys.argv:  # the server has answered
            raise
        # Not 1, with which commands say that they looked and refused.
        sys.stderr.write("The database does not answer. Check that its server runs, and the role's address.\n")
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read what it prints, such as `head`, has read enough: what is left goes nowhere, without a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
