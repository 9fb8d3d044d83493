"""`python -m messaging.sandbox --port 8090 --ledger var/carrier.sqlite3`: runs the carrier."""

import argparse
import os
from dataclasses import fields
from pathlib import Path

import uvicorn

from messaging.sandbox.app import App
from messaging.sandbox.carrier import Carrier
from messaging.sandbox.ledger import Ledger
from messaging.sandbox.options import Options
from wards.base import keys

HELP = {
    "latency": "seconds before it answers",
    "receipt_delay": "seconds from one receipt of a message to the next",
    "duplicate": "every receipt comes twice",
    "shuffle": "receipts come in any order",
    "batch": "receipts in one request, at most",
    "hang": "seconds before it answers where it does not answer",
    "outage": "seconds that an outage takes",
    "slow_answer": "seconds before it answers where it is slow",
    "slow_receipts": "seconds from one receipt to the next where it is slow",
}
REFUSAL = (
    "The sandbox carrier reaches nobody, so it does not run in production by itself: set"
    " MESSAGING_PROVIDERS=sandbox (or DEMO=true) to say that this is meant."
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("messaging.sandbox", description="The sandbox carrier.")
    parser.add_argument("--host", default="127.0.0.1", help="(%(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="(%(default)s)")
    parser.add_argument("--ledger", type=Path, required=True, help="the file it keeps books in")
    for field in fields(Options):
        if field.name in HELP:
            name = f"--{field.name.replace('_', '-')}"
            if field.type is bool:
                parser.add_argument(name, action="store_true", help=HELP[field.name])
            else:
                help_ = f"{HELP[field.name]} (%(default)s)"
                parser.add_argument(name, type=field.type, default=field.default, help=help_)
    return parser.parse_args()


def _asked_for() -> bool:
    """Whether this is a demo, or somebody has named the sandbox."""
    tried_out = {os.environ.get(name, "").lower() for name in ("DEMO", "DEBUG")}
    named = os.environ.get("MESSAGING_PROVIDERS", "").replace(" ", "").split(",")
    return bool(tried_out & {"true", "1", "yes", "on"} or {"sandbox", "sandbox_spare"} & {*named})


def main() -> None:
    """Runs until SIGTERM or SIGINT. The account's key: SANDBOX_SECRET, or made of SECRET_KEY."""
    given = vars(_arguments())
    if not _asked_for():
        raise SystemExit(REFUSAL)
    host, port, path = given.pop("host"), given.pop("port"), given.pop("ledger")
    secret = os.environ.get("SANDBOX_SECRET") or keys.derive(os.environ["SECRET_KEY"], "sandbox")
    os.umask(0o077)  # the ledger holds what was written to whom
    path.parent.mkdir(parents=True, exist_ok=True)
    carrier = Carrier(Ledger(path), Options(secret=secret, **given))
    uvicorn.run(
        App(carrier),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        backlog=4096,
        timeout_graceful_shutdown=1,  # s; those that hang may hang
    )


if __name__ == "__main__":
    main()
