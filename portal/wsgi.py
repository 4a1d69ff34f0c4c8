"""The entry point of the web server. It refuses to start in a role that could bypass the promises."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django = get_wsgi_application()

# Below: what needs the settings.
from consents.ops.key_checks import check_recorded_keys  # noqa: E402
from consents.ops.monitoring.alarms import start_alarms  # noqa: E402
from consents.ops.monitoring.readiness import check_readiness  # noqa: E402
from consents.ops.monitoring.tracing import start_tracing  # noqa: E402
from consents.ops.postgres.base import WATCH  # noqa: E402
from consents.ops.running.checks import check_addresses  # noqa: E402
from consents.ops.running.portal import limit_statements, serve_nobody_early  # noqa: E402
from consents.ops.running.runner import exit_with_runner  # noqa: E402
from consents.ops.startup import check_database_role, refuse_missing_keys  # noqa: E402
from portal import urls  # noqa: E402, F401  (all pages, before the first request)
from portal.admission import admit  # noqa: E402

exit_with_runner()
check_addresses()
refuse_missing_keys()
check_database_role()
check_recorded_keys()
limit_statements()
serve_nobody_early()
WATCH.start()
start_tracing()
start_alarms(check_readiness)
application = admit(django)
