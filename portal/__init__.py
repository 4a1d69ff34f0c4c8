"""Composition root: settings, addresses, admin site, home, health. Knows no rule."""
