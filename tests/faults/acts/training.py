"""Prepare a call of every act of `consents/training`."""

from consents.training import services
from tests.faults.acts.beginnings import by_staff
from tests.faults.acts.registry import Call, act
from tests.world import training


@act(services.save_module)
def save_module(world, **_) -> Call:
    return training.make_module_draft


@act(services.draft_next_module)
def draft_next_module(world, **_) -> Call:
    version = training.publish_module(world)
    return lambda: services.draft_next_module(version=version, by=by_staff(world.pia))


@act(services.publish_module)
def publish_module(world, **_) -> Call:
    draft = training.make_module_draft()
    return lambda: services.publish_module(version=draft, officer=world.pia.user, by=by_staff(world.pia))


@act(services.record_attempt)
def record_attempt(world, **_) -> Call:
    version = training.publish_module(world)
    return lambda: training.try_module(version, world.sam)
