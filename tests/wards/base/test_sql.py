"""Statements out of files reach PostgreSQL as they are meant."""

from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from wards.base import sql


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sql, "ROOT", tmp_path)
    return tmp_path / "some.sql"


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("-- What it does.\nSELECT 1\n", "SELECT 1\n"),
        ("-- 100 % of %s,\n-- and '; DROP.\n\n--\nSELECT 1\n", "SELECT 1\n"),
        ("SELECT 1 -- one\n-- two\n", "SELECT 1 -- one\n-- two\n"),
        ("-- Nothing.\n", ""),
        ("-- Arabic digits.\nSELECT '٠١'\n", "SELECT '٠١'\n"),
        ("-- A line\r\nSELECT 1\r\n", "SELECT 1\n"),
    ],
)
def test_the_comment_at_the_head_goes_no_further(tree: Path, file: str, statement: str) -> None:
    tree.write_bytes(file.encode())
    assert sql.load("some.sql") == statement


def test_parts_stand_where_their_names_do(tree: Path) -> None:
    tree.write_text("-- /* one */ of these.\nSELECT /* one */, /* other */ FROM x_/* one */")
    assert sql.load("some.sql", one="a") == "SELECT a, /* other */ FROM x_a"
    with pytest.raises(ValueError, match="does not say /\\* third \\*/"):
        sql.load("some.sql", third="c")


def test_a_part_is_put_in_as_it_is(tree: Path) -> None:
    tree.write_text("SELECT /* one */, /* other */")
    parts = {"other": "'/* one */'", "one": r"'/* other */ \1 {x} %s'"}
    assert sql.load("some.sql", **parts) == r"SELECT '/* other */ \1 {x} %s', '/* one */'"


@pytest.mark.django_db
def test_with_values_a_percent_sign_is_written_twice(tree: Path) -> None:
    tree.write_text("-- 100 % of it.\nSELECT '5 %%', %(name)s, 7 %% 4")
    with connection.cursor() as cursor:
        cursor.execute(sql.load("some.sql"), {"name": "%s %%"})
        assert cursor.fetchone() == ("5 %", "%s %%", 3)


@pytest.mark.django_db
def test_a_migration_runs_the_file_as_it_stands(tree: Path) -> None:
    tree.write_text(
        "-- 5 % of it.\nCREATE FUNCTION rest(n int) RETURNS text LANGUAGE sql AS $$\n"
        "    -- 100 %: %s; {n}\n    SELECT format('%s %%', n % /* by */)\n$$;\nSELECT rest(1);\n"
    )

    class Some(Migration):
        operations = [sql.run("some.sql", "DROP FUNCTION rest(int)", by="4")]

    migration = Some("0001_some", "wards")
    with connection.schema_editor() as editor:
        migration.apply(ProjectState(), editor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rest(7)")
        assert cursor.fetchone() == ("3 %",)
    with connection.schema_editor() as editor:
        migration.unapply(ProjectState(), editor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'rest'")
        assert cursor.fetchone() == (0,)
