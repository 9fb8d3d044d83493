"""Finding a Chromium for the browser tests, or getting one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "There is no browser for the browser tests: install Chromium (Debian: apt-get install chromium;"
    " elsewhere: python -m playwright install chromium), or set CHROMIUM to the path of one."
)


def find(playwright: Playwright) -> str | None:
    """The path of a Chromium: $CHROMIUM, one on PATH, or Playwright's own."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    for program in PROGRAMS:
        if path := shutil.which(program):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def find_or_get(playwright: Playwright) -> str:
    """Like `find`, after trying to install one; RuntimeError says what to do when that fails."""
    if found := find(playwright):
        return found
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ]
    for attempt in attempts:
        subprocess.run(attempt, check=False, timeout=600)
        if found := find(playwright):
            return found
    raise RuntimeError(MISSING)
