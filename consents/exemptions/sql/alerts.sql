-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- A sign that staff went round a customer is found once and decided once. Its case is these two entries, and the index is
-- how they are found.
CREATE UNIQUE INDEX exemptions_alert_once ON ledger_entry (object, event) WHERE object_type = 'bypass_alert';

-- So is a note that a member of staff knows a customer: noted once, lifted at most once.
CREATE UNIQUE INDEX exemptions_conflict_once ON ledger_entry (object, event) WHERE object_type = 'conflict';
