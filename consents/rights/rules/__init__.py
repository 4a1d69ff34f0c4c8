"""What the law asks of a request, by topic: kinds (of rights), clocks, calendars, answers."""
