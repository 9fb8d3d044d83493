"""The carrier's books: every message it took, every receipt and answer it still has to pass on.

It is deliberately simple-minded: it does not look whether it has a reference already, so a message
that was sent twice is there twice.
"""

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

SCHEMA = """
drop table if exists messages;
drop table if exists answers;
drop table if exists posts;
create table messages (
    id integer primary key, at real not null, reference text not null, channel text not null,
    recipient text not null, subject text not null, body text not null, language text not null,
    sender text not null, callback_url text not null, unsubscribe_url text not null,
    parts integer not null, cost text not null
);
create index messages_by_reference on messages (reference);
create index messages_by_recipient on messages (recipient);
create table answers (
    id integer primary key, at real not null, channel text not null, sender text not null,
    body text not null, reference text not null
);
create table posts (
    id integer primary key, url text not null, payload text not null, due real not null,
    tries integer not null default 0, ended text
);
create index posts_due on posts (due) where ended is null;
"""
VERSION = crc32(SCHEMA.encode()) >> 1  # SQLite keeps 31 bits of it
COLUMNS = (
    *("reference", "channel", "recipient", "subject", "body", "language", "sender"),
    *("callback_url", "unsubscribe_url", "parts", "cost"),
)


class Post(NamedTuple):
    """Something to be told to a customer's webhook."""

    id: int
    url: str
    payload: dict[str, Any]
    tries: int


class Ledger:
    """An SQLite file. Used from one thread; each call takes well under a millisecond."""

    def __init__(self, path: Path | str) -> None:
        os.close(
            os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        )  # it names people; its WAL does as it
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # What is written survives the process being killed; a power cut may cost the last seconds.
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        if self._db.execute("pragma user_version").fetchone()[0] != VERSION:
            # New, or of an older carrier, whose books cannot be kept.
            self._db.executescript(f"{SCHEMA} pragma user_version = {VERSION};")

    def take(self, message: dict[str, Any]) -> int:
        """Writes down a message (`COLUMNS`); its id."""
        marks = ", ".join("?" * len(COLUMNS))
        statement = f"insert into messages (at, {', '.join(COLUMNS)}) values (?, {marks})"  # noqa: S608
        values = [message[name] for name in COLUMNS]
        return int(self._db.execute(statement, [time.time(), *values]).lastrowid or 0)

    def find(self, reference: str) -> list[dict[str, Any]]:
        """All messages that were taken under this reference, oldest first."""
        found = self._db.execute("select * from messages where reference = ?", [reference])
        return [dict(row) for row in found]

    def messages(self, since: int = 0, recipient: str = "", last: int = -1) -> list[dict[str, Any]]:
        """The messages after the id `since`, to one recipient, the last ones; oldest first."""
        query = """select * from messages where id > ? and ? in ('', recipient)
            order by id desc limit ?"""
        found = self._db.execute(query, [since, recipient, last])
        return [dict(row) for row in found][::-1]

    def answer(self, channel: str, sender: str, body: str) -> str | None:
        """Writes down what a person answered; where to post it, None if nobody ever wrote them.

        What they answer to is the last message that they got on this channel.
        """
        query = """select * from messages where recipient = ? and channel = ?
            order by id desc limit 1"""
        last = self._db.execute(query, [sender, channel]).fetchone()
        if last is None or not last["callback_url"]:
            return None
        entry = """insert into answers (at, channel, sender, body, reference)
            values (?, ?, ?, ?, ?)"""
        self._db.execute(entry, [time.time(), channel, sender, body, last["reference"]])
        return str(last["callback_url"])

    def answers(self) -> list[dict[str, Any]]:
        """Everything that people answered, oldest first."""
        return [dict(row) for row in self._db.execute("select * from answers order by id")]

    def post(self, url: str, payloads: Sequence[tuple[float, dict[str, Any]]]) -> None:
        """Has the payloads posted to `url`, each after its number of seconds."""
        now = time.time()
        rows = [(url, json.dumps(payload), now + delay) for delay, payload in payloads]
        for row in rows:
            self._db.execute("insert into posts (url, payload, due) values (?, ?, ?)", row)

    def due(self, limit: int) -> list[Post]:
        """What is to be posted now, the longest due first."""
        query = "select * from posts where ended is null and due <= ? order by due, id limit ?"
        rows = self._db.execute(query, [time.time(), limit])
        return [Post(r["id"], r["url"], json.loads(r["payload"]), r["tries"]) for r in rows]

    def ended(self, posts: Sequence[Post], how: str) -> None:
        """These were posted; the customer answered with the status `how`."""
        change = "update posts set ended = ? where id in (select value from json_each(?))"
        self._db.execute(change, [how, _ids(posts)])

    def postpone(self, posts: Sequence[Post], seconds: float) -> None:
        """These could not be posted: again in so many seconds."""
        change = "update posts set due = ?, tries = tries + 1"
        these = "where id in (select value from json_each(?))"
        self._db.execute(f"{change} {these}", [time.time() + seconds, _ids(posts)])

    def waiting(self) -> int:
        """How many posts have not ended."""
        row = self._db.execute("select count(*) from posts where ended is null").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Leaves the file in order."""
        self._db.close()


def _ids(posts: Sequence[Post]) -> str:
    return json.dumps([post.id for post in posts])
