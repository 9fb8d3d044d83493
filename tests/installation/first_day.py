"""What a hospital does on its first day, through TLS, as a user of the machine who has no rights.

Run on the machine itself, with the Python of the installation: `first_day.py NAME CERTIFICATE`. It
knows nothing of Wardbell's code: only addresses, HL7 and the socket's protocol.
"""

import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

PASSWORD = "correct horse 7 battery"
PATIENTS = "patient_id,first_name,last_name,email,phone,date_of_birth,gender"
NUMBERS = range(1, 201)
BULK = "/hospital/bulk"


def wait_for(ask: Callable[[], Any], seconds: float = 30) -> Any:
    """Its first true answer."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {ask}"
        time.sleep(0.1)
    return answer


class Person:
    """Somebody signed in with a browser."""

    def __init__(self, name: str, certificate: str, username: str, password: str) -> None:
        self.name, self.certificate = name, certificate
        self.session = requests.Session()
        self.session.verify = certificate
        self.session.headers["Referer"] = f"https://{name}/"
        self.post("/accounts/login/", {"login": username, "password": password})

    def get(self, path: str) -> requests.Response:
        response = self.session.get(f"https://{self.name}{path}", timeout=60)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return response

    def post(
        self, path: str, data: dict[str, Any], page: str = "", **more: Any
    ) -> requests.Response:
        """Sends a form that is on `page` (the same address)."""
        shown = self.get(page or path)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
        assert found, f"{shown.url} has no form"
        data = {**data, "csrfmiddlewaretoken": found[1]}
        response = self.session.post(f"https://{self.name}{path}", data=data, timeout=120, **more)
        assert response.status_code in (200, 413, 422), f"{path}: {response.status_code}"
        return response

    @contextmanager
    def inbox(self, query: str = "") -> Iterator[ClientConnection]:
        """A socket of theirs."""
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.session.cookies)
        trusted = ssl.create_default_context(cafile=self.certificate)
        address = f"wss://{self.name}/ws/inbox/{query}"
        headers = {"Cookie": cookies, "Origin": f"https://{self.name}"}
        with connect(address, ssl=trusted, additional_headers=headers) as opened:
            yield opened


def frames(inbox: ClientConnection, seconds: float = 20) -> Iterator[dict[str, Any]]:
    """What arrives, frame by frame."""
    while True:
        for line in str(inbox.recv(timeout=seconds)).splitlines():
            yield json.loads(line)


def send(*messages: str) -> None:
    """HL7 over MLLP to this machine; each is answered AA."""
    with socket.create_connection(("127.0.0.1", 2575), timeout=30) as feed:
        for message in messages:
            feed.sendall(b"\x0b" + message.replace("\n", "\r").encode() + b"\x1c\r")
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                answer += feed.recv(4096)
            assert b"MSA|AA|" in answer, answer


def header(kind: str, control: str) -> str:
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    return f"MSH|^~\\&|ADT|KFH|WARDBELL|WARDBELL|{now}+0000||{kind}|{control}|P|2.5"


def admission(number: int) -> str:
    name = header("ADT^A01^ADT_A01", f"ADM-{number}")
    return (
        f"{name}\nPID|1||P-{number:04}^^^^MR||Family{number}^Given\n"
        f"PV1|1|I|DAY^{number}^1||||||||||||||||V-{number}\n"
    )


def potassium(number: int) -> str:
    name = header("ORU^R01^ORU_R01", f"RES-{number}")
    return (
        f"{name}\nPID|1||P-{number:04}^^^^MR||Family{number}^Given\n"
        f"OBR|1|ORDER-{number}||2823-3^Potassium^LN\n"
        "OBX|1|NM|2823-3^Potassium^LN||7.9|mmol/L|3.5-5.1|HH|||F\n"
    )


def import_patients(person: Person) -> None:
    rows = [f"P-{n:04},Given,Family{n},p{n}@example.org,,1980-01-01,F" for n in NUMBERS]
    table = "\n".join([PATIENTS, *rows, ""])
    started = person.post(f"{BULK}/import-patients/", {}, files={"csv_file": ("p.csv", table)})
    operation = started.url.removeprefix(f"https://{person.name}")
    wait_for(lambda: f"Import {len(NUMBERS)} patients" in person.get(operation).text)
    done = person.post(f"{operation}confirm/", {}, page=operation)
    real = done.url.removeprefix(f"https://{person.name}")
    wait_for(lambda: f'data-figure="successful">{len(NUMBERS)}<' in person.get(real).text)


def too_large(person: Person) -> None:
    """Through nginx to Wardbell, which refuses it in words."""
    table = PATIENTS + "\n" + "x" * (51 * 1024 * 1024)
    refused = person.post(f"{BULK}/import-patients/", {}, files={"csv_file": ("p.csv", table)})
    assert "nginx" not in refused.text, refused.text[:500]
    assert refused.status_code in (413, 422), refused.status_code


def bulk_discharge(person: Person) -> None:
    page = person.get(f"{BULK}/discharge/").text
    stays = re.findall(r'name="admissions" value="(\d+)"', page)
    assert len(stays) >= 20, len(stays)
    done = person.post(f"{BULK}/discharge/", {"admissions": stays, "discharge_notes": "Well."})
    assert f"Successfully discharged {len(stays)} patients" in done.text
    assert 'name="admissions"' not in person.get(f"{BULK}/discharge/").text


def main(name: str, certificate: str) -> None:
    layla = Person(name, certificate, "layla", PASSWORD)
    with layla.inbox() as inbox:
        arriving = frames(inbox)
        first = next(arriving)
        assert any("Potassium" in str(each) for each in first["notifications"]), first
        print("socket through TLS: the first alert is there")
        import_patients(layla)
        print(f"upload: {len(NUMBERS)} patients")
        send(*map(admission, NUMBERS[:20]))
        started = time.monotonic()
        send(potassium(1))
        rung = next(each for each in arriving if each["type"] == "alert" and "Family1" in str(each))
        took = time.monotonic() - started
        print(f"feed: a critical {rung['notification']['level']} rang after {took:.2f} s")
    exported = layla.get(f"{BULK}/export/patients/").content.decode("utf-8-sig")
    assert exported.count("Family") >= 20, exported[:500]
    print("export: the open stays")
    bulk_discharge(layla)
    print("bulk discharge: everybody")
    too_large(layla)
    print("too large an upload: refused in words")


if __name__ == "__main__":
    main(*sys.argv[1:])
