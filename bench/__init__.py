"""Measure the portal on this machine: `uv run python -m bench`. Not part of the application."""
