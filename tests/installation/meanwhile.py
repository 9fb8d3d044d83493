"""Somebody who goes on working while the machine is upgraded: counts what fails.

Run on the machine: `meanwhile.py NAME CERTIFICATE`, until its standard input is closed.
"""

import json
import re
import select
import sys
from collections import Counter

from tests.installation.first_day import PASSWORD, Person


def main(name: str, certificate: str) -> None:
    layla = Person(name, certificate, "layla", PASSWORD)
    print("at work", flush=True)
    answers: Counter[str] = Counter()
    while not select.select([sys.stdin], [], [], 0)[0]:
        page = layla.session.get(f"https://{name}/", timeout=60)
        answers[f"page {page.status_code}"] += 1
        for part in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page.text)[:3]:
            found = layla.session.get(f"https://{name}{part}", timeout=60)
            answers[f"static {found.status_code}"] += 1
        token = layla.session.cookies.get("csrftoken")
        chosen = {"csrfmiddlewaretoken": token, "language": "en", "next": "/healthz/live"}
        posted = layla.session.post(f"https://{name}/i18n/setlang/", data=chosen, timeout=60)
        answers[f"form {posted.status_code}"] += 1
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
