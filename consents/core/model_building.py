"""Build models from rows that have been read, as `QuerySet` does.

Django sets each field by its descriptor and tells `pre_init` and `post_init` of each model: most of what reading a row
costs. A model that has just been made has nothing to compare a value with, and nobody listens.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fetch_modes import FETCH_ONE
from django.db.models.signals import post_init, pre_init

BUILT_BY_DJANGO: Any = Model.from_db


class ModelBuilder:
    """Builds a model of one kind, with the related ones that `select_related` reads in the same row.

    `select`, `klass_info`: as a query set's compiler has them. Raises TypeError for a model that Django must build.
    """

    def __init__(self, klass_info: Mapping[str, Any], select: Sequence[Any], db: str) -> None:
        self.model, self.db, places = klass_info["model"], db, klass_info["select_fields"]
        refuse_own_ways(self.model, is_inherited=klass_info.get("from_parent", False))
        self.first, self.end = places[0], places[-1] + 1
        self.names = [column.target.attname for column, _sql, _alias in select[self.first : self.end]]
        self.key = self.first + self.names.index(self.model._meta.pk.attname)
        self.related = [
            (ModelBuilder(related, select, db), related["local_setter"], related["remote_setter"])
            for related in klass_info.get("related_klass_infos", ())
        ]

    def build(self, row: Sequence[Any]) -> Any:
        built, state = self.model.__new__(self.model), ModelState()
        vars(state).update(adding=False, db=self.db, fetch_mode=FETCH_ONE, fields_cache={})
        vars(built).update(zip(self.names, row[self.first : self.end], strict=True), _state=state)
        for builder, set_here, set_there in self.related:
            other = None if row[builder.key] is None else builder.build(row)
            set_here(built, other)
            if other is not None:
                set_there(other, built)
        return built


def refuse_own_ways(model: type[Model], *, is_inherited: bool) -> None:
    from_db: Any = model.from_db
    is_plain = model.__init__ is Model.__init__ and from_db.__func__ is BUILT_BY_DJANGO.__func__
    if is_inherited or not is_plain or pre_init.has_listeners(model) or post_init.has_listeners(model):
        raise TypeError(f"{model.__name__} is built in a way of its own, which a gathering does not know.")
