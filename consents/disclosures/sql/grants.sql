-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON disclosures_looknews, disclosures_lookreport, disclosures_opening FROM portal_app;
GRANT SELECT ON disclosures_opening TO portal_app;
GRANT INSERT (id, kind, category_id, customer_id, field, grant_id, purpose_id, request, staff_id)
    ON disclosures_opening TO portal_app;
GRANT SELECT ON disclosures_lookreport TO portal_app;
GRANT INSERT (id, opening_id, customer_id, concern, sealed_words, reported_by_id, reported_at, due_at, sealed_answer,
    answered_at, finding, sealed_finding, decided_by_id, decided_at),
    UPDATE (sealed_answer, answered_at, finding, sealed_finding, decided_by_id, decided_at)
    ON disclosures_lookreport TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON disclosures_looknews TO portal_app;
