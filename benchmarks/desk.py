"""The staff desk of a full office: every page in Chromium, and under fifty signed-in people at once.

    python benchmarks/desk.py            every page over 100,000 publications; about twenty minutes
    python benchmarks/desk.py --quick    two pages over 5,000 publications; about two minutes
    python benchmarks/desk.py --only lich    the pages whose address has these letters

Needs the dependency groups `dev` (Chromium, axe) and `bench` (Locust). The office is made in a temporary folder
(`desk_fill.py`), `cchc web` serves it as a process of its own, and the list of pages is `desk_pages.py`. Prints for
each page: what axe finds at 360 and 1440 px, requests, bytes without pictures (packed, as they travel, nothing
cached), and the median and 95th percentile of its time while fifty people click every three to seven seconds. The load
tool runs on the same machine, which should have nothing else to do: its load at the start is told. Ends with status 1
when a page is missing or misses a goal.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request
from playwright.sync_api import Page as Window

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import requests

from benchmarks.desk_fill import Office, fill
from benchmarks.desk_pages import PAGES, QUICK, Page
from tests.web.browser import launched, violations
from web.door import COOKIE
from web.roles import Role

ROOT = Path(__file__).resolve().parents[1]
PUBLICATIONS, FEW = 100_000, 5_000
SAMPLES, CLICKS_A_SECOND = 100, 10
"""How often each page is asked for; fifty people who look five seconds at a page ask ten times a second."""
WIDTHS = (360, 1440)
REQUESTS_MOST, BYTES_MOST, P95_MOST = 10, 150_000, 100
ALONE, ALONE_MOST = 10, 4_000
"""How often a page that decides something anew is asked for, by one person, and its milliseconds in this office of 137
posts a day; one of twelve posts a day needs a third of that."""


@dataclass
class Seen:
    """What was found out about one page."""

    address: str
    status: int = 0
    axe: list[str] = field(default_factory=list)
    requests: int = 0
    bytes: int = 0
    load: dict[str, Any] = field(default_factory=dict)
    p95_most: int = P95_MOST

    @property
    def wrong(self) -> list[str]:
        """The goals that are missed, in words."""
        if self.status != 200:
            return [f"status {self.status}"]
        found = [
            ("axe", bool(self.axe)),
            ("requests", self.requests > REQUESTS_MOST),
            ("bytes", self.bytes > BYTES_MOST),
            ("p95", not self.load or self.load["p95"] >= self.p95_most),
            ("failures", bool(self.load and self.load["failed"])),
        ]
        return [name for name, missed in found if missed]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`cchc web` over the data folder, in a process of its own; its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    # nothing of this machine's own settings: what is measured is the same everywhere
    facts = {"CCHC_DATA_DIR": str(folder), "CCHC_LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "cli.app", "web", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=facts, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not process.stdout.readline():
            raise SystemExit("cchc web does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def in_browser(browser: Browser, base: str, token: str, address: str) -> Seen:
    """One page in a browser that has never been here: status, requests, bytes, axe."""
    seen = Seen(address)
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="vi-VN")
        if token:
            context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        page = context.new_page()
        asked = _asked_by(page)
        answer = page.goto(base + address, wait_until="networkidle")
        seen.status = answer.status if answer else 0
        if seen.status == 200:
            counted = [one for one in asked if not _is_picture(one)]
            seen.requests = max(seen.requests, len(counted))
            seen.bytes = max(seen.bytes, sum(max(0, one.sizes()["responseBodySize"]) for one in counted))
            seen.axe += [f"{width} px: {one}" for one in violations(page)]
        context.close()
    return seen


def _asked_by(window: Window) -> list[Request]:
    """Every request of this window that is answered, from now on."""
    asked: list[Request] = []
    window.on("requestfinished", lambda request: asked.append(request))
    return asked


def _is_picture(request: Request) -> bool:
    """Pictures of posts do not count; the desk's own mark does."""
    return request.resource_type in ("image", "media") and "/static/" not in request.url


def under_load(base: str, office: Office, pages: dict[str, Page], samples: int) -> dict[str, dict[str, Any]]:
    """The times of these pages (by their concrete address) while everybody clicks."""
    seconds = max(20, len(pages) * samples // CLICKS_A_SECOND)
    people = [
        {"token": one.token, "pages": [address for address, page in pages.items() if one.role in page.roles]}
        for one in office.people
    ]
    outside = [address for address, page in pages.items() if page.outside]
    busy = [one for one in people if one["pages"]]
    plan = {"address": base, "seconds": seconds, "people": busy, "outside": outside}
    sys.stdout.write(f"{len(busy)} people click for {seconds} s …\n")
    sys.stdout.flush()
    command = [sys.executable, str(ROOT / "benchmarks" / "desk_load.py")]
    done = subprocess.run(
        command, input=json.dumps(plan), stdout=subprocess.PIPE, text=True, timeout=seconds + 120, check=True
    )
    return dict(json.loads(done.stdout))


def measure(base: str, office: Office, pages: list[Page], samples: int) -> list[Seen]:
    """Every page in the browser, then those that are there under load."""
    token = {one.role: one.token for one in reversed(office.people)}
    known = {page.address.format(**office.facts): page for page in pages}
    with launched() as browser:
        seen = [
            in_browser(browser, base, "" if page.outside else token[_who(page)], address)
            for address, page in known.items()
        ]
    there = {one.address: known[one.address] for one in seen if one.status == 200 and not known[one.address].decides}
    load = under_load(base, office, there, samples) if there else {}
    for one in seen:
        one.load = load.get(one.address, {})
        if one.status == 200 and known[one.address].decides:
            one.load, one.p95_most = alone(base, token[_who(known[one.address])], one.address), ALONE_MOST
    return seen


def alone(base: str, token: str, address: str) -> dict[str, Any]:
    """The times of a page that one person asks for again and again."""
    times, failed = [], 0
    with requests.Session() as http:
        http.trust_env = False
        for _ in range(ALONE):
            begun = time.perf_counter()
            answer = http.get(base + address, headers={"Accept": "text/html"}, cookies={COOKIE: token}, timeout=60)
            times.append((time.perf_counter() - begun) * 1000)
            failed += answer.status_code != 200
    times.sort()
    return {"median": times[len(times) // 2], "p95": times[-1], "asked": ALONE, "failed": failed}


def _who(page: Page) -> Role:
    """The role that looks at a page in the browser: who may do most there."""
    return next((role for role in (Role.EDITOR, Role.SYSTEM_ADMIN) if role in page.roles), page.roles[0])


def tell(seen: list[Seen]) -> None:
    """The table, then what axe said."""
    wide = max(len(one.address) for one in seen) + 2
    head = (
        f"{'page':{wide}}{'axe':>5}{'requests':>10}{'bytes':>10}{'median ms':>11}{'p95 ms':>8}{'asked':>7}{'failed':>8}"
    )
    sys.stdout.write(head + "\n")
    for one in seen:
        if one.status == 200:
            load = {"median": 0, "p95": 0, "asked": 0, "failed": 0} | one.load
            line = f"{len(one.axe):5}{one.requests:10}{one.bytes:10}{load['median']:11.0f}{load['p95']:8.0f}"
            line += f"{load['asked']:7}{load['failed']:8}"
        else:
            line = " " * 40
        verdict = f"   MISSED: {', '.join(one.wrong)}" if one.wrong else ""
        sys.stdout.write(f"{one.address:{wide}}{line}{verdict}\n")
    for one in seen:
        for found in one.axe:
            sys.stdout.write(f"axe, {one.address}: {found}\n")


def main() -> None:
    """Make the office, serve it, look at it, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="two pages over few publications")
    parser.add_argument("--only", default="", help="pages whose address has these letters")
    parser.add_argument("--publications", type=int, default=0, help="how many")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="how often each page is asked for")
    given = parser.parse_args()
    pages = [page for page in PAGES if given.only in page.address and (not given.quick or page.address in QUICK)]
    if not pages:
        raise SystemExit(f"no page has “{given.only}” in its address")
    count = given.publications or (FEW if given.quick else PUBLICATIONS)
    if hasattr(os, "getloadavg"):
        sys.stdout.write(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory(prefix="cchc-desk-") as name:
        begun = time.perf_counter()
        office = fill(Path(name), count)
        sys.stdout.write(f"{count} publications, made in {time.perf_counter() - begun:.0f} s\n")
        sys.stdout.flush()
        with serving(Path(name)) as base:
            seen = measure(base, office, pages, given.samples)
    tell(seen)
    if any(one.wrong for one in seen):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
