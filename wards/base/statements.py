"""Rows that hand-written statements read and write, for what a feed asks with every message.

Composing a statement costs the ORM more than PostgreSQL takes to answer it. These are composed
once; what they give are the same instances.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


class Columns(NamedTuple):
    """A model's columns in their order, and which of them the database gives in another form."""

    fields: Sequence[Field[Any, Any]]
    names: Sequence[str]
    converted: Sequence[tuple[int, Any]]


@cache
def _of(model: type[Model]) -> Columns:
    fields = [*model._meta.concrete_fields]
    converted = [
        (place, convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return Columns(fields, [field.attname for field in fields], converted)


@cache
def columns(model: type[Model], table: str) -> str:
    """All of them, for a SELECT from the table by this name."""
    return ", ".join(f'{table}."{field.column}"' for field in _of(model).fields)


def width(model: type[Model]) -> int:
    """How many there are."""
    return len(_of(model).fields)


def row(model: type[Row], values: Sequence[Any]) -> Row:
    """The instance that was read by `columns`."""
    found = _of(model)
    given = list(values)
    for place, convert in found.converted:
        given[place] = convert(given[place], None, connection)
    return model.from_db(connection.alias, found.names, given)


def found(model: type[Row], condition: str, values: Sequence[Any]) -> list[Row]:
    """Those for which the condition, which we have written, holds."""
    table = model._meta.db_table
    statement = f"SELECT {columns(model, table)} FROM {table} WHERE {condition}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row(model, each) for each in cursor.fetchall()]


@cache
def _insert(model: type[Model]) -> tuple[str, list[Field[Any, Any]]]:
    fields = [field for field in _of(model).fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({names}) VALUES ({places}) RETURNING id', fields  # noqa: S608


def insert(new: Model) -> None:
    """Saves a new instance of a model to whose saving nobody listens."""
    statement, fields = _insert(type(new))
    values = [field.get_db_prep_save(field.pre_save(new, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        [new.pk] = cursor.fetchone()
    new._state.adding, new._state.db = False, connection.alias
