"""Acts on training: modules (privacy officers), tries and attestations (staff), reminders (time)."""
