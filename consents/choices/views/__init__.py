"""Pages of standing consent: the list, an answer, a history, and the opt-out that needs no sign-in."""

from consents.choices.views.answering import give, saved, withdraw, withdraw_all, withdrawn_all
from consents.choices.views.listing import choices, history
from consents.choices.views.opting_out import gpc, opt_out

__all__ = ["choices", "give", "gpc", "history", "opt_out", "saved", "withdraw", "withdraw_all", "withdrawn_all"]
