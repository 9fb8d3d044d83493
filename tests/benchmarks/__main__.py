"""`python -m tests.benchmarks [part …] [--runs 5] [--sockets 2000]`; all of it: `make bench`."""

import argparse
import sys
from importlib import import_module

from tests.benchmarks import report, sizes, stage
from tests.processes import ROOT

PARTS = (
    "fanout",
    "groups",
    "rows",
    "reconnect",
    "arrival",
    "burst",
    "flood",
    "bulk",
    "messages",
    "bulk_sends",
    "analytics",
    "hl7",
    "pages",
)  # modules with a measure()
PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; without any: all")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sockets", type=int, default=2000)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    directory = stage.set_up()
    sections = []
    for name in options.parts or PARTS:
        print(f"{name} …", file=sys.stderr)
        part = import_module(f"tests.benchmarks.{name}")  # has models, so only now
        sections.append(part.measure(options.runs, options.sockets, directory))
        print(sections[-1], flush=True)
    if sizes.TINY:
        return  # nothing was measured that could be written down
    if options.parts:
        PAGE.write_text(report.renewed(PAGE.read_text(), sections))
    else:
        PAGE.write_text(report.page(sections, options.runs, options.sockets))
    print(f"Written to {PAGE.relative_to(ROOT)}.")
    if not all(target.met for section in sections for target in section.targets):
        sys.exit("A target was missed.")


if __name__ == "__main__":
    main()
