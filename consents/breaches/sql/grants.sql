-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON breaches_breach, breaches_assessment, breaches_authoritynotice, breaches_announcement,
    breaches_announcementtext, breaches_breachnotice, breaches_closing FROM portal_app;
GRANT SELECT, INSERT ON breaches_breach, breaches_assessment, breaches_authoritynotice, breaches_announcementtext,
    breaches_closing TO portal_app;
GRANT SELECT, INSERT, UPDATE ON breaches_announcement, breaches_breachnotice TO portal_app;
