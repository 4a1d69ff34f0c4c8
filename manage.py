#!/usr/bin/env python
"""Every command of the portal: `manage.py demo`, `manage.py serve`, …"""

import os
import sys

# Commands that are not for production say so before the settings are read.
MODES = {"demo": "demo", "bench": "test"}


def main() -> None:
    if sys.argv[1:2] == ["verify_inclusion"]:  # for outsiders: needs neither settings nor keys
        from consents.management.commands.verify_inclusion import Command

        Command().run_from_argv(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if mode := MODES.get("".join(sys.argv[1:2])):
        os.environ["PORTAL_MODE"] = mode
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from consents.core.embedded import CannotStart

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, CannotStart) as reason:
        sys.exit(f"{reason}")


if __name__ == "__main__":
    main()
