"""What the web server runs. Refuses to start in a role that could bypass the promises."""

import os

from django.core.wsgi import get_wsgi_application

from consents.running.tied import end_with_parent

end_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from consents.running.serving import serve_nobody_early  # noqa: E402  (needs the settings)
from consents.running.tied import end_with_parent  # noqa: E402
from consents.startup import refuse_wrong_role  # noqa: E402

refuse_wrong_role()
serve_nobody_early()
end_with_parent()
