"""The list in `consents/__init__.py` has every signal, and beside it the rooms that follow or answer it."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.dispatch import Signal

import consents

FOLDER = Path(consents.__file__).parent
ROOMS = {config.label for config in apps.get_app_configs() if config.name.startswith("consents.")}
LISTED = re.compile(r"^    (\w+\.signals\.\w+) +(.*(?:\n {44}.*)*)", re.MULTILINE)


def list_signals() -> dict[str, Signal]:
    modules = [import_module(f"consents.{path.parent.name}.signals") for path in FOLDER.glob("*/signals.py")]
    return {
        f"{module.__name__.removeprefix('consents.')}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Signal)
    }


def find_room(receiver: Callable[..., object] | None) -> str:
    return receiver.__module__.split(".")[1] if receiver else ""


def test_every_signal_is_listed():
    assert dict(LISTED.findall(consents.__doc__)).keys() == list_signals().keys()


def test_the_list_names_the_rooms_that_follow_or_answer():
    rooms = {
        name: {find_room(receiver()) for _key, receiver, *_sender in signal.receivers} & ROOMS
        for name, signal in list_signals().items()
    }
    listed = {name: re.split("[→←]", text)[-1] for name, text in LISTED.findall(consents.__doc__)}

    assert {name: set(re.findall(r"\w+", text)) & ROOMS for name, text in listed.items()} == rooms
