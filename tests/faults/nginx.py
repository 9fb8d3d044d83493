"""nginx before the web processes of a test: as deploy/nginx.conf.example has it, without TLS."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local.redis import free_port
from tests.processes import ROOT, Process, Web, wait_for

EXAMPLE = ROOT / "deploy/nginx.conf.example"
MISSING = "There is no nginx for this test: install it (Debian: apt-get install nginx-light)."
MAIN = """
daemon off;
pid {here}/nginx.pid;
error_log {here}/error.log warn;
worker_processes 1;
worker_rlimit_nofile {files};
events {{ worker_connections {files}; }}
http {{
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    {site}
}}
"""


@contextmanager
def before(webs: list[Web], directory: Path, files: int) -> Iterator[int]:
    """Runs nginx before these, with so many descriptors for it; its port."""
    program, port = _find_or_get(), free_port()
    site = _site(port, [web.port for web in webs], directory)
    configuration = directory / "nginx.conf"
    configuration.write_text(MAIN.format(here=directory, files=files, site=site))
    command = f"{program} -p {directory} -c {configuration} -e {directory}/error.log"
    nginx = Process(command, directory / "nginx.log", {}).start()
    door = Web(directory / "unused.log", {})
    door.port = port
    try:
        wait_for(lambda: door.get("/healthz/live")[0] == 200 or not nginx.running, 20, "nginx")
        assert nginx.running, nginx.output
        yield port
    finally:
        nginx.stop()


def _site(port: int, webs: list[int], directory: Path) -> str:
    """The example with our ports, files in `directory`, and neither TLS nor the redirect to it."""
    text = re.sub(r"#.*", "", EXAMPLE.read_text())
    text = re.sub(r"server \{\s+listen 80;.*?\n\}", "", text, flags=re.S)
    text = re.sub(r"\n\s*(ssl_\w+|http2|include|error_log|listen \[::\]\S*) [^;]*;", "", text)
    text = re.sub(r"listen 443[^;]*;", f"listen 127.0.0.1:{port};", text)
    text = text.replace("/var/log/nginx", str(directory))
    _, how = re.search(r"server 127\.0\.0\.1:(\d+)([^;]*);", text).groups()  # type: ignore[union-attr]
    servers = "".join(f"server 127.0.0.1:{web}{how};\n" for web in webs)
    text = re.sub(r"(\n\s*server 127\.0\.0\.1:\d+[^;]*;)+", f"\n{servers}", text)
    return text.replace("wardbell.hospital.example", "localhost")


def _find_or_get() -> str:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    if found := shutil.which("nginx", path=path):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for arguments in (["update", "-qq"], ["install", "-y", "-qq", "nginx-light"]):
            subprocess.run(["apt-get", *arguments], check=False, timeout=300)
    found = shutil.which("nginx", path=path)
    assert found, MISSING
    return found
