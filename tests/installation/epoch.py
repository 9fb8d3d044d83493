"""Signs in and says which database the socket's seqs are of: `epoch.py NAME CERTIFICATE`."""

import sys

from tests.installation.first_day import PASSWORD, Person, frames


def main(name: str, certificate: str) -> None:
    with Person(name, certificate, "layla", PASSWORD).inbox() as inbox:
        print(next(frames(inbox))["epoch"])


if __name__ == "__main__":
    main(*sys.argv[1:])
