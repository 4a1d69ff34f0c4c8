"""Migrations from nothing in a quarter of the time: of a table that is new, only its own model is made.

Django makes every model anew that the changed one is related to, and so all of them a hundred times. The database is
the same to the letter (`pg_dump`); `tests/architecture/test_parity.py` holds it against the models.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.migrations.state import ModelState, ProjectState

DJANGOS = ProjectState.add_model


@contextmanager
def making_new_models_alone() -> Iterator[None]:
    ProjectState.add_model = add_model
    try:
        yield
    finally:
        ProjectState.add_model = DJANGOS


def add_model(state: ProjectState, model: ModelState) -> None:
    if "apps" not in state.__dict__ or model.name_lower in state.apps.all_models[model.app_label]:
        DJANGOS(state, model)
        return
    state.models[model.app_label, model.name_lower] = model
    if state._relations is not None:
        state.resolve_model_relations((model.app_label, model.name_lower))
    state.apps.render_multiple([model])
    tell_of_new_model(state)


def tell_of_new_model(state: ProjectState) -> None:
    """A later operation on a model asks its own apps for what points to it: they are those that know the new one."""
    for model in state.apps.get_models(include_auto_created=True):
        model._meta.apps = state.apps
    state.apps.clear_cache()
