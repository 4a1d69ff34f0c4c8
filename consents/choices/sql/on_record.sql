-- Promise 1 (consents/DESIGN.md): No answer is a no.
-- Promise 5 (consents/DESIGN.md): History is not edited.
--
-- No choice without its ledger entry, and no yes that is not the customer's own.

-- An entry of this transaction records the move: its event, by a kind of actor that may make it and, for the customer's
-- own moves, by someone who acts for the customer now, in the capacity that the entry names. A yes needs someone old
-- enough, or the guardian of a customer who is not; on a shared account whose holders must all agree, the last of them.
CREATE FUNCTION require_entry_for_choice() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, portal, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry AS e
        WHERE e.object = NEW.id::text AND e.customer = NEW.customer_id
          AND e.occurred_at >= now() + portal.clock_offset()
          AND e.event = consent_event(NEW.status) AND e.outcome = NEW.status
          AND e.actor_kind = ANY (consent_actors(NEW.status))
          AND (e.actor_kind NOT IN ('customer', 'representative') OR EXISTS (
              SELECT FROM people_acting AS a
              WHERE a.customer_id = NEW.customer_id AND a.user_id::text = e.actor
                AND a.capacity = e.details::jsonb ->> 'capacity'
                AND a.starts_at <= portal.clock() AND (a.ends_at IS NULL OR a.ends_at > portal.clock())
                AND (NEW.status NOT IN ('ConsentGiven', 'RenewedConsentGiven')
                     OR (a.capacity = 'guardian') <> may_consent_alone(NEW.customer_id)
                        AND has_every_yes(NEW.customer_id, 'joint_consent', NEW.version_id::text, e.actor))))
          AND is_of_this_transaction(e.xmin)) THEN
        PERFORM portal.refuse('a choice can only change with its ledger entry, by someone who may change it', TG_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choices_choice_on_record AFTER INSERT OR UPDATE ON choices_choice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (session_user <> 'portal_owner')
    EXECUTE FUNCTION require_entry_for_choice();
