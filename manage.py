#!/usr/bin/env python
"""Every command of the portal: `manage.py demo`, `manage.py serve`, …"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from consents.core.embedded import CannotStart

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, CannotStart) as reason:
        sys.exit(f"{reason}")


if __name__ == "__main__":
    main()
