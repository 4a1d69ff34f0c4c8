-- Promise 6 (consents/DESIGN.md): The running system is not the owner.
--
-- Exactly what the application may do with each table of this room.
REVOKE ALL ON insights_question, insights_insight, insights_result, insights_cell FROM portal_app;
GRANT SELECT, INSERT, UPDATE ON insights_question TO portal_app;
GRANT SELECT ON insights_insight, insights_result, insights_cell TO portal_app;
GRANT INSERT (id, question_id, period, minimum, asked_by_id) ON insights_insight TO portal_app;
GRANT INSERT (insight_id, outcome, total, has_hidden) ON insights_result TO portal_app;
GRANT INSERT (result_id, place, label, number) ON insights_cell TO portal_app;
