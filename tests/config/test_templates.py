"""What holds for every template and static file."""

import hashlib
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.processes import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VENDOR = ROOT / "static/vendor"
INLINE = re.compile(
    r"\sstyle=|\son[a-z]+=\"|<style|javascript:|hx-on|hx-vals=['\"]?js:", re.IGNORECASE
)
SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_the_content_security_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not INLINE.findall(text)
    assert not SCRIPT.findall(text)


def test_nothing_is_loaded_from_another_host() -> None:
    ours = [*TEMPLATES, *(ROOT / "static/js").rglob("*.js"), *(ROOT / "static/css").rglob("*.css")]
    assert not [
        p for p in ours if re.search(r"(src|href|url|import|from)\W{1,3}https?:", p.read_text())
    ]


def test_vendored_files_are_what_they_say() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    files = {
        f"./{path.relative_to(VENDOR)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in ("SHA256SUMS", "README.md")
    }
    assert files == sums


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500])
def test_error_pages_need_nothing_of_the_request(code: int) -> None:
    """Django renders the page of a 500 with an empty context."""
    assert f'<p class="error-code">{code}</p>' in get_template(f"{code}.html").render()
