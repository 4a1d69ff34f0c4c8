"""The catalogue changes with its ledger entry or not at all: a draft, its parts, what is published, what is retired.

What customers are asked begins here, so that whoever holds the application's password leaves a trace before anybody
is shown another word. The entry names the purpose, version, category or recipient; parts are told of with their whole.
"""

from django.db import migrations

FUNCTION = """
-- Arguments: the column with the id that the entry names, and its event.
CREATE FUNCTION refuse_catalogue_off_record() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    was CONSTANT text := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ->> TG_ARGV[0] END;
    becomes CONSTANT text := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ->> TG_ARGV[0] END;
BEGIN
    IF NOT (ledger_tells_now(coalesce(was, becomes), NULL, TG_ARGV[1], NULL, '{}')
            AND ledger_tells_now(coalesce(becomes, was), NULL, TG_ARGV[1], NULL, '{}')) THEN
        RAISE EXCEPTION 'the catalogue changes with its ledger entry'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
ON_RECORD = """
CREATE CONSTRAINT TRIGGER {table}_{name} AFTER {acts} ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN ({when}session_user <> 'portal_owner')
    EXECUTE FUNCTION refuse_catalogue_off_record('{column}', '{event}');
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name};
"""
# Table, name of the trigger, the column with the id of the whole, its event, and when.
RULES = [
    ("catalogue_category", "on_record", "id", "category.%", ""),
    ("catalogue_category", "published_on_record", "id", "category.published", "NEW.published AND "),
    ("catalogue_field", "on_record", "category_id", "category.%", ""),
    ("catalogue_recipient", "on_record", "id", "recipient.%", ""),
    ("catalogue_purpose", "on_record", "id", "purpose.%", ""),
    ("catalogue_purpose", "retired_on_record", "id", "purpose.retired", "NEW.retired_at IS NOT NULL AND "),
    ("catalogue_purposeversion", "on_record", "id", "purpose_version.%", ""),
    (
        "catalogue_purposeversion",
        "published_on_record",
        "id",
        "purpose_version.published",
        "NEW.published_at IS NOT NULL AND ",
    ),
    ("catalogue_notice", "on_record", "version_id", "purpose_version.%", ""),
    ("catalogue_purposeversion_categories", "on_record", "purposeversion_id", "purpose_version.%", ""),
    ("catalogue_purposeversion_recipients", "on_record", "purposeversion_id", "purpose_version.%", ""),
    ("catalogue_purposeversion_writers", "on_record", "purposeversion_id", "purpose_version.%", ""),
]

FORWARD = FUNCTION + "".join(
    ON_RECORD.format(
        table=table,
        name=name,
        acts="INSERT OR UPDATE" if when else "INSERT OR UPDATE OR DELETE",
        when=when,
        column=column,
        event=event,
    )
    for table, name, column, event, when in RULES
)
BACK = "".join(f"DROP TRIGGER {table}_{name} ON {table};\n" for table, name, *_ in RULES)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_published_categories_frozen"), ("people", "0002_acting_is_on_record")]
    operations = [migrations.RunSQL(FORWARD, f"{BACK}DROP FUNCTION refuse_catalogue_off_record;")]
