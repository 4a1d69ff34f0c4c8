"""Pages of standing consent: the list, an answer, a history, and the opt-out that needs no sign-in."""
