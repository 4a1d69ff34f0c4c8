"""Prepare a call of every act of `consents/exports`."""

from consents.exports import rules as exports_rules
from consents.exports.manifests import ExportedFile
from consents.exports.rules import Dataset
from consents.exports.services import delivering
from consents.people.models import Role
from tests.faults.acts.beginnings import by_staff, member
from tests.faults.acts.registry import Call, act
from tests.world import exports as scene
from tests.world.cast import make_staff


@act(delivering.request_export)
def make_export(world, **_) -> Call:
    return lambda: delivering.request_export(spec=scene.wanted(), officer=member(world.otto), by=by_staff(world.otto))


@act(delivering.approve_export)
def approve_export(world, **_) -> Call:
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export = scene.make(world, dataset=Dataset.CONSENT_EVENTS, personal=True).pk
    return lambda: delivering.approve_export(export=export, officer=member(olga), by=by_staff(olga))


@act(delivering.deliver_export)
def deliver_export(world, **_) -> Call:
    scene.play(world)
    export = make_export(world)()
    return lambda: b"".join(
        delivering.deliver_export(export=export, officer=world.otto, by=by_staff(world.otto)).content
    )


@act(delivering.record_history_opening)
def look_over(world, **_) -> Call:
    terms = {"customer": world.ada.customer, "why": exports_rules.HistoryReason.COMPLAINT, "by": by_staff(world.otto)}
    return lambda: delivering.record_history_opening(at=None, **terms)


@act(delivering.record_result)
def finish_export(world, **_) -> Call:
    export, records = make_export(world)(), ExportedFile("x.csv", 1, 9, "0" * 64)
    return lambda: delivering.record_result(export=export, records=records, manifest="0" * 64, by=by_staff(world.otto))
