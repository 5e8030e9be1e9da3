"""`cchc demo`: the whole main job in a minute, against the sandbox, in simulated time, over real HTTP.

Nothing here is a rehearsal of its own: the wiring, the tick, the calendar jobs, the connectors and the
collector are the ones `cchc run` uses. Only the addresses and the clock differ. What went out is told by
the platforms' public pages, not by our tables.
"""

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import requests
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlmodel import col, func, select

from cli import database
from cli import settings as settings_module
from cli.console import say, screen, table
from cli.demo_desk import APPROVER, EDITOR, LEADER, Door, open_desk, told_now
from cli.errors import UserError
from cli.library import load_everything
from cli.logs import set_up_logs
from cli.settings import ROOT, CommonSettings
from cli.simulate import simulate
from cli.wiring import build, submissions, summaries, write_papers
from connectors import CONNECTORS, connector_class
from connectors.base import Part
from connectors.http import new_session
from content.checks import Grade, by_grade
from content.standing import Step
from content.tables import Post
from content.vietnamese import LOCAL, moment
from reports.weekly import Made, make_weekly, week_before
from scheduler.clock import FrozenClock, SystemClock
from scheduler.compose import compose
from scheduler.consents import Consents, Wish
from scheduler.db import open_engine, reading
from scheduler.jobs import mark_installed
from scheduler.lifecycle import State
from scheduler.service import Service
from scheduler.submission import Submissions
from scheduler.tables import Channel, Publication, Reading
from web.app import create_app
from web.server import WebServer

BEGIN = datetime(2026, 11, 22, 15, 30, tzinfo=LOCAL)
"""Sunday afternoon, before the autopilot plans the next days at 16:00."""
END = datetime(2026, 11, 30, 7, 5, tzinfo=LOCAL)
"""Monday morning, after the weekly summary of 07:00."""


@dataclass(frozen=True)
class Platforms:
    """The running sandbox: where its platforms are and what a client must be told."""

    addresses: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]
    http: requests.Session

    def at(self, now: datetime) -> None:
        """Set every platform's clock."""
        for address in self.addresses.values():
            self._ask("POST", f"{address}/_sandbox/clock", {"now": now.isoformat()})

    def public(self, platform: str) -> list[dict[str, Any]]:
        """What the people see on a platform."""
        return list(self._ask("GET", f"{self.addresses[platform]}/_sandbox/public"))

    def land(self, url: str) -> str:
        """Open a consent page as an administrator who allows; the address the browser lands on."""
        answer = self.http.get(url, allow_redirects=False, timeout=10)
        return answer.headers["Location"]

    def _ask(self, method: str, url: str, body: Any = None) -> Any:
        answer = self.http.request(method, url, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


HELP = "Chạy thử trọn một tuần trên các nền tảng mô phỏng: nạp, kết nối, đăng, thu số liệu, tổng hợp."


def demo(
    serve: Annotated[bool, typer.Option(help="Mở bàn làm việc và các trang công khai cho đến khi bấm Ctrl-C.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Kết thúc bằng một đối tượng JSON trên một dòng.")] = False,
) -> None:
    """Load, connect, queue, publish, collect and sum up one simulated week on sandbox platforms."""
    set_up_logs("ERROR")
    folder = settings_module.load().data_dir / f"demo-{SystemClock().now():%Y%m%d-%H%M%S-%f}"
    with running_sandbox() as platforms, WebServer(create_app(folder / "assets", lambda: True), "127.0.0.1", 0) as web:
        settings = settings_module.load(_env_file=None, data_dir=folder, media_url=web.address, **platforms.settings)
        clock = FrozenClock(BEGIN)
        service = set_up(settings, clock, platforms)
        _pass_the_week(service, clock, platforms)
        made = make_weekly(service.engine, week_before(END).period, clock.now(), summaries(settings))
        made.files.update(write_papers(service.engine, made))
        found = told_by_the_public(service, platforms)
        _print(service, found, made, platforms, as_json=as_json)
        with open_desk(service, settings) if serve else nullcontext() as door:
            if as_json:
                _print_json({**_result(service, found, made), **({"desk": asdict(door)} if door else {})})
            if door:
                _show_until_ctrl_c(platforms, door, told_now(service))
        if not serve:
            service.close()
    if any(numbers["lost"] or numbers["duplicates"] for numbers in found.values()):
        raise UserError("Có bài bị mất hoặc đăng hai lần; đây là lỗi của chương trình, xin báo lại.")


@contextmanager
def running_sandbox() -> Iterator[Platforms]:
    """The sandbox in a process of its own, on free loopback ports, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise UserError("Không khởi động được các nền tảng mô phỏng (python -m sandbox).")
        told = json.loads(line)
        with new_session() as http:
            yield Platforms(told["addresses"], told["settings"], http)
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


def set_up(settings: CommonSettings, clock: FrozenClock, platforms: Platforms) -> Service:
    """A fresh data folder with plan, approved library and one connected channel per platform."""
    platforms.at(clock.now())
    engine = open_engine(settings.database)
    database.upgrade(engine)
    service = build(settings, clock=clock, engine=engine)
    mark_installed(engine, now=clock.now())
    load_everything(service, settings)
    approve_library(submissions(service, settings), clock.now())
    consents = Consents(engine, service.vault, service.platforms)
    for platform in CONNECTORS:
        begun = consents.begin(platform, Wish(platform), redirect_uri=settings.redirect_uri, now=clock.now())
        answer = dict(parse_qsl(urlsplit(platforms.land(begun.url)).query))
        offer = consents.finish(begun.state, answer, now=clock.now())
        consents.save(offer, offer.accounts[0].external_id, now=clock.now())
    return service


def approve_library(checked: Submissions, now: datetime) -> None:
    """Submit and approve what is complete, through the checks; templates that an office has to fill in stay drafts."""
    with reading(checked.engine) as session:
        posts = session.exec(select(Post).order_by(Post.key)).all()
        found = {post.key: checked.findings(session, post, now=now) for post in posts}
    ready = [key for key, findings in found.items() if not by_grade(findings, Grade.TO_FILL)]
    # The demo's people say yes to warnings: a document whose validity an office still has to look up.
    checked.submit(ready, EDITOR, now=now, accept_warnings=True)
    steps = checked.approve(ready, APPROVER, now=now, accept_warnings=True)
    sensitive = [key for key, step in steps.items() if step is Step.FIRST]
    checked.approve(sensitive, LEADER, now=now, accept_warnings=True)


def _pass_the_week(service: Service, clock: FrozenClock, platforms: Platforms) -> None:
    begin, end = BEGIN.astimezone(UTC), END.astimezone(UTC)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen(stderr=True)) as progress:
        task = progress.add_task("Một tuần mô phỏng", total=(end - begin).total_seconds())

        def move(now: datetime) -> None:
            platforms.at(now)
            progress.update(task, completed=(now - begin).total_seconds(), description=moment(now))

        simulate(service, clock, end, move)


def told_by_the_public(service: Service, platforms: Platforms) -> dict[str, dict[str, int]]:
    """Per platform: what should be public by now, what is, what is missing, what is there twice."""
    found = {}
    with reading(service.engine) as session:
        statement = select(Publication, Channel, Post).where(
            col(Publication.channel_id) == col(Channel.id),
            col(Publication.post_id) == col(Post.id),
            col(Publication.due_at) <= service.clock.now(),
            col(Publication.state) != State.CANCELLED,
            Publication.part == Part.POST,
        )
        rows = session.exec(statement).all()
        for platform in CONNECTORS:
            seen = Counter(item["title"] or item["text"] for item in platforms.public(platform))
            wanted: Counter[str] = Counter()
            for _row, channel, post in rows:
                if channel.platform == platform:
                    sent = compose(session, service.store, service.desk.media_address, post, channel, "")
                    wanted[sent.title if sent.title in seen else sent.text] += 1
            found[platform] = {
                "queued": wanted.total(),
                "public": seen.total(),
                "lost": (wanted - seen).total(),
                "duplicates": (seen - wanted).total(),
            }
    return found


def _result(service: Service, found: Mapping[str, Mapping[str, int]], made: Made) -> dict[str, Any]:
    with reading(service.engine) as session:
        failed = session.exec(
            select(func.count())
            .select_from(Publication)
            .where(col(Publication.state).in_((State.FAILED, State.MISSED, State.NEEDS_PERSON)))
        ).one()
        readings = session.exec(select(func.count()).select_from(Reading)).one()
    return {
        "published": sum(numbers["public"] for numbers in found.values()),
        "failed": failed,
        "lost": sum(numbers["lost"] for numbers in found.values()),
        "duplicates": sum(numbers["duplicates"] for numbers in found.values()),
        "per_platform": found,
        "readings": readings,
        "summary": {"period": made.summary.period, "files": {name: str(path) for name, path in made.files.items()}},
    }


def _print(
    service: Service,
    found: Mapping[str, Mapping[str, int]],
    made: Made,
    platforms: Platforms,
    *,
    as_json: bool,
) -> None:
    if as_json:
        return
    with reading(service.engine) as session:
        rows = session.exec(
            select(Publication, Channel, Post)
            .where(
                col(Publication.channel_id) == col(Channel.id),
                col(Publication.post_id) == col(Post.id),
                col(Publication.state) == State.PUBLISHED,
                Publication.part == Part.POST,
            )
            .order_by(col(Publication.published_at))
        ).all()
    labels = {name: connector_class(name).capabilities.label for name in CONNECTORS}
    table(
        "Đã đăng",
        ("Lúc", "Kênh", "Điểm", "Bài"),
        [(moment(row.published_at), labels[channel.platform], post.topic, post.title) for row, channel, post in rows],
    )
    table(
        "Công chúng thấy gì (hỏi chính các nền tảng)",
        ("Nền tảng", "Đã xếp lịch", "Đang hiển thị", "Bị mất", "Đăng trùng"),
        [(labels[p], n["queued"], n["public"], n["lost"], n["duplicates"]) for p, n in found.items()],
    )
    for sentence in made.summary.sentences:
        say(sentence)
    say("\nTổng hợp tuần:")
    for path in made.files.values():
        say(f"  {path}")


def _print_json(result: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _show_until_ctrl_c(platforms: Platforms, door: Door, now: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say("\nCác trang công khai mô phỏng, như người dân nhìn thấy (dừng bằng Ctrl-C):")
    for platform, address in platforms.addresses.items():
        say(f"  {connector_class(platform).capabilities.label}: {address}")
    door.tell(now)
    sys.stdout.flush()
    stop.wait()
