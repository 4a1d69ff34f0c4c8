"""The portal's clock and the trigger function of append-only tables.

`portal_now()` is the database's statement_timestamp(). Only the owner can replace it: that is how the demo's past
and the tests' future are made, through the same services and without a back door in any of them.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION portal_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT statement_timestamp()';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = []
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION refuse_change(); DROP FUNCTION portal_now();")]
