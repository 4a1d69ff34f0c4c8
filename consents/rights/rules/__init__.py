"""Rules of the law for a request, by topic: kinds (of rights), clocks, calendars, answers."""
