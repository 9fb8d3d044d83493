"""From the front desk's click to the frame in the provider's socket, and to what the page shows."""

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from inbox import mailbox
from tests.benchmarks import crowd, page, people, stage
from tests.benchmarks.clicks import FrontDesk
from tests.benchmarks.report import Section, Target
from tests.benchmarks.sizes import size

NAMES = ("Wardbell, daphne", "Wardbell, uvicorn")
PINGS = size(200, 3)
WARM_UP = size(10, 1)
SHOWN = size(50, 2)  # so that the number on the bell stays below "99+"
PAUSE = 0.03  # s
TEXT = f"""{PINGS} arrivals, one at a time: the front desk's click (the POST of `arrive`) and the
provider's socket. *click to frame* begins before the request is sent, so it holds the whole way:
sign-in, appointment, event, rows, Redis, socket. *answer to frame* begins when the answer reaches
the front desk; the frame is usually there before. *click to badge*: {SHOWN} more, until the number
on the bell of the provider's page has changed, in headless Chromium. Raw is from a Redis PUBLISH
to the frame of raw `websockets`, once with each arrival."""


@dataclass
class Contestant:
    """A web process with a front desk, and a provider who listens."""

    name: str
    directory: Path
    stack: ExitStack
    to_frame: list[float] = field(default_factory=list)
    to_answer: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.staff = staff = people.hire(1)
        self.server = self.stack.enter_context(stage.Server(self.name, self.directory))
        pings = WARM_UP + PINGS + SHOWN
        self.desk = FrontDesk(self.server.port, staff.hospital, staff.users[0], pings)
        self.stack.callback(self.desk.close)
        self.ear = crowd.Crowd(self.server.port, [crowd.handshake(cookie=staff.cookies[0])])
        self.ear.connect(1)
        self.stack.callback(self.ear.close)

    def ping(self) -> None:
        """One arrival."""
        self.ear.expect('"kind":"appointment.arrived"')
        clicked = self.desk.click()
        answered = self.desk.answered()
        heard = self.ear.hear(10)
        assert self.ear.heard, f"{self.name}: an arrival was not heard of"
        self.to_frame.append(heard - clicked)
        self.to_answer.append(answered - clicked)

    def shown(self) -> list[float]:
        """Arrivals as the provider's page shows them."""
        mailbox.mark_all_read(self.staff.users[0])
        url = f"http://127.0.0.1:{self.server.port}/"
        return page.click_to_badge(url, self.staff.sessions[0], self.desk, SHOWN)


class Raw:
    """The floor."""

    name = "raw: PUBLISH to frame"

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.to_frame: list[float] = []
        self.server = stack.enter_context(stage.Server("raw websockets", directory))
        self.publisher = stack.enter_context(stage.publisher(self.server, 0))
        self.ear = crowd.Crowd(self.server.port, [crowd.handshake()]).connect(1)
        stack.callback(self.ear.close)

    def ping(self) -> None:
        self.ear.expect("arrived;")
        self.publisher.ask("arrived; 1")
        heard = self.ear.hear(10)
        self.to_frame.append(heard - float(self.publisher.answer()))
        assert self.publisher.answer() == "done"


def row(name: str, times: list[float], floor: float) -> list[str]:
    """Median, 99th percentile and longest, in ms."""
    figures = [median(times), late(times), max(times)]
    return [name, *(f"{figure * 1000:.1f}" for figure in figures), f"{figures[0] / floor:.1f}"]


def late(times: list[float]) -> float:
    """What 99 % of the times are not above."""
    return sorted(times)[math.ceil(len(times) * 0.99) - 1]


def measure(runs: int, sockets: int, directory: Path) -> Section:
    with ExitStack() as stack:
        sites = [Contestant(name, directory, stack) for name in NAMES]
        raw = Raw(directory, stack)
        contestants: list[Contestant | Raw] = [*sites, raw]
        for _ in range(WARM_UP + PINGS):
            for contestant in contestants:
                contestant.ping()
                crowd.rest(PAUSE)
        shown = sites[0].shown()
    for contestant in contestants:
        del contestant.to_frame[:WARM_UP]
    floor = median(raw.to_frame)
    rows = [row(raw.name, raw.to_frame, floor)]
    for site in sites:
        del site.to_answer[:WARM_UP]
        pairs = zip(site.to_frame, site.to_answer, strict=True)
        after = [frame - answer for frame, answer in pairs]
        rows += [
            row(f"{site.name}: click to frame", site.to_frame, floor),
            row(f"{site.name}: click to answer", site.to_answer, floor),
            row(f"{site.name}: answer to frame", after, floor),
        ]
    if shown:
        rows.append(row(f"{sites[0].name}: click to badge", shown, floor))
    return Section(
        "An arrival",
        TEXT,
        ["", "median ms", "99 % ms", "longest ms", "of raw"],
        rows,
        [
            Target("median from click to frame < 50 ms", median(sites[0].to_frame) * 1000, 50),
            Target("99 % from click to frame < 200 ms", late(sites[0].to_frame) * 1000, 200),
        ],
    )
