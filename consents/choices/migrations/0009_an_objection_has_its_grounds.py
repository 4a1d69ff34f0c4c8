"""One objects to a use that rests on a public task or on legitimate interests (GDPR Art 21(1)). An objection that names
no purpose stops those, and neither what a contract or a law asks for nor what the customer agreed to.
"""

from django.db import migrations

GROUNDS = """
-- The use rests on such a ground, or did at some time since: no other ground takes the place of it.
CREATE FUNCTION may_be_objected_to(of_purpose bigint, since timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT EXISTS (
    SELECT FROM catalogue_purposeversion AS v
    WHERE v.purpose_id = of_purpose AND v.published_at IS NOT NULL AND v.legal_basis IN ('A6-1-e', 'A6-1-f')
      AND NOT EXISTS (SELECT FROM catalogue_purposeversion AS n
                      WHERE n.purpose_id = v.purpose_id AND n.number > v.number AND n.published_at <= since))
$$;

-- `about`, `placed`: purpose and moment of a mark.
CREATE FUNCTION mark_covers(kind text, about bigint, placed timestamptz, of_purpose bigint) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp
AS $$
SELECT CASE WHEN about IS NOT NULL THEN coalesce(about = of_purpose, false)
            WHEN kind = 'objection' THEN may_be_objected_to(of_purpose, placed)
            ELSE true END
$$;
"""
BACK = "DROP FUNCTION mark_covers; DROP FUNCTION may_be_objected_to;"


class Migration(migrations.Migration):
    dependencies = [("choices", "0008_staff_lift_only_pauses"), ("catalogue", "0001_initial")]
    operations = [migrations.RunSQL(GROUNDS, BACK)]
