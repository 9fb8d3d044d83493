"""A Redis of a test's own that stops, hangs, fills up or refuses writes, for a while."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from redis import Redis as Client

from config.local.redis import Redis, free_port
from tests.processes import wait_for


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """A running Redis that nothing else uses."""
    redis = Redis(tmp_path / "redis")
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()


@contextmanager
def hung(redis: Redis) -> Iterator[None]:
    """It answers nothing, but the kernel takes connections and what is sent for it."""
    pid = redis.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def stopped(redis: Redis) -> Iterator[None]:
    """Connections are refused; afterwards it is another one, and empty."""
    redis.stop()
    try:
        yield
    finally:
        redis.start()


@contextmanager
def full(redis: Redis) -> Iterator[None]:
    """It has no memory left, and throws nothing away."""
    with Client.from_url(redis.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        try:
            yield
        finally:
            client.config_set("maxmemory", "0")


@contextmanager
def read_only(redis: Redis) -> Iterator[None]:
    """It is a replica, as after a failover that we were not told of."""
    with Client.from_url(redis.url) as client:
        client.replicaof("127.0.0.1", free_port())
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


@contextmanager
def unsaved(redis: Redis) -> Iterator[None]:
    """Its disk takes no snapshot, and so it takes no writes: MISCONF, as its defaults have it."""
    with Client.from_url(redis.url) as client:
        usual = client.config_get("dir")["dir"]
        client.config_set("dir", "/proc")
        client.config_set("save", "3600 1")
        client.set("changed", 1)
        client.bgsave()
        wait_for(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", 10)
        try:
            yield
        finally:
            client.config_set("save", "")
            client.config_set("dir", usual)


@contextmanager
def locked(redis: Redis) -> Iterator[None]:
    """Its password was changed, and everybody has to connect anew: NOAUTH."""
    with Client.from_url(redis.url) as client:
        client.config_set("requirepass", "new")
        for kind in ("normal", "pubsub"):
            client.client_kill_filter(_type=kind, skipme=True)
        try:
            yield
        finally:
            client.config_set("requirepass", "")


@contextmanager
def denied(redis: Redis) -> Iterator[None]:
    """Who we are there was left nothing but to connect: NOPERM."""
    with Client.from_url(redis.url) as client:
        client.acl_setuser("owner", enabled=True, nopass=True, keys=["*"], commands=["+@all"])
        client.execute_command("AUTH", "owner", "any")
        client.execute_command("ACL", "SETUSER", "default", "-@all", "+@connection")
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+@all")


@contextmanager
def loading(redis: Redis) -> Iterator[None]:
    """It was restarted, and reads what it had written down."""
    with Client.from_url(redis.url, retry=None) as client:
        if not client.config_get("loading-process-events-interval-bytes"):
            pytest.skip("Redis 7 can be made to load slowly, and this one is older.")
        client.mset({f"key{number}": number for number in range(20_000)})
        client.save()
        redis.stop()
        slowly = {"key-load-delay": "1000", "loading-process-events-interval-bytes": "1024"}
        command = [*redis._command(), *(word for k, v in slowly.items() for word in (f"--{k}", v))]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wait_for(redis.running, 10, "it answers")
        assert client.info("persistence")["loading"]
        yield
        client.config_set("key-load-delay", "0")
        wait_for(lambda: not client.info("persistence")["loading"], 30, "it has loaded")


@contextmanager
def black_hole() -> Iterator[str]:
    """The address of a Redis behind a network that drops everything: connecting hangs."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # more than the kernel keeps: what comes now is not even refused
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


FAULTS: dict[str, Callable[[Redis], AbstractContextManager[None]]] = {
    "hung": hung,
    "stopped": stopped,
    "full": full,
    "read-only": read_only,
    "unsaved": unsaved,
    "locked": locked,
    "denied": denied,
    "loading": loading,
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
