"""Import all that answers requests, then run a module: `python -m portal.preloading MODULE ARGUMENTS…`.

The web server's processes are forks of the one that it starts as: what that one has imported, none of them has to. They
share its memory, and one that died is back in a moment. No key is read here, the database is not asked and no thread
is started: each process does that for itself (portal.wsgi, portal.server).
"""

import gc
import multiprocessing
import os
import runpy
import sys
from importlib import import_module


def preload_portal() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()

    import_module("portal.urls")  # all pages, which Django would import with the first request
    from django.conf import settings
    from django.utils import translation

    for language, _name in settings.LANGUAGES:
        translation.activate(language)  # reads its catalogs
    translation.deactivate()
    gc.freeze()  # or a search for garbage would write to all of it, and each process have a copy of its own


if __name__ == "__main__":
    if sys.platform == "linux":  # elsewhere a fork is not safe, and each begins empty
        multiprocessing.set_start_method("fork")  # no longer what Python 3.14 does unasked
        preload_portal()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
