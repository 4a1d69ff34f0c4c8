-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON people_acting, people_claimcode, people_customer, people_customerkey, people_directorygroup,
    people_directoryperson, people_directoryperson_groups, people_erasedreference, people_erasure, people_evidence,
    people_jointassent, people_legalhold, people_staffmember, people_staffproposal, people_submission, people_user FROM portal_app;
GRANT SELECT, INSERT ON people_erasedreference TO portal_app;
GRANT SELECT, INSERT, UPDATE (ended_at) ON people_jointassent TO portal_app;
GRANT SELECT, INSERT, DELETE ON people_evidence, people_submission TO portal_app;
GRANT SELECT, INSERT, UPDATE ON people_acting, people_customer, people_erasure, people_legalhold, people_staffmember,
    people_staffproposal TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON people_claimcode, people_customerkey, people_directorygroup,
    people_directoryperson, people_directoryperson_groups, people_user TO portal_app;
-- Providers come from the settings, and nothing of theirs is kept but to whom they tied whom, which does not change: its
-- hashes are made anew with a newer index key.
REVOKE ALL ON socialaccount_socialaccount, socialaccount_socialapp, socialaccount_socialtoken FROM portal_app;
GRANT SELECT, INSERT, UPDATE (uid, extra_data), DELETE ON socialaccount_socialaccount TO portal_app;
