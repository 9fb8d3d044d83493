"""compose.yaml without an engine: each service's command, as its user, on a root it cannot write.

systemd is the engine here: transient units with the service's environment, volumes and walls. The
machine stands for the images; the services find each other by name, at its loopback address.
"""

import shlex
from functools import partial

from tests.installation.compose import services
from tests.installation.machine import Machine
from tests.processes import wait_for

GIVEN = {
    "SECRET_KEY": "of the containers",
    "POSTGRES_PASSWORD": "p@ss:w/rd%#'\"",
    "HL7_PORT": "2575",
}
USER = 10001
IMAGE = {  # what the Dockerfile sets
    "HOST": "0.0.0.0",
    "STATIC_ROOT": "/srv/static",
    "MEDIA_ROOT": "/var/lib/wardbell/media",
    "PATH": "/opt/wardbell/.venv/bin:/usr/bin:/bin:/usr/sbin",
}
ORDER = ["certificate", "migrate", "nginx", "web1", "web2", "worker", "sender", "beat", "hl7"]


class Containers:
    """The services of compose.yaml that are ours, and nginx, on a machine that has the rest."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.services = machine, services(GIVEN)

    def up(self) -> None:
        """Starts them in order; AssertionError where one does not get healthy."""
        self._make_image()
        for name in ORDER:
            self._run(name, self._command(name), wait=self.services[name]["restart"] == "no")
        for name in ORDER[2:]:
            wait_for(partial(self._healthy, name), 90, f"{name} is healthy")

    def down(self) -> None:
        """Stops them; AssertionError where one did not end in order by itself."""
        for name in ORDER[2:]:
            unit = f"compose-{name}"
            self.machine.output("systemctl", "stop", unit)
            journal = ("journalctl", "--quiet", "--output=cat", f"--unit={unit}")
            assert "Deactivated successfully." in self.machine.output(*journal), name

    def _make_image(self) -> None:
        """The Dockerfile's steps, as root with the narrowest umask, and what volumes would be."""
        settings = "DATABASE_URL=postgres://nowhere/x REDIS_URL=redis://nowhere SECRET_KEY=build"
        static = f"STATIC_ROOT=/srv/static {settings} .venv/bin/python manage.py collectstatic"
        role = "ALTER ROLE wardbell PASSWORD " + _quoted(GIVEN["POSTGRES_PASSWORD"])
        names = "127.0.0.1 postgres redis nginx localhost\n"
        for step in (
            f"cd /opt/wardbell && umask 077 && {static} --noinput",
            f"groupadd --gid {USER} image",
            f"useradd --system --uid {USER} --gid {USER} --no-create-home image",
            f"mkdir -p /app && printf {shlex.quote(names)} >> /etc/hosts",
            f"install -d -o {USER} -g {USER} -m 750 /srv/media /srv/certificates",
            f"runuser -u postgres -- psql -qc {shlex.quote(role)}",
            'redis-cli -a "$(sed -n s/^requirepass.//p /etc/redis/redis.conf)"'
            ' config set requirepass ""',
        ):
            self.machine.output("sh", "-c", step)

    def _command(self, name: str) -> list[str]:
        command = self.services[name]["command"]
        return command if isinstance(command, list) else shlex.split(command)

    def _healthy(self, name: str) -> bool:
        _, *check = self.services[name]["healthcheck"]["test"]
        try:
            self._run(f"{name}", check, wait=True, unit=f"check-{name}")
        except AssertionError:
            return False
        return True

    def _run(self, name: str, command: list[str], *, wait: bool, unit: str = "") -> None:
        service = self.services[name]
        ours = service["image"] == "wardbell"
        walls = {
            "ProtectSystem": "strict",
            "WorkingDirectory": "/app" if ours else "/",
            "TemporaryFileSystem": " ".join(["/tmp:mode=1777", *service["tmpfs"][1:]]),
            "StandardOutput": f"append:/var/log/compose-{name}.log",
            "StandardError": f"append:/var/log/compose-{name}.log",
            "BindReadOnlyPaths": "/opt/wardbell:/app",
        }
        if ours:
            walls |= {"User": str(USER), "Group": str(USER), "CapabilityBoundingSet": ""}
            walls |= {"NoNewPrivileges": "yes"}
        options = [f"--property={key}={value}" for key, value in walls.items()]
        options += [
            f"--property={each}" for volume in service["volumes"] for each in _bound(volume)
        ]
        environment = {**IMAGE, **service.get("environment", {})}
        options += [f"--setenv={key}={value}" for key, value in environment.items()]
        options += ["--wait"] if wait else []
        unit = unit or f"compose-{name}"
        typed = [word.replace("$", "$$") for word in command]
        self.machine.output(
            "systemd-run", "--quiet", "--collect", f"--unit={unit}", *options, *_found(typed)
        )


def _bound(volume: str) -> list[str]:
    source, target, *how = volume.split(":")
    source = source.replace("./", "/opt/wardbell/") if source.startswith("./") else f"/srv/{source}"
    if how == ["ro"]:
        return [f"BindReadOnlyPaths={source}:{target}"]
    return [f"BindPaths={source}:{target}", f"ReadWritePaths={target}"]


def _found(command: list[str]) -> list[str]:
    """By its PATH and directory, as an engine finds it; systemd wants whole paths."""
    return ["/usr/bin/env", *command]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
