"""A way to call every act there is, from a world in which it changes something: a file for each room.

Each function prepares and returns the call; called again, it begins from fresh objects, as the next request would.
"""

import importlib
import pkgutil

from tests.faults.acts.registry import ACTS, SCENES, lay_scene

__all__ = ["ACTS", "SCENES", "lay_scene"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
