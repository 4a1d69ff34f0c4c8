"""Acts on questions (privacy officers), insights (staff and the job that counts them) and checks of notes (staff)."""
