"""Pages about rights: asking for one (signed in or not), and following what was asked."""

from consents.rights.views.asking import ask, received, rights
from consents.rights.views.following import appeal, confirm, one, sent, take_back

__all__ = ["appeal", "ask", "confirm", "one", "received", "rights", "sent", "take_back"]
