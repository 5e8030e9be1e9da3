"""`cchc pause …`: stop what goes out, let it go on, and decide about what was held."""

from enum import StrEnum
from typing import Annotated

import typer
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_moment
from cli.wiring import build
from content.office import REASON_WORDS
from content.office import pauses as texts
from content.vietnamese import moment
from scheduler.db import reading
from scheduler.pauses import begin as begin_pause
from scheduler.pauses import count_held, every, held_counts, in_force, remaining, standing, tell, where
from scheduler.pauses import end as end_pause
from scheduler.release import Released, all_back_to_draft, drop_all, spread
from scheduler.tables import Channel, Pause

app = typer.Typer(no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]
LISTED, SHOWN = 50, 20


class Reason(StrEnum):
    """Why, as it is typed."""

    MOURNING = "quoc_tang"
    DISASTER = "thien_tai"
    SECURITY = "su_co_bao_mat"
    ORDERED = "chi_dao"


class Rule(StrEnum):
    """What becomes of everything that was held, as it is typed."""

    SPREAD = "xep-lai"
    DROP = "bo-qua"
    DRAFT = "ve-nhap"


@app.command(
    "begin", help="Tạm dừng toàn bộ, hoặc một kênh, một cơ quan, một nhãn. Mục đến giờ được giữ lại, không mất."
)
def begin(
    reason: Annotated[Reason, typer.Argument(help="Lý do: quoc_tang, thien_tai, su_co_bao_mat hoặc chi_dao.")],
    by: By,
    words: Annotated[str, typer.Option("--words", help="Lời ghi; bỏ trống: lời mẫu của lý do.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Chỉ kênh này.")] = "",
    agency: Annotated[str, typer.Option("--agency", help="Chỉ các kênh và các bài của cơ quan có mã này.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="Chỉ các bài mang nhãn này, như tin-vui.")] = "",
    since: Annotated[str, typer.Option("--from", help="Từ lúc nào; bỏ trống: ngay bây giờ.")] = "",
    until: Annotated[str, typer.Option("--until", help="Đến lúc nào; bỏ trống: đến khi có người kết thúc.")] = "",
) -> None:
    """Stop what goes out; at most one of channel, agency and tag."""
    service = build(settings_module.load())
    with reading(service.engine) as session:
        usual = {one.reason: one.words for one in texts(session)}
    made = begin_pause(
        service.engine, reason.value, words or usual[reason.value], channel_key=channel, agency=agency, tag=tag,
        since=parse_moment(since, "--from") if since else None, until=parse_moment(until, "--until") if until else None,
        now=service.clock.now(), by=by,
    )  # fmt: skip
    say(f"Đã đặt lệnh tạm dừng số {made.id}. {tell(made)}")


@app.command("end", help="Kết thúc một lệnh tạm dừng; những mục bị giữ lại vẫn chờ người quyết định.")
def end(number: Annotated[int, typer.Argument(help="Số của lệnh tạm dừng.")], by: By) -> None:
    """Let things go on; nothing that is held goes out by itself."""
    service = build(settings_module.load())
    now = service.clock.now()
    ended = end_pause(service.engine, number, now=now, by=by)
    say(f"Đã kết thúc lệnh tạm dừng số {number}.")
    with reading(service.engine) as session:
        others, held = remaining(session, ended, now=now), count_held(session)
    for one in others:
        say(f"Vẫn còn lệnh số {one.id}: {tell(one)}")
    if held:
        say(f"{held} mục bị giữ lại đang chờ quyết định; xem lệnh: cchc pause release.")


@app.command("list", help="Xem các lệnh tạm dừng đang có và sắp tới; --all: cả những lệnh đã kết thúc.")
def list_pauses(
    everything: Annotated[bool, typer.Option("--all", help="Cả những lệnh đã kết thúc.")] = False,
) -> None:
    """The pauses that stand, or all of them, the latest first."""
    service = build(settings_module.load())
    now = service.clock.now()
    with reading(service.engine) as session:
        found = every(session, limit=LISTED) if everything else standing(session, now=now)
        held, channels = held_counts(session), _channels(session)
    rows = [
        (one.id, REASON_WORDS[one.reason], where(one, channels), "có" if in_force(one, now) else "không",
         moment(one.since), moment(one.ended_at or one.until),
         ", ".join(filter(None, (one.started_by, one.ended_by))), held.get(one.id or 0, 0))
        for one in found
    ]  # fmt: skip
    heads = ("Số", "Lý do", "Phạm vi", "Hiệu lực", "Từ", "Đến", "Người", "Giữ")
    table("Lệnh tạm dừng", heads, rows, whole=("Số", "Lý do"))


def _channels(session: Session) -> dict[int, str]:
    return {number: key for number, key in session.exec(select(Channel.id, Channel.key)) if number is not None}


@app.command(
    "release", help="Quyết định một lần cho tất cả những mục bị giữ lại (hoặc của một lệnh): xếp lại, bỏ qua, về nháp."
)
def release(
    rule: Annotated[Rule, typer.Argument(help="xep-lai (khung giờ trống tiếp theo), bo-qua hoặc ve-nhap.")],
    by: By,
    pause: Annotated[int, typer.Option("--pause", help="Chỉ những mục do lệnh tạm dừng này giữ.")] = 0,
    reason: Annotated[str, typer.Option("--reason", help="Lý do, ghi vào nhật ký.")] = "",
) -> None:
    """One rule for everything that pauses, or one of them, held; what is left is told."""
    service = build(settings_module.load())
    now, only = service.clock.now(), pause or None
    if only is not None:
        with reading(service.engine) as session:
            if not 0 < only < 2**31 or session.get(Pause, only) is None:
                raise UserError(f"Không có lệnh tạm dừng số {pause}.")
    if rule is Rule.SPREAD:
        spread_out = spread(service.desk, now=now, actor=by, pause_id=only)
        for number, at in spread_out.moved:
            say(f"Mục {number}: đăng lúc {moment(at)}.")
        _told(spread_out, "Đã xếp lại")
    elif rule is Rule.DROP:
        _told(drop_all(service.desk, now=now, actor=by, pause_id=only, reason=reason), "Đã bỏ qua")
    else:
        _told(all_back_to_draft(service.desk, now=now, actor=by, pause_id=only, reason=reason), "Đã chuyển về nháp")


def _told(found: Released, done: str) -> None:
    say(f"{done} {len(found.done)} mục.")
    for one in found.left[:SHOWN]:
        say(f"Còn mục {one.number} (“{one.title}”): {one.why}")
    if len(found.left) > SHOWN:
        say(f"Còn {len(found.left) - SHOWN} mục nữa cần tự quyết định; xem bằng lệnh: cchc queue list.")
    if found.more:
        say(f"Còn {found.more} mục chưa làm đến; hãy chạy lại lệnh này để tiếp tục.")
