"""A Debian of its own that boots, is worked on and thrown away.

The system is Debian's smallest (mmdebstrap), kept in ~/.cache/wardbell with what the documents
install already downloaded, so that a rehearsal needs no network. It boots in a container
(systemd-nspawn) on a layer over that, with nothing but a loopback interface.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.installation.terminal import Terminal
from tests.processes import ROOT, wait_for

RELEASE = "bookworm"
PROGRAMS = ("mmdebstrap", "systemd-nspawn", "nsenter", "git")
BRANCH = "main"
ENVIRONMENT = (
    *("HOME=/root", "TERM=dumb", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"),
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
)


class Machine:
    """A bare Debian: `shell()` is root's terminal on it, `start` and `output` run beside."""

    def __init__(self, packages: Sequence[str], directory: Path) -> None:
        self.home = Path.home() / ".cache" / "wardbell"
        self.layer, self.root = directory, directory / "root"
        self.base = self._base(packages)
        self.wheels = self._wheels()
        self.repository = self.layer / "wardbell.git"
        self.release = ""
        self._nspawn: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator["Machine"]:
        """It boots; afterwards it is gone."""
        for name in ("changes", "work", "root"):
            (self.layer / name).mkdir(parents=True)
        options = f"lowerdir={self.base},upperdir={self.layer}/changes,workdir={self.layer}/work"
        _run("mount", "-t", "overlay", "overlay", "-o", options, str(self.root))
        try:
            self.publish()
            self._configure()
            self._boot()
            yield self
        finally:
            self._halt()
            _run("umount", str(self.root))

    def publish(self, more: Mapping[str, str] | None = None) -> None:
        """Put our files as they are now, committed or not, where the machine clones them from.

        `more` are files, by path, that this release has besides.
        """
        index = {**os.environ, "GIT_INDEX_FILE": str(self.layer / "index")}
        _git("add", "--all", env=index)
        for path, text in (more or {}).items():
            blob = _git("hash-object", "-w", "--stdin", input=text)
            _git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=index)
        parents = ["-p", self.release] if self.release else []
        author = ("-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost")
        tree = _git("write-tree", env=index)
        self.release = _git(*author, "commit-tree", tree, *parents, "-m", "A release")
        if not self.repository.exists():
            _run("git", "init", "--quiet", "--bare", "-b", BRANCH, str(self.repository))
        # A commit of nobody's branch: git throws it away some day.
        _git("push", "--quiet", str(self.repository), f"{self.release}:refs/heads/{BRANCH}")

    def shell(self) -> Terminal:
        """A terminal of root's, as after `sudo -i`; it remembers what is set in it."""
        return Terminal([*self._inside(), "/bin/bash", "--login", "--noediting"])

    def output(self, *command: str, user: str = "root") -> str:
        """What a command says; AssertionError where it fails."""
        return _run(*self._inside(), "runuser", "-u", user, "--", *command)

    def start(self, *command: str, user: str = "root") -> subprocess.Popen[str]:
        """A command that goes on beside the rest; its input and output are pipes."""
        return subprocess.Popen(
            [*self._inside(), "runuser", "-u", user, "--", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _inside(self) -> list[str]:
        """What a command on the machine begins with; nothing of our environment goes along."""
        enter = ["nsenter", "--target", str(self._leader), "--all", "--wdns=/"]
        return [*enter, "env", "--ignore-environment", *ENVIRONMENT]

    def _boot(self) -> None:
        binds = {self.wheels: "/srv/wheels", self.repository: "/srv/wardbell.git"}
        with (self.layer / "console.log").open("wb") as log:
            self._nspawn = subprocess.Popen(
                [
                    *("systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}"),
                    *("--register=no", "--keep-unit", "--private-network", "--console=pipe"),
                    *("--resolv-conf=off", "--timezone=off", f"--machine=wardbell-{os.getpid()}"),
                    *(f"--bind-ro={ours}:{theirs}" for ours, theirs in binds.items()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._is_up, 90, f"systemd runs: {self.layer}/console.log")

    def _is_up(self) -> bool:
        """Its first process is a child of nspawn's; for a moment another one is."""
        assert self._nspawn is not None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        self._leader = int((children.read_text().split() or ["0"])[-1])
        state = _run(*self._inside(), "systemctl", "is-system-running", check=False)
        return state in ("running", "degraded")

    def _halt(self) -> None:
        if self._nspawn is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._leader, signal.SIGRTMIN + 14)  # systemd: power off at once
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()

    def _configure(self) -> None:
        """What the network would give it: packages are here already, and it has a name."""
        written = {
            "etc/pip.conf": "[global]\nno-index = true\nfind-links = /srv/wheels\n",
            "etc/hosts": "127.0.0.1 localhost wardbell.hospital.example\n::1 localhost\n",
            "etc/dpkg/dpkg.cfg.d/quick": "force-unsafe-io\n",
            "etc/gitconfig": "[safe]\n\tdirectory = *\n",
        }
        for path, text in written.items():
            (self.root / path).write_text(text)

    def _base(self, packages: Sequence[str]) -> Path:
        """Debian's smallest system that boots, with the archives of `packages` downloaded."""
        base = self.home / f"debian-{_digest(' '.join(sorted(packages)))}"
        if base.exists():
            return base
        self.home.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=self.home))
        download = f'chroot "$1" apt-get install --download-only -y {" ".join(packages)}'
        _run(
            *("mmdebstrap", "--quiet", "--variant=minbase", "--include=systemd-sysv,dbus"),
            *(f"--customize-hook={download}", "--skip=cleanup/apt"),
            *(RELEASE, str(unfinished)),
        )
        unfinished.chmod(0o755)
        unfinished.rename(base)
        return base

    def _wheels(self) -> Path:
        """What requirements.txt names, for the Python that Debian 12 has."""
        assert sys.version_info[:2] == (3, 11), "Run the rehearsal with Python 3.11, as Debian 12."
        everything = (ROOT / "requirements.txt").read_text().splitlines()
        wheels = self.home / f"wheels-{_digest(str(everything))}"
        if not wheels.exists():
            unfinished = Path(tempfile.mkdtemp(dir=self.home))
            # Without the markers: Debian's may be an earlier 3.11 than ours.
            lines = [line.partition("#")[0].partition(";")[0].strip() for line in everything]
            command = [sys.executable, "-m", "pip", "--quiet", "wheel", "--wheel-dir"]
            _run(*command, str(unfinished), *filter(None, lines))
            unfinished.chmod(0o755)
            unfinished.rename(wheels)
        return wheels


def missing() -> str:
    """What this computer lacks for a rehearsal, in a sentence; nothing where it can be done."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if os.geteuid() != 0:
        return "A rehearsal needs root: it boots a system in a container."
    if absent:
        cure = "apt-get install mmdebstrap systemd-container git"
        return f"A rehearsal needs {', '.join(absent)} (Debian: {cure})."
    return ""


def _git(*arguments: str, env: dict[str, str] | None = None, input: str | None = None) -> str:
    return _run("git", "-C", str(ROOT), *arguments, env=env, input=input)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _run(
    *command: str, env: dict[str, str] | None = None, input: str | None = "", check: bool = True
) -> str:
    done = subprocess.run(
        command, env=env, input=input or "", capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()
