"""`manage.py run`: everything starts, comes back when it dies, and leaves nothing behind."""

import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import local
from config.local.redis import free_port
from config.local.supervisor import read_procfile
from tests.processes import Process, wait_for

SUPERVISE = """
import asyncio, sys
from pathlib import Path
from config.local.supervisor import Supervisor, read_procfile
async def nothing(): pass
async def main(): await Supervisor(read_procfile(Path(sys.argv[1]))).run(nothing)
asyncio.run(main())
"""
Supervise = Callable[[str], Process]


def gone(process: psutil.Process) -> bool:
    """Ended; where nobody is there to reap orphans, a zombie has too."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Call it with the text of a Procfile."""
    started: list[Process] = []

    def start(procfile: str) -> Process:
        (tmp_path / "Procfile").write_text(procfile)
        (tmp_path / "supervise.py").write_text(SUPERVISE)
        command = f"env PYTHONPATH=. {sys.executable} {tmp_path}/supervise.py {tmp_path}/Procfile"
        started.append(Process(command, tmp_path / "log", {}).start())
        return started[-1]

    yield start
    for process in started:
        process.kill()


def test_procfiles_are_read(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("# what runs\n\nweb: run -b ${HOST:-x}:1\nbeat:tick\n")
    assert read_procfile(tmp_path / "Procfile") == {"web": "run -b ${HOST:-x}:1", "beat": "tick"}


def test_output_is_marked_and_what_dies_comes_back_later_each_time(supervise: Supervise) -> None:
    process = supervise("mortal: sh -c 'echo alive; exit 3'\nother: sleep 60\n")
    wait_for(lambda: process.output.count("mortal | alive") >= 3, 20)
    assert re.findall(r"mortal \| ended with 3; again in (\d+) s", process.output)[:2] == ["1", "2"]
    assert process.stop(signal.SIGINT) == 0


def test_a_line_without_an_end_does_not_stop_the_rest(supervise: Supervise) -> None:
    process = supervise("talker: sh -c 'head -c 300000 /dev/zero; echo; echo after; sleep 60'\n")
    wait_for(lambda: "talker | after" in process.output, 20)
    assert process.stop() == 0


def test_who_does_not_listen_is_killed_with_its_children(supervise: Supervise) -> None:
    process = supervise("stubborn: sh -c 'sleep 987 & echo up; sleep 60'\n")

    def family() -> list[psutil.Process]:
        return psutil.Process(process.pid).children(recursive=True)

    wait_for(lambda: any("987" in child.cmdline() for child in family()), 20)
    children = family()
    assert process.stop() == 0
    assert all(map(gone, children))


def test_they_end_with_a_killed_supervisor(supervise: Supervise) -> None:
    process = supervise("sleeper: sh -c 'echo up; exec sleep 60'\n")
    wait_for(lambda: "up" in process.output, 20)
    (child,) = psutil.Process(process.pid).children()
    process.kill()
    wait_for(lambda: gone(child), 5)


@pytest.fixture
def centre(var: Path, tmp_path: Path) -> Iterator[Process]:
    """`manage.py run` in a var directory of its own, not started."""
    clean = {"DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": "x" * 50, "DEMO": "true"}
    ports = {name: str(free_port()) for name in ("PORT", "HL7_PORT", "CARRIER_PORT")}
    own = {"WARDBELL_VAR": str(var), "PREFIX": "wardbell"}
    command = f"{sys.executable} manage.py run"
    process = Process(command, tmp_path / "run.log", clean | ports | own)
    yield process
    if process.running:
        process.kill()


def test_a_working_centre_comes_up_and_goes_without_trace(centre: Process, var: Path) -> None:
    centre.start()
    wait_for(lambda: "Wardbell is ready" in centre.output or not centre.running, 120)
    assert f"http://localhost:{centre.env['PORT']}/" in centre.output, centre.output
    assert "wardbell-demo" in centre.output
    assert f"http://localhost:{centre.env['PORT']}/notifications/phone/" in centre.output
    everything = psutil.Process(centre.pid).children(recursive=True)

    # A part that dies comes back.
    parts = psutil.Process(centre.pid).children()
    (worker,) = [part for part in parts if "worker" in part.cmdline()]
    worker.kill()
    wait_for(lambda: re.search(r"worker +\| ended with -9; again in 1 s", centre.output), 10)

    assert centre.stop(signal.SIGINT, timeout=40) == 0, centre.output
    assert "Traceback" not in centre.output, centre.output
    assert all(map(gone, everything))
    assert [server.running() for server in local.servers(var)] == [False, False]
    for variable in ("PORT", "HL7_PORT", "CARRIER_PORT"):
        socket.create_server(("127.0.0.1", int(centre.env[variable]))).close()


@pytest.mark.parametrize("variable", ["PORT", "HL7_PORT", "CARRIER_PORT"])
def test_a_port_in_use_is_said_in_a_sentence(centre: Process, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        centre.env[variable] = str(port)
        centre.start()
        wait_for(lambda: not centre.running, 30)
    assert centre.stop() == 1
    assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in centre.output
    assert f"choose another one with {variable}=" in centre.output
    assert "Traceback" not in centre.output


def test_a_port_that_is_no_number(centre: Process) -> None:
    centre.env["PORT"] = "eight"
    centre.start()
    wait_for(lambda: not centre.running, 30)
    assert "PORT is 'eight': give a port number." in centre.output
