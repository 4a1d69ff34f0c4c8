"""Who sees what of the vault, in every circumstance that matters; two customers have the same kinds of data."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.conf import settings
from django.db import connection
from psycopg import Connection, Error, connect

from consents.ops.embedded import ensure_running
from tests.disclosures.looking import committed, committed_otherwise, grant_of
from tests.world.cast import answer, ask, make_purpose, put_in_vault
from tests.world.training import publish_module, train

TOUCHED = ["disclosures_opening", "access_grant", "choices_mark", "vault_parterasure", "training_moduleversion"]
TOUCHED += ["training_attestation", "catalogue_purposeversion", "access_block", "people_staffmember"]
TOUCHED += ["catalogue_purpose"]
# What a row may not be by a CHECK or a second row of its kind is nothing that these attempts are about.
LOOSENED = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass::text, conname) FROM pg_constraint
WHERE conrelid::regclass::text = ANY (%s) AND contype IN ('c', 'u', 'x')
"""
SEEN = "SELECT customer_id::text, category_id, count(*) FROM vault_record GROUP BY 1, 2 ORDER BY 1, 2"
# To plan what the policy asks takes longer than to ask it.
PREPARED = f"PREPARE seen AS {SEEN}"
SNAPSHOT = "SELECT pg_current_snapshot()::text"
SHOWN = "SELECT portal.door_shows(ROW({door}::uuid, {kind}, {until}, {seen})::portal.door, '{ada}', {orders})"


def set_scene(world) -> SimpleNamespace:
    """Sam, who is trained, looks at Ada's orders; Ada looks at what is held about her."""
    for customer in (world.ada.customer, world.ben.customer):
        for code in ("orders", "contact"):
            put_in_vault(customer, world.categories[code], {"item": "Lamp"})
    request = answer(world, ask(world), "all")
    train_everybody(world)
    other = make_purpose("offers", "Send you offers", [world.categories["contact"]], world.pia.user)
    grant = grant_of(request)
    told = ("vault.own_copy", "customer", str(world.ada.user.pk))
    return SimpleNamespace(
        opening=committed(grant),
        own=committed_otherwise("own_copy", world.ada.customer.id, told=told),
        grant=grant.pk,
        contact_grant=grant_of(request, "contact").pk,
        ada=world.ada.customer.id,
        ben=world.ben.customer.id,
        sam=world.sam.pk,
        kim=world.kim.pk,
        officer=world.otto.pk,
        orders=world.categories["orders"].pk,
        contact=world.categories["contact"].pk,
        purpose=world.purpose.pk,
        version=world.version.pk,
        other=other.purpose.pk,
        other_version=other.pk,
    )


def train_everybody(world) -> None:
    publish_module(world)
    train(world.sam, world.kim)


# An opening shows for 30 seconds, and all the looks take longer.
AFRESH = "UPDATE disclosures_opening SET opened_at = portal.clock() WHERE id IN ('{opening}', '{own}')"
OPENING = "UPDATE disclosures_opening SET {} WHERE id = '{opening}'"
GRANT = "UPDATE access_grant SET {} WHERE id = '{grant}'"
MARK = "INSERT INTO choices_mark (id, customer_id, kind, purpose_id, placed_at, lifted_at)"
MARK += " VALUES (gen_random_uuid(), '{}', '{}', {}, portal.now(), {})"
ERASED = (
    "INSERT INTO vault_parterasure (id, customer_id, request, deleted, kept, law, proposed_by_id, proposed_at, done_at)"
)
ERASED += " VALUES (gen_random_uuid(), '{}', gen_random_uuid(), '{}', '{}', '', '{{officer}}', portal.now(), {})"
VERSION = "UPDATE catalogue_purposeversion SET legal_basis = 'A6-1-{}' WHERE id = {{{}}}"
NEXT = (
    "INSERT INTO catalogue_purposeversion SELECT (jsonb_populate_record(v, '{}')).* FROM catalogue_purposeversion AS v"
)
NEXT += " WHERE id = {{{}}}"
MODULE = "INSERT INTO training_moduleversion SELECT (jsonb_populate_record(v, jsonb_build_object({}))).*"
MODULE += " FROM training_moduleversion AS v"
UNTRAINED = "DELETE FROM training_attestation"
BLOCK = "INSERT INTO access_block (id, customer_id, kind, member_id, team, placed_at, lifted_at)"
BLOCK += " VALUES (gen_random_uuid(), '{}', '{}', {}, '{}', portal.now(), {})"
TEAMS = "UPDATE catalogue_purpose SET teams = '{}' WHERE id = {{{}}}"
OBJECTION = MARK.format("{ada}", "objection", "NULL", "NULL")
YEAR = "interval '1 year'"


def circumstances() -> Iterator[tuple[str, ...]]:
    yield ()
    for change in ("staff_id = '{kim}'", "customer_id = '{ben}'", "category_id = {contact}", "purpose_id = {other}"):
        yield (OPENING.replace("{}", change),)
        yield (GRANT.replace("{}", change),)
    for change in (
        "opened_at = portal.clock() + interval '1 minute'",
        "opened_at = portal.clock() - interval '31 seconds'",
        "xid = pg_current_xact_id()",
        "kind = 'own_copy'",
        "kind = 'own_copy', category_id = NULL",
        "kind = 'other', category_id = NULL",
        "grant_id = NULL",
        "grant_id = '{contact_grant}'",
    ):
        yield (OPENING.replace("{}", change),)
    ended = GRANT.replace("{}", "ended_at = portal.now()")
    yield (ended,)
    again = "gen_random_uuid(), 'access_request_id', gen_random_uuid()"
    again = f"SELECT (jsonb_populate_record(g, jsonb_build_object('id', {again}))).* FROM access_grant AS g"
    yield (f"INSERT INTO access_grant {again} WHERE id = '{{grant}}'", ended)
    for change in (f"starts_at = starts_at + {YEAR}, ends_at = ends_at + {YEAR}", f"ends_at = portal.clock() - {YEAR}"):
        yield (GRANT.replace("{}", change),)
    yield from marked()
    yield from erased()
    yield from trained()
    yield from blocked()
    yield from owed_by_law()
    yield from of_teams()


def marked() -> Iterator[tuple[str, ...]]:
    for customer, kind, purpose, lifted in (
        ("{ada}", "restriction", "NULL", "NULL"),
        ("{ben}", "restriction", "NULL", "NULL"),
        ("{ada}", "restriction", "NULL", "portal.now()"),
        ("{ada}", "limit", "NULL", "NULL"),
        ("{ada}", "objection", "{purpose}", "NULL"),
        ("{ada}", "objection", "{other}", "NULL"),
    ):
        yield (MARK.format(customer, kind, purpose, lifted),)
    yield (OBJECTION,)
    ours = VERSION.format("f", "version")
    yield OBJECTION, ours
    yield OBJECTION, VERSION.format("e", "version")
    yield OBJECTION, ours, "UPDATE catalogue_purposeversion SET published_at = NULL WHERE id = {version}"
    yield OBJECTION, VERSION.format("f", "other_version")
    yield OBJECTION, ours, NEXT.format('{{"id": 9999, "number": 9, "legal_basis": "A6-1-a"}}', "version")
    late = NEXT.format('{{"id": 9999, "number": 9, "legal_basis": "A6-1-a", "published_at": "2999-01-01Z"}}', "version")
    yield OBJECTION, ours, late
    yield OBJECTION, ours, NEXT.format('{{"id": 9999, "number": 9, "legal_basis": "A6-1-a"}}', "other_version")
    yield OBJECTION, NEXT.format('{{"id": 9999, "number": 9, "legal_basis": "A6-1-f"}}', "version")


def erased() -> Iterator[tuple[str, ...]]:
    for customer, deleted, kept, done in (
        ("{ada}", "[]", '["orders"]', "portal.now()"),
        ("{ada}", '["orders"]', "[]", "portal.now()"),
        ("{ada}", "[]", '["contact"]', "portal.now()"),
        ("{ben}", "[]", '["orders"]', "portal.now()"),
        ("{ada}", "[]", '["orders"]', "NULL"),
    ):
        yield (ERASED.format(customer, deleted, kept, done),)


def trained() -> Iterator[tuple[str, ...]]:
    yield (UNTRAINED,)
    for change in ("valid_until = portal.clock() - interval '1 day'", "code = 'other'"):
        yield (f"UPDATE training_attestation SET {change}",)
    yield ("DELETE FROM training_attestation WHERE member_id = '{sam}'",)
    for change in ("required = false", "published_at = NULL"):
        yield UNTRAINED, f"UPDATE training_moduleversion SET {change}"
    for change in ("'required', false", "'code', 'other'", "'code', 'other', 'required', false", "'number', 9"):
        yield UNTRAINED, MODULE.replace("{}", f"'id', 9999, 'number', 9, {change}")
    yield UNTRAINED, MODULE.replace("{}", "'id', 9999, 'number', 9, 'published_at', NULL")


def blocked() -> Iterator[tuple[str, ...]]:
    teams = "UPDATE people_staffmember SET team = 'Sales', former_teams = '{}' WHERE user_id = '{{sam}}'"
    theirs = teams.replace("'Sales'", "'Support'").replace("{{sam}}", "{kim}").replace("'{}'", "'[]'")
    for customer, kind, member, team, lifted in (
        ("{ada}", "everybody", "NULL", "", "NULL"),
        ("{ben}", "everybody", "NULL", "", "NULL"),
        ("{ada}", "everybody", "NULL", "", "portal.now()"),
        ("{ada}", "member", "'{sam}'", "", "NULL"),
        ("{ada}", "member", "'{kim}'", "", "NULL"),
        ("{ada}", "team", "NULL", " sales", "NULL"),
        ("{ada}", "team", "NULL", "Support", "NULL"),
        ("{ada}", "team", "NULL", "returns", "NULL"),
    ):
        block = BLOCK.format(customer, kind, member, team, lifted)
        yield block, teams.format("[]"), theirs
        yield block, teams.format('["returns"]'), theirs


def owed_by_law() -> Iterator[tuple[str, ...]]:
    """A legal duty passes a mark, a block and what was kept; neither missing training nor what was deleted."""
    duty = GRANT.replace("{}", "ground = 'legal_duty'")
    yield duty, MARK.format("{ada}", "restriction", "NULL", "NULL")
    yield duty, BLOCK.format("{ada}", "everybody", "NULL", "", "NULL")
    for deleted, kept in (("[]", '["orders"]'), ('["orders"]', "[]")):
        yield duty, ERASED.format("{ada}", deleted, kept, "portal.now()")
    yield duty, UNTRAINED


def of_teams() -> Iterator[tuple[str, ...]]:
    """Sam works in “Billing Support”, Kim in “Returns”. An exemption asks for no team."""
    others = TEAMS.format('["Returns"]', "purpose")
    yield (others,)
    yield (TEAMS.format('["Returns", " billing support "]', "purpose"),)
    yield (TEAMS.format('["Returns"]', "other"),)
    for ground in ("legal_duty", "emergency"):
        yield others, GRANT.replace("{}", f"ground = '{ground}'")


Look = tuple[tuple[str, ...], str]  # what is so, and in which role it is looked at
PLAIN: Look = (), "portal_app"


class Beholder:
    """A superuser's transaction that is never committed: rows are forced in it, rules altered, and the vault is read by
    the application, or by the owner.

    `looks` are all that is tried, what noticed an alteration before first. What noticed one is likely to notice the
    next, too.
    """

    def __init__(self, scene: SimpleNamespace) -> None:
        self.scene = vars(scene)
        address = ensure_running(settings.PORTAL_VAR).dsn("postgres", connection.settings_dict["NAME"])
        self.speaking: Connection = connect(address, autocommit=True)
        self.speaking.execute(PREPARED)
        found = self.speaking.execute(LOOSENED, [TOUCHED]).fetchall()
        self.loosening = "; ".join(
            [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TOUCHED] + [statement for (statement,) in found]
        )
        self.looks: list[Look] = [*((so, "portal_app") for so in circumstances()), ((), "portal_owner")]

    @contextmanager
    def loosened(self, isolation: str = "READ COMMITTED") -> Iterator[None]:
        self.speaking.execute(f"BEGIN ISOLATION LEVEL {isolation}; SET LOCAL session_replication_role = replica")
        try:
            self.speaking.execute(self.loosening)
            yield
        finally:
            self.speaking.execute("ROLLBACK")

    @contextmanager
    def altered(self, alter: str) -> Iterator[None]:
        self.speaking.execute(f"SAVEPOINT altered; {alter}")
        try:
            yield
        finally:
            self.speaking.execute("ROLLBACK TO altered; RELEASE altered")

    def see_everything(self) -> dict[Look, str]:
        return {one: self.look(*one) for one in self.looks}

    def notices(self, alter: str, whole: dict[Look, str]) -> bool:
        """Whether anything is seen otherwise than in `whole` under the rules as they are altered."""
        with self.altered(alter):
            told = next((one for one in self.looks if self.look(*one) != whole[one]), None)
        if told is not None:
            self.looks.remove(told)
            self.looks.insert(0, told)
        return told is not None

    def look(self, statements: tuple[str, ...], role: str) -> str:
        so = [statement.format(**self.scene) for statement in (AFRESH, *statements)]
        self.speaking.execute("; ".join(["SAVEPOINT look", *so, f"SET SESSION AUTHORIZATION {role}"]))
        try:
            if statements:
                return str([*map(self.see, self.openings())])
            return str([*map(self.see, self.openings() + self.no_openings()), *map(self.ask_undisturbed, self.doors())])
        finally:
            self.speaking.execute("ROLLBACK TO look; RELEASE look")

    def openings(self) -> list[str]:
        return [str(self.scene["opening"]), str(self.scene["own"])]

    def no_openings(self) -> list[str]:
        """They name none, whatever the circumstances: asked once."""
        return ["nonsense", "", str(self.scene["grant"])]

    def see(self, opening: str) -> str:
        return self.ask(f"SELECT set_config('portal.opening', '{opening}', true)", "EXECUTE seen")

    def ask(self, *queries: str) -> str:
        """What the last of them answers."""
        try:
            cursor = self.speaking.execute("; ".join(["SAVEPOINT asking", *queries]))
            while cursor.nextset():
                pass
            return str(cursor.fetchall())
        except Error as error:
            self.speaking.execute("ROLLBACK TO asking")
            return str(error.sqlstate)

    def ask_undisturbed(self, question: str) -> str:
        """What it answers where nobody else's transaction ends meanwhile: a door is looked up anew after each."""
        answered = None
        while answered is None:
            before = self.ask(SNAPSHOT)
            answer = self.ask(question)
            answered = answer if self.ask(SNAPSHOT) == before else None
        return answered

    def doors(self) -> Iterator[str]:
        """Asked for one record of Ada's orders with a door of one's own making, looked up just now or long ago."""
        ada, ben = f"'{self.scene['ada']}'", f"'{self.scene['ben']}'"
        for door, kind, until, seen in (
            (ada, self.scene["orders"], "'infinity'", "pg_current_snapshot()::text"),
            (ada, "NULL", "'infinity'", "pg_current_snapshot()::text"),
            (ada, self.scene["contact"], "'infinity'", "pg_current_snapshot()::text"),
            (ben, self.scene["orders"], "'infinity'", "pg_current_snapshot()::text"),
            (ada, self.scene["orders"], "'-infinity'", "pg_current_snapshot()::text"),
            (ada, self.scene["orders"], "'infinity'", "'1:1:'"),
        ):
            yield SHOWN.format(door=door, kind=kind, until=until, seen=seen, **self.scene)

    def close(self) -> None:
        self.speaking.close()
