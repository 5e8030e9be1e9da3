"""`cchc evidence make` and `cchc evidence verify`: a period as one ZIP that proves itself, and the proof of it."""

from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.acts import leave
from cli.console import complain, say
from cli.errors import UserError
from cli.when import parse_day, parse_moment
from cli.wiring import open_database
from content.documents import documents_in
from content.errors import ContentError
from content.plan import active_plan
from content.vietnamese import number
from reports.evidence.making import make as make_evidence
from reports.evidence.values import Asked, Made, asked_for
from reports.evidence.verifying import verify as verify_evidence
from scheduler.channels import find_channel
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from web.acts import Act

app = typer.Typer(help="Hồ sơ kiểm chứng của một kỳ: lập và kiểm tra.", no_args_is_help=True)
TOLD_MOST = 200
"""Problems that are printed one by one."""


@app.command("make", help="Lập hồ sơ kiểm chứng: một tệp ZIP gồm danh sách, nội dung, ảnh, số liệu và mã băm.")
def make(
    first: Annotated[str, typer.Option("--from", help="Ngày đầu, như 01/11/2026.")],
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, kể cả ngày đó.")],
    out: Annotated[Path, typer.Option("--out", help="Tệp ZIP sẽ ghi.")],
    cutoff: Annotated[str, typer.Option("--cutoff", help="Lúc chốt, như “31/12/2026 17:00”; bỏ trống: bây giờ.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="Chỉ một kênh.")] = "",
    topic: Annotated[str, typer.Option("--topic", help="Chỉ một điểm của kế hoạch, như đ.")] = "",
    videos: Annotated[bool, typer.Option("--videos/--no-videos", help="Có kèm video không.")] = True,
    by: Annotated[str, typer.Option("--by", help="Người thực hiện; bỏ trống: máy chủ.")] = "",
) -> None:
    """Write the file, leave a row of who made it, and print the hash for the office's book."""
    settings = settings_module.load()
    engine = open_database(settings)
    now = SystemClock().now()
    moment = parse_moment(cutoff, "--cutoff") if cutoff else None
    asked = asked_for(
        parse_day(first, "--from"), parse_day(last, "--to"), moment, now, channel=channel, topic=topic, videos=videos
    )
    target = out if out.suffix.lower() == ".zip" else out.with_name(f"{out.name}.zip")
    with reading(engine) as session:
        if channel:
            find_channel(session, channel)
        if topic and active_plan(session).topic(topic) is None:
            raise UserError(f"--topic: kế hoạch không có nội dung “{topic}”.")
    made = make_evidence(engine, settings.data_dir / "assets", documents_in(settings.data_dir), asked, target)
    with writing(engine) as session:
        leave(session, Act.EVIDENCE, target.name, f"{asked.label}; mã {made.manifest_sha256}", now=now, by=by)
    _tell(asked, made, target)


def _tell(asked: Asked, made: Made, target: Path) -> None:
    counts = made.counts
    say(f"Đã lập {target} ({number(made.size / 1024**2, 1)} MB), kỳ {asked.label}.")
    beside = counts.publications - counts.posts
    follow = f", {number(beside)} bình luận, tin, bản sửa theo bài" if beside else ""
    say(
        f"Gồm {number(counts.posts)} lượt đăng{follow} ({number(counts.withdrawn)} đã gỡ), "
        f"{number(counts.pictures)} ảnh, {number(counts.videos)} video, {number(counts.activities)} hoạt động."
    )
    for words in made.notes:
        say(f"Lưu ý: {words}")
    say(f"Mã kiểm chứng (ghi vào sổ): {made.manifest_sha256}")


@app.command("verify", help="Kiểm tra hồ sơ kiểm chứng; mã thoát 1 khi có điều sai.")
def verify(
    file: Annotated[Path, typer.Argument(help="Tệp ZIP.")],
    expected: Annotated[str, typer.Option("--hash", help="Mã kiểm chứng trong sổ của cơ quan.")] = "",
) -> None:
    """Hold the file against its manifest, and the manifest against the office's book."""
    found = verify_evidence(file, expected)
    for words in found.problems[:TOLD_MOST]:
        complain(words)
    if len(found.problems) > TOLD_MOST:
        complain(f"… và {number(len(found.problems) - TOLD_MOST)} điều nữa.")
    if not found.ok:
        raise ContentError(f"{file.name} KHÔNG nguyên vẹn: {number(len(found.problems))} điều sai.")
    say(f"{file.name} nguyên vẹn: {number(found.files)} tệp đều đúng danh mục.")
    if not expected:
        say("Chưa đối chiếu với sổ: hãy so mã dưới đây với mã đã ghi khi lập, hoặc thêm --hash.")
    say(f"Mã kiểm chứng: {found.manifest_sha256}{' (đúng như trong sổ)' if expected else ''}")
