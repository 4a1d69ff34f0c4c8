"""Pages about rights: asking for one (signed in or not), and following what was asked."""

from consents.rights.views.asking import ask, received, rights
from consents.rights.views.following import appeal, confirm, one, sent, take_back
from consents.rights.views.taking import entry, package

__all__ = ["appeal", "ask", "confirm", "entry", "one", "package", "received", "rights", "sent", "take_back"]
