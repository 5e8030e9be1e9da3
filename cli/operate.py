"""The commands that stand alone and look at everything once: init, tick, collect, summary, status."""

from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import func
from sqlmodel import col, select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.library import load_everything
from cli.sending import summary_mail
from cli.settings import CommonSettings
from cli.watching import key_file
from cli.web import is_alive
from cli.when import parse_moment
from cli.wiring import (
    JOB_WORDS,
    WATCH,
    build,
    make_database,
    summaries,
    week_facts,
    write_papers,
)
from cli.worker import standing
from content.sources import how_it_stands, sources
from content.vietnamese import moment, number
from reports.summary import WeeklySummary
from reports.weekly import make_weekly, week_before
from scheduler import handover_tables
from scheduler.channels import CHANNEL_WORDS
from scheduler.clock import FrozenClock, SystemClock
from scheduler.db import reading, writing
from scheduler.deliveries import Sending
from scheduler.jobs import INSTALLED, mark_installed
from scheduler.lifecycle import WORDS, State
from scheduler.notices import count_alarms
from scheduler.service import Service
from scheduler.signs import Who
from scheduler.tables import Channel, Heartbeat, JobRun, Publication
from scheduler.telling import told_words
from scheduler.vault import Vault

BY_HAND = (State.NEEDS_PERSON, State.HELD, State.FAILED, State.MISSED)
"""States that nothing but a person leads out of."""


def init(
    new_key: Annotated[bool, typer.Option("--new-key", help="Tạo tệp khóa mới khi tệp cũ đã mất.")] = False,
) -> None:
    """Make or upgrade the data folder: database, key, plan and library. Repeating it is safe."""
    settings = settings_module.load()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = make_database(settings)
    if new_key:
        Vault.at(key_file(settings))
    service = build(settings, engine=engine)
    mark_installed(engine, now=service.clock.now())
    if new_key:
        from cli.acts import leave
        from web.acts import Act

        with writing(engine) as session:
            leave(session, Act.KEY, key_file(settings).name, "Tạo tệp khóa mới", now=service.clock.now())
    say(load_everything(service, settings))
    say(f"Thư mục dữ liệu: {settings.data_dir.absolute()}. Tiếp theo: cchc connect, rồi cchc run.")


def tick(
    now: Annotated[str, typer.Option("--now", help="Làm như đang là lúc này, ví dụ “31/12/2026 07:30”.")] = "",
) -> None:
    """One turn by hand: everything that is due, then the calendar jobs whose hour has come."""
    settings = settings_module.load()
    service = build(settings, clock=FrozenClock(parse_moment(now, "--now")) if now else None)
    if service.handover is not None:
        handover_tables.check(service.engine)
    # what is copied from now on is older than what this turn does; and so is what is copied before the next one
    today = min(service.clock.now(), SystemClock().now())
    service.count(today)
    jobs = service.run_jobs()
    claimed = service.settle() if service.handover is None else service.tick()
    read = service.read_portals()
    told = service.tell()
    if service.seal is not None:
        service.seal()
    service.count(today)
    service.close()
    done = f"Đã xử lý {claimed} lượt" if service.handover is None else f"Đã giao {claimed} mục cho các cchc worker"
    say(f"{done}; việc theo lịch đã chạy: {', '.join(JOB_WORDS[job] for job in jobs) or 'không có'}.")
    for words in standing(service):
        say(words)
    for turn in read:
        say(f"Nguồn tin {turn.key}: {turn.words}")
    for one in told:
        say(told_words(one))


def collect() -> None:
    """Read every channel's figures now."""
    collected = build(settings_module.load()).collect(everything=True)
    say(f"Đã thu {number(collected.readings)} số liệu.")
    if collected.failed:
        raise UserError("\n".join(f"{key}: {words}" for key, words in collected.failed.items()))


def summary(
    week: Annotated[str, typer.Option("--week", help="Ví dụ 2026-W48; bỏ trống: tuần trọn vẹn gần nhất.")] = "",
    send: Annotated[bool, typer.Option("--send", help="Gửi thư tới CCHC_SUMMARY_TO; ai đã nhận thì thôi.")] = False,
) -> None:
    """Make a week's engagement summary: stored figures, HTML, text, JSON, a chart, PDF, Word and a workbook."""
    settings = settings_module.load()
    service = build(settings)
    now = service.clock.now()
    wanted = week or week_before(now, settings.week_start).period
    made = make_weekly(service.engine, wanted, now, summaries(settings), **week_facts(settings))
    say(made.summary.label)
    for sentence in made.summary.sentences:
        say(sentence)
    for path in (made.files | write_papers(service.engine, made)).values():
        say(str(path))
    if send:
        _send(settings, service, made.summary)


def _send(settings: CommonSettings, service: Service, summary: WeeklySummary) -> None:
    """Queue the summary for everybody who was not sent this week, and send what is due at once."""
    post = summary_mail(settings, service.engine, service.clock)
    if post is None:
        raise UserError(
            "Chưa cấu hình gửi tổng hợp tuần; hãy điền CCHC_SMTP_HOST, CCHC_MAIL_FROM, CCHC_SUMMARY_TO trong tệp .env."
        )
    new = post.enlist(summary)
    told = post.run()
    for one in told:
        say(told_words(one))
    if not new and not told:
        say("Tuần này đã gửi tới mọi địa chỉ trong danh sách; muốn gửi lại, hãy dùng trang của tuần trên bàn làm việc.")
    if any(one.state is not Sending.SENT for one in told):
        raise UserError(
            "Có thư chưa gửi được; cchc run tự gửi lại thư chắc chắn chưa đi, thư khác thì xem trang của tuần."
        )


def status() -> None:
    """Whether the service is alive, how the channels stand, and what needs a person."""
    settings = settings_module.load()
    service = build(settings)
    with reading(service.engine) as session:
        last = session.exec(select(func.max(Heartbeat.at)).where(Heartbeat.kind == Who.CLOCK)).first()
        channels = session.exec(select(Channel).order_by(Channel.key)).all()
        counts = session.exec(
            select(Publication.state, func.count()).group_by(col(Publication.state)).order_by(col(Publication.state))
        ).all()
        jobs = session.exec(
            select(JobRun).where(col(JobRun.job).not_in((INSTALLED, WATCH))).order_by(col(JobRun.id).desc()).limit(8)
        ).all()
        ill = [one for one in sources(session) if one.active and one.failures]
        alarms = count_alarms(session)
    alive = "đang chạy" if is_alive(service) else "KHÔNG chạy"
    say(f"Dịch vụ {alive}; nhịp gần nhất: {moment(last)}.")
    for words in standing(service):
        say(words)
    table("Kênh", ("Kênh", "Trạng thái", "Ghi chú"), [(c.key, CHANNEL_WORDS[c.state], c.state_words) for c in channels])
    table("Hàng chờ", ("Trạng thái", "Số mục"), [(WORDS[State(state)], count) for state, count in counts])
    table(
        "Việc theo lịch gần đây",
        ("Việc", "Giờ", "Kết quả"),
        [(JOB_WORDS.get(j.job, j.job), moment(j.slot), j.words) for j in jobs],
    )
    if ill:
        table("Nguồn tin chưa đọc được", ("Nguồn", "Tình trạng"), [(one.key, how_it_stands(one)) for one in ill])
    waiting = sum(count for state, count in counts if state in BY_HAND)
    if waiting:
        say(f"{waiting} mục cần người xử lý; xem bằng lệnh: cchc queue list.")
    if alarms:
        say(f"{alarms} báo động đang mở; xem bằng lệnh: cchc notices.")


HELP: dict[Callable[..., None], str] = {
    init: "Tạo hoặc nâng cấp thư mục dữ liệu: cơ sở dữ liệu, khóa, kế hoạch, thư viện. Chạy lại không sao.",
    tick: "Chạy tay một lượt: những gì đã đến giờ, rồi các việc theo lịch.",
    collect: "Thu số liệu của mọi kênh ngay bây giờ.",
    summary: "Lập bản tổng hợp tương tác của một tuần: HTML, văn bản, JSON, biểu đồ, PDF, Word, Excel; gửi thư.",
    status: "Xem dịch vụ có đang chạy không, các kênh ra sao, việc gì cần người xử lý.",
}
"""These commands, with their words for staff."""
