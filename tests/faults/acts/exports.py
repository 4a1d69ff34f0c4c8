"""Prepare a call of every act of `consents/exports`."""

from consents.exports import rules as exports_rules
from consents.exports.kinds import Dataset
from consents.exports.manifests import ExportedFile
from consents.exports.services import delivering, opening_history, requesting
from consents.people.models import Role
from tests.faults.acts.beginnings import by_staff, member
from tests.faults.acts.registry import Call, act
from tests.world import exports as scene
from tests.world.cast import make_staff


@act(requesting.request_export)
def make_export(world, **_) -> Call:
    return lambda: requesting.request_export(spec=scene.wanted(), officer=member(world.otto), by=by_staff(world.otto))


@act(requesting.approve_export)
def approve_export(world, **_) -> Call:
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export = scene.make(world, dataset=Dataset.CONSENT_EVENTS, personal=True).pk
    return lambda: requesting.approve_export(export=export, officer=member(olga), by=by_staff(olga))


@act(delivering.deliver_export)
def deliver_export(world, **_) -> Call:
    scene.play(world)
    export = make_export(world)()
    return lambda: b"".join(
        delivering.deliver_export(export=export, officer=world.otto, by=by_staff(world.otto)).content
    )


@act(opening_history.record_history_opening)
def look_over(world, **_) -> Call:
    terms = {"customer": world.ada.customer, "why": exports_rules.HistoryReason.COMPLAINT, "by": by_staff(world.otto)}
    return lambda: opening_history.record_history_opening(at=None, **terms)


@act(delivering.record_result)
def finish_export(world, **_) -> Call:
    export, records = make_export(world)(), ExportedFile("x.csv", 1, 9, "0" * 64)
    return lambda: delivering.record_result(export=export, records=records, manifest="0" * 64, by=by_staff(world.otto))
