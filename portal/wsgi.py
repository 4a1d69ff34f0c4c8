"""The entry point of the web server. It refuses to start in a role that could bypass the promises."""

import os

from django.core.wsgi import get_wsgi_application

from consents.ops.running.exit_with_parent import exit_with_multiprocessing_parent

exit_with_multiprocessing_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from consents.key_checks import check_recorded_keys  # noqa: E402
from consents.ops.running.checks import check_addresses  # noqa: E402
from consents.ops.running.serving import limit_statements, serve_nobody_early  # noqa: E402  (needs the settings)
from consents.startup import check_database_role, refuse_missing_keys  # noqa: E402

check_addresses()
refuse_missing_keys()
check_database_role()
check_recorded_keys()
limit_statements()
serve_nobody_early()
