"""Pages about rights: asking for one and collecting what was granted (signed in or not), following what was asked."""

from consents.rights.views.asking import ask, received, rights
from consents.rights.views.collecting import collect
from consents.rights.views.following import appeal, confirm, one, sent, take_back
from consents.rights.views.taking import entry, package

__all__ = ["appeal", "ask", "collect", "confirm", "entry", "one", "package", "received", "rights", "sent", "take_back"]
