"""Tables with millions of rows, by SQL alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models


def fill(template: models.Model, rows: int, **values: str) -> None:
    """So many rows like `template` but for these columns: SQL about `n`, from 1 to `rows`."""
    meta = template._meta
    fields = [each for each in meta.concrete_fields if not (each.primary_key or each.generated)]
    columns = [str(each.column) for each in fields]
    same = f"(SELECT {{}} FROM {meta.db_table} WHERE {meta.pk.column} = %s)"
    given = [values.get(column, same.format(f'"{column}"')) for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, _without_indexes(meta.db_table):
        cursor.execute("SET session_replication_role = replica")  # neither triggers nor checks
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({names})"
            f" SELECT {', '.join(given)} FROM generate_series(1, {rows}) AS n",
            [template.pk] * sum(column not in values for column in columns),
        )
        cursor.execute("RESET session_replication_role")


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """They are made afterwards, in a fraction of the time."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)


INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""
