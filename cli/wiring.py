"""The composition root: settings become a running service. Nobody else builds these things.

What publishing does not need at once is imported where it is used: reports, backups, the autopilot and what sends mail
are together as large as everything else, and an office that never asks for one of them never carries it
(tests/architecture/test_start.py).
"""

import random
from datetime import datetime, time, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlmodel import select

from cli import revisions
from cli.console import complain, say
from cli.errors import UserError
from cli.model import know_all_tables
from cli.opened import opened
from cli.settings import CommonSettings
from cli.watching import key_file, safety
from connectors import CONNECTORS
from connectors.http import new_session, open_connections
from connectors.media import MediaHost
from content.store import AssetStore
from content.vietnamese import LOCAL, local_day, moment, number
from portal.fetch import Limits
from portal.guard import Guard
from records.chain import Stamps
from records.nightly import seal_now
from scheduler import handover, recovery
from scheduler.access import Platforms
from scheduler.asking import Portals
from scheduler.clock import Clock, SystemClock
from scheduler.db import forget_statistics, open_engine, reading
from scheduler.handover import Handover
from scheduler.intake import Intake
from scheduler.jobs import Job, Timetable
from scheduler.metrics import NOT_YET, is_quiet
from scheduler.metrics.cadence import Cadence, parse_steps
from scheduler.policy import Policy
from scheduler.service import Service
from scheduler.tables import Credential
from scheduler.vault import Vault
from web.roles import roles_named

if TYPE_CHECKING:
    from content.plan import Plan
    from reports.weekly import Made
    from scheduler.submission import Submissions
    from web.health import Health
    from web.house import House

know_all_tables()  # the audit log seals rows of every floor, and no relation may lead to a table that nobody knows

SESSIONS = 1_000
"""Channels whose HTTP sessions are kept."""
NUMBER_FILE = "cchc.number"
"""Where the data folder keeps how far its database has come (`scheduler.recovery`)."""


def has_database(settings: CommonSettings) -> bool:
    """Whether there is a database file; one on a server is taken to be there."""
    return not settings.embedded or Path(make_url(settings.database).database or "").is_file()


def open_database(settings: CommonSettings) -> Engine:
    """The engine of a database that is there and up to date. Raises `UserError` when it is not, and makes nothing."""
    if not has_database(settings):
        raise UserError(f"Thư mục dữ liệu {settings.data_dir} chưa được khởi tạo; hãy chạy lệnh: cchc init.")
    engine = open_engine(settings.database)
    opened.callback(engine.dispose)
    revisions.check(engine)
    return engine


def make_database(settings: CommonSettings) -> Engine:
    """The engine of a database that is made or brought up to date first."""
    from cli import database
    from cli.backup import make_copy
    from cli.sealing import copy_key
    from scheduler import handover_tables

    engine = open_engine(settings.database)
    opened.callback(engine.dispose)
    if revisions.is_older(engine):
        now = SystemClock().now()
        name = f"cchc-{now.astimezone(LOCAL):%Y-%m-%d-%H%M%S}"
        made, _ = make_copy(engine, settings.data_dir, name, key=copy_key(settings.backup_key_file), now=now)
        say(f"Đã sao lưu trước khi nâng cấp: {made.place(made.database)}.")
    database.upgrade(engine)
    if not settings.embedded and handover.is_installed():
        handover_tables.make(engine)
    return engine


def plan_of(settings: CommonSettings) -> "Plan":
    """The plan of the folder as the office changed it at the desk; just the folder's where there is no database yet."""
    from content.plan import plan_as_changed, read_plan

    plan = read_plan(settings.plan_dir)
    if not has_database(settings):
        return plan
    with reading(open_database(settings)) as session:
        return plan_as_changed(session, plan)


def build(settings: CommonSettings, *, clock: Clock | None = None, engine: Engine | None = None) -> Service:
    """The whole service over one database."""
    # One pool of connections, so that a channel finds one open that another has made.
    connections = open_connections(settings.in_flight)
    opened.callback(connections.close)

    @lru_cache(maxsize=SESSIONS)
    def session(_channel_id: int) -> requests.Session:
        return new_session(settings.proxy, connections=connections)

    media = MediaHost(settings, settings.proxy)
    engine = engine or open_database(settings)
    service = Service(
        engine,
        clock=clock or SystemClock(),
        vault=open_vault(settings, engine),
        platforms=Platforms({name: settings.platform(name) for name in CONNECTORS}, session),
        store=AssetStore(settings.data_dir / "assets"),
        rng=random.Random(),
        media_address=media.address,
        offer_media=media.offer,
        check_media=media.check,
        portals=portals(settings),
        handover=Handover(engine, settings.in_flight) if settings.hands == "workers" else None,
        in_flight=settings.in_flight,
        policy=Policy(
            plan_dir=settings.plan_dir,
            cool_down=settings.repeat_days,
            alike_days=settings.alike_days,
            days_ahead=settings.days_ahead,
            plan_at=time.fromisoformat(settings.plan_at),
            catch_up=timedelta(minutes=settings.catch_up_minutes),
            cadence=Cadence(parse_steps(settings.collect_steps), settings.week_start),
            raw_days=settings.raw_days,
        ),
    )
    _know_a_copy(service, settings)
    if settings.mails or settings.hooks or settings.summary_mails:
        from cli.sending import telling

        service.telling = telling(settings, engine, service.clock)
    service.intake = Intake(engine, service.clock, portals(settings).feed, days=settings.portal_days)
    service.seal = partial(seal_now, engine, service.vault, service.clock)
    service.jobs = tuple(calendar_jobs(service, settings))
    return service


def _know_a_copy(service: Service, settings: CommonSettings) -> None:
    """Whether this database is an older copy is asked before anything else can be done with it."""
    file, now = settings.data_dir / NUMBER_FILE, service.clock.now()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    noticed = recovery.notice(service.engine, file, own_file=settings.embedded, now=now)
    service.watch.file = file
    if noticed is not None:
        complain(told_restored(noticed))


def told_restored(noticed: recovery.Noticed) -> str:
    """What was noticed, for the person at the terminal."""
    return (
        f"Dữ liệu này là bản sao từ lúc {moment(noticed.copied_at)}: {number(noticed.put_aside)} mục đang chờ đăng "
        "được giữ lại để hỏi kênh trước, bài đã đăng sau lúc đó không bị đăng lần nữa. Xem: cchc restored."
    )


def portals(settings: CommonSettings) -> Portals:
    """Feeds and pages, as far as this office may read them."""
    guard = Guard.of(settings.portal_allow, by_proxy=bool(settings.proxy))
    return Portals(guard, Limits(size=settings.portal_max_bytes), settings.proxy)


def submissions(service: Service, settings: CommonSettings) -> "Submissions":
    """The checks every post passes before it is submitted and before it is approved."""
    from scheduler.submission import Submissions

    return Submissions(service.engine, service.store, service.platforms, settings.library_dir)


def house(service: Service, settings: CommonSettings) -> "House":
    """What the staff desk stands on."""
    from cli.sending import summary_mail
    from cli.surroundings import surroundings
    from scheduler.consents import Consents
    from web.house import House

    return House(
        service=service,
        submissions=submissions(service, settings),
        consents=Consents(service.engine, service.vault, service.platforms),
        guard=Guard.of(settings.portal_allow, by_proxy=bool(settings.proxy)),
        library_dir=settings.library_dir,
        plan_dir=settings.plan_dir,
        data_dir=settings.data_dir,
        summaries_dir=summaries(settings),
        address=settings.web_address,
        redirect_uri=settings.redirect_uri,
        week_start=settings.week_start,
        summary_mail=summary_mail(settings, service.engine, service.clock),
        portal_days=settings.portal_days,
        trust_proxy=settings.web_behind_proxy,
        totp_roles=roles_named(settings.totp_roles),
        surroundings=surroundings(settings),
    )


def health(service: Service, settings: CommonSettings, own_clock: bool) -> "Health":
    """How machines ask whether this process is well."""
    from web.health import Health

    newest = revisions.newest_revision()
    return Health(
        service,
        revision=lambda: revisions.revision(service.engine) == newest,
        data_dir=settings.data_dir,
        own_clock=own_clock,
        behind_proxy=settings.web_behind_proxy or settings.web_address.startswith("https:"),
        token=settings.metrics_token.get_secret_value(),
    )


def open_vault(settings: CommonSettings, engine: Engine) -> Vault:
    """The vault of the data folder. Refuses to make a new key while secrets are stored under a lost one."""
    file = key_file(settings)
    if not file.exists():
        with reading(engine) as session:
            sealed = session.exec(select(Credential.channel_id)).first()
        if sealed is not None:
            raise UserError(
                f"Không thấy tệp khóa {file} trong khi đã có mã truy cập được lưu; "
                "hãy khôi phục tệp này từ bản sao lưu, hoặc chạy cchc init --new-key rồi kết nối lại từng kênh."
            )
    return Vault.at(file)


def calendar_jobs(service: Service, settings: CommonSettings) -> list[Job]:
    """What runs at which hour; `cchc run` and a simulated week have the same ones."""

    def plan(_slot: datetime, now: datetime) -> str:
        from scheduler.recurring import AHEAD as FURTHER
        from scheduler.recurring import queue_coming

        repeated = queue_coming(service.desk, settings.days_ahead + FURTHER, now=now)  # before others take the hours
        filled = service.fill_days(local_day(now) + timedelta(days=1), settings.days_ahead)
        return " ".join(filter(None, (repeated.words, filled)))

    def tokens(_slot: datetime, _now: datetime) -> str:
        return service.refresh_tokens()

    def check(_slot: datetime, _now: datetime) -> str:
        return service.check_channels()

    def collect(_slot: datetime, _now: datetime) -> str:
        return service.collect().words

    def nothing_to_collect(now: datetime) -> str:
        return NOT_YET if is_quiet(service.engine, now=now, cadence=service.policy.cadence) else ""

    def put_away(_slot: datetime, now: datetime) -> str:
        from cli.keeping import let_go

        forget_statistics(service.engine)
        service.put_away()
        return let_go(service.engine, settings, now)

    def summary(slot: datetime, now: datetime) -> str:
        from cli.sending import summary_mail
        from reports.weekly import make_weekly, week_before

        week = week_before(slot, settings.week_start)
        made = make_weekly(service.engine, week.period, now, summaries(settings), **week_facts(settings))
        post = summary_mail(settings, service.engine, service.clock)
        sent = f" Gửi {post.enlist(made.summary)} thư." if post is not None else ""
        write_papers(service.engine, made)
        return f"Lập tổng hợp tuần {week.period}.{sent}"

    def backup(slot: datetime, now: datetime) -> str:
        from cli.backup import back_up
        from cli.sealing import copy_key

        key = copy_key(settings.backup_key_file)
        return back_up(service.engine, settings.data_dir, local_day(slot), key=key, now=now)

    def seal_month(slot: datetime, now: datetime) -> str:
        from cli.keeping import sealed_by_itself

        return sealed_by_itself(service.engine, settings, local_day(slot), now)

    def audit(_slot: datetime, now: datetime) -> str:
        from records.nightly import verify_nightly

        return verify_nightly(service.engine, Stamps.of(service.vault), now=now)

    def look(_slot: datetime, now: datetime) -> str:
        from records.nightly import told_unsound
        from reports.deliveries import unsent
        from scheduler.alarms import watch

        with reading(service.engine) as session:
            more = [*unsent(session, now=now), *told_unsound(session), *safety(session, settings, now=now)]
        facts = (service.engine, service.platforms, service.policy, JOB_WORDS)
        return watch(*facts, empty_day_at=empty_at, by_workers=service.handover is not None, now=now, more=more)

    empty_at = time.fromisoformat(settings.empty_day_at)
    refreshes = (time(0, 30), time(6, 15), time(12, 15), time(18, 15))
    half_hours = {time(hour, minute) for hour in range(6, 22) for minute in (0, 30)} | {time(22, 0), empty_at}

    return [
        Job("tokens", Timetable(refreshes), tokens, service.nothing_to_refresh),
        Job("check", Timetable((time(5, 30),)), check),
        # every hour it asks only for what is due; the cadence lays its marks on half past (scheduler.metrics.cadence)
        Job("collect", Timetable(tuple(time(hour, 30) for hour in range(24))), collect, nothing_to_collect),
        Job("put_away", Timetable((time(3, 15),)), put_away),
        Job("summary", Timetable((time(7, 0),), weekday=settings.week_start), summary),
        Job("plan", Timetable((time.fromisoformat(settings.plan_at),)), plan),
        Job("backup", Timetable((time(2, 0),)), backup),
        # each night until the month before is sealed
        Job("archive", Timetable((time(4, 30),)), seal_month),
        Job("audit", Timetable((time(3, 40),)), audit),
        # the last one: it tells what the others came to
        Job(WATCH, Timetable(tuple(sorted(half_hours))), look),
    ]


WATCH = "watch"
"""The job that finds what people have to be told: every half hour of the day, and at the hour of empty days."""
DRILL = "drill"
"""What a restore drill is called among the jobs; a person runs it (`cchc restore-drill`)."""
JOB_WORDS = {
    "tokens": "làm mới mã truy cập",
    "check": "kiểm tra kênh",
    "collect": "thu số liệu",
    "put_away": "xóa dữ liệu hết thời hạn",
    "summary": "tổng hợp tuần",
    "plan": "tự xếp lịch",
    "backup": "sao lưu",
    "archive": "niêm phong gói lưu trữ tháng",
    "audit": "kiểm tra nhật ký kiểm toán",
    WATCH: "soát việc cần báo",
    DRILL: "diễn tập khôi phục",
}
"""The calendar jobs, as staff call them."""


def week_facts(settings: CommonSettings) -> dict[str, Any]:
    """What a weekly summary goes by in this office."""
    return {"first_weekday": settings.week_start, "plan_dir": settings.plan_dir}


def write_papers(engine: Engine, made: "Made") -> dict[str, Path]:
    """The summary's papers for printing and reckoning, beside its other documents; by file name."""
    from reports.papers import papers
    from reports.stored import heading
    from reports.weekly import written

    with reading(engine) as session:
        frame = heading(session, local_day(made.summary.cutoff_at))
    return written(made.folder, papers(made.summary, frame))


def summaries(settings: CommonSettings) -> Path:
    """Where the weekly summaries are written."""
    return settings.data_dir / "summaries"
