"""Mutations: takes the guard of each safety rule out in turn, and says whether the tests notice.

`python -m tests.mutations [s01 …]`, or `make mutations` for all. Works on a copy of the checkout;
ends with 1 where a test that should have failed has passed.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.processes import ROOT

LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "var", "__pycache__", ".mypy_cache", ".ruff_cache"
)


class Mutation(NamedTuple):
    """One guard taken out: `old`, which stands once in the file at `path`, becomes `new`."""

    rule: str
    what: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule} {self.what}"


CASES = "tests/wards/hl7/test_cases_from_the_field.py"
MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "S01",
        "normal without the flag N of every value",
        "wards/results/interpretation.py",
        "normal = all(verdict.flagged_normal for verdict in left)",
        "normal = True",
        ("tests/wards/results",),
    ),
    Mutation(
        "S01",
        "within the range although a value was not read",
        "wards/results/interpretation.py",
        "within = all(verdict.within_range for verdict in left)",
        "within = any(verdict.within_range for verdict in left)",
        ("tests/wards/results",),
    ),
    Mutation(
        "S01",
        "nothing is said, so all is well",
        "wards/results/interpretation.py",
        "if state is not Standing.FINAL or not (normal or within):",
        "if state is not Standing.FINAL:",
        ("tests/wards/results",),
    ),
    Mutation(
        "S02",
        "nobody hears where nobody is on duty",
        "inbox/rules/recipients.py",
        "found |= _instead(must, found)",
        "pass",
        (CASES, "tests/inbox/rules/test_result_recipients.py"),
    ),
    Mutation(
        "S02",
        "a ghost has heard",
        "inbox/rules/recipients.py",
        "heard = {event for (event, _), reader in found.items() if reader.can_sign_in}",
        "heard = {event for (event, _), reader in found.items()}",
        ("tests/inbox/rules/test_result_recipients.py",),
    ),
    Mutation(
        "S02",
        "a result makes a ward",
        "wards/hl7/reports.py",
        "lookup.ward(named, create=False)",
        "lookup.ward(named)",
        (CASES,),
    ),
    Mutation(
        "S03",
        "whoever gave it, a number is a number",
        "wards/identity/matching.py",
        "of_it = [known for known in same if known.authority == said.authority]",
        "of_it = same",
        (CASES, "tests/wards/hl7/test_identity.py"),
    ),
    Mutation(
        "S03",
        "a contradiction is overlooked",
        "wards/identity/matching.py",
        "if contradicts(said, strong[0].person, corrects=corrects):",
        "if False:",
        ("tests/wards/hl7/test_identity.py", "tests/wards/identity/test_questions.py"),
    ),
    Mutation(
        "S04",
        "the order of arrival counts",
        "wards/hl7/timeline.py",
        "return not first, fact.at",
        "return True, min(each.at for each in once.values())",
        (CASES, "tests/wards/hl7/test_stays_in_any_order.py"),
    ),
    Mutation(
        "S05",
        "what is preliminary follows what is final",
        "wards/results/versions.py",
        "if mine in NOT_FINAL and theirs is Standing.FINAL:",
        "if False:",
        ("tests/wards/results/test_states.py",),
    ),
    Mutation(
        "S05",
        "an event of an older version is told",
        "inbox/fanout/withdrawals.py",
        'if result is None or result.version == event.data["version"]:',
        "if True:",
        ("tests/inbox/fanout/test_result_alerts.py",),
    ),
    Mutation(
        "S05",
        "patients hear of every version",
        "wards/actions/results.py",
        "not known.is_told and _reaches_patient(result, after)",
        "_reaches_patient(result, after)",
        (CASES, "tests/inbox/fanout/test_result_alerts.py"),
    ),
    Mutation(
        "S05",
        "what was taken back is told when its turn comes",
        "inbox/fanout/__init__.py",
        'events = [event for event in taken if not hasattr(event, "withdrawal")]',
        "events = taken",
        ("tests/inbox/fanout/test_withdrawn.py", "tests/faults/test_withdrawals.py"),
    ),
    Mutation(
        "S05",
        "what takes back takes nothing back once it is taken back itself",
        "inbox/fanout/__init__.py",
        "withdrawn = withdrawals.hold(taken)",
        'withdrawn = withdrawals.hold(e for e in taken if not hasattr(e, "withdrawal"))',
        ("tests/inbox/fanout/test_taken_back_again.py", "tests/faults/test_withdrawals.py"),
    ),
    Mutation(
        "S05",
        "whoever is telling of it is not waited for",
        "inbox/fanout/withdrawals.py",
        "raise InHand(others)",
        "pass",
        ("tests/inbox/fanout/test_withdrawn.py",),
    ),
    Mutation(
        "S05",
        "its alerts stay as long as the telling of its end fails",
        "inbox/fanout/__init__.py",
        "_take_back(event_ids[0])",
        "pass",
        ("tests/inbox/fanout/test_taken_back_again.py",),
    ),
    Mutation(
        "S05",
        "a message about it leaves",
        "messaging/delivery/intents.py",
        "if event is None or message.withdrawn:",
        "if event is None:",
        ("tests/inbox/fanout/test_withdrawn.py", "tests/faults/test_withdrawals.py"),
    ),
    Mutation(
        "S06",
        "nobody asks whether the patient lives when words are queued",
        "messaging/delivery/intents.py",
        'refusal = Reason.DECEASED if person.deceased else ""',
        'refusal = ""',
        (CASES, "tests/wards/actions/test_deaths.py"),
    ),
    Mutation(
        "S06",
        "nor when they leave",
        "messaging/delivery/last_check.py",
        "if reason := Reason.DECEASED if died else untrue",
        "if reason := untrue",
        ("tests/messaging/delivery/test_last_check.py", "tests/wards/actions/test_deaths.py"),
    ),
    Mutation(
        "S07",
        "training is production",
        "wards/hl7/training.py",
        'return processing.strip().upper().startswith(("T", "D"))',
        "return False",
        (CASES,),
    ),
    Mutation(
        "S08",
        "unknown escapes are dropped",
        "wards/hl7/values.py",
        'rf"|(?<!\\d){e}(?:[HN]|{_FORMATS}){e}"',
        'rf"|{e}[^{e}]*{e}"',
        (CASES,),
    ),
    Mutation(
        "S14",
        "the ledger is not asked when a message leaves",
        "messaging/delivery/last_check.py",
        "if (reason := standing.against(key, message.topic))",
        'if (reason := "")',
        ("tests/messaging/contacts/test_ledger.py", "tests/messaging/contacts/test_hearing.py"),
    ),
    Mutation(
        "S14",
        "nor when recipients are worked out",
        "messaging/delivery/reach.py",
        "if reason := contact.objection(channel, address.text):",
        'if reason := "":',
        ("tests/messaging/contacts/test_ledger.py", "tests/messaging/contacts/test_hearing.py"),
    ),
    Mutation(
        "S14",
        "a no does not wait for what is leaving",
        "messaging/contacts/ledger.py",
        '    _lock([each for each in which if each], "pg_advisory_xact_lock_shared")\n',
        "",
        ("tests/messaging/contacts/test_ledger.py", "tests/messaging/contacts/test_hearing.py"),
    ),
    Mutation(
        "S14",
        "a carrier's code is no word",
        "messaging/delivery/transitions.py",
        "if answers.says_no(message.provider, code):",
        "if False:",
        ("tests/messaging/contacts/test_ledger.py", "tests/messaging/contacts/test_hearing.py"),
    ),
)


def main(rules: list[str]) -> int:
    """Runs those of the rules, all of them without any; the exit status."""
    chosen = [each for each in MUTATIONS if not rules or each.rule.lower() in rules]
    unnoticed = []
    with _copy() as copy:
        for mutation in chosen:
            noticed = _is_noticed(mutation, copy)
            print(f"{'noticed  ' if noticed else 'UNNOTICED'} {mutation}", flush=True)
            unnoticed += [] if noticed else [mutation]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    return 1 if unnoticed or not chosen else 0


@contextmanager
def _copy() -> Iterator[Path]:
    """The checkout as it is, elsewhere, with the same tools."""
    with tempfile.TemporaryDirectory(prefix="wardbell-mutations-") as directory:
        copy = Path(directory) / "checkout"
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
        yield copy


def _is_noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether a test fails without the guard; the file is as before afterwards."""
    path = copy / mutation.path
    before = path.read_text()
    assert before.count(mutation.old) == 1, f"{mutation}: not exactly once in {mutation.path}"
    path.write_text(before.replace(mutation.old, mutation.new))
    try:
        return _pytest(copy, mutation.tests) == 1  # 1: tests were run, and some failed
    finally:
        path.write_text(before)


def _pytest(copy: Path, tests: tuple[str, ...]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main([each.lower() for each in sys.argv[1:]]))
