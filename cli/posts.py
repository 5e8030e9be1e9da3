"""`cchc post …`: look at one post, put it before the approver, approve or return it."""

from typing import Annotated

import typer
from sqlmodel import col, select

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.wiring import build, open_database, submissions
from connectors import CONNECTORS, connector_class
from content.checks import FORMS, tell
from content.editorial import ACTION_WORDS, STATE_WORDS, give_back
from content.standing import Step
from content.tables import Editorial, Post, Review
from content.vietnamese import moment
from scheduler.channels import find_channel
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.submission import ACCEPT
from scheduler.tables import Channel

app = typer.Typer(no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="Tên bài: tên tệp bỏ đuôi .md.")]
Keys = Annotated[list[str], typer.Argument(help="Một hay nhiều bài.")]
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]
Accept = Annotated[
    bool,
    typer.Option(ACCEPT, help="Đã xem các cảnh báo và chấp nhận; nội dung chấp nhận được ghi vào nhật ký của bài."),
]


@app.command("show", help="Xem một bài, nhật ký của bài và điều gì cản bài trên mỗi kênh.")
def show(key: Key, channel: Annotated[str, typer.Option(help="Chỉ kiểm tra theo nền tảng của kênh này.")] = "") -> None:
    """Show a post, its history, and what would stop it on a channel."""
    settings = settings_module.load()
    service = build(settings)
    with reading(service.engine) as session:
        post = session.exec(select(Post).where(Post.key == key)).one_or_none()
        if post is None:
            raise UserError(f"Không có bài “{key}” trong thư viện; xem danh sách bằng lệnh: cchc library list.")
        reviews = session.exec(select(Review).where(Review.post_id == post.id).order_by(col(Review.id))).all()
        channels = [find_channel(session, channel)] if channel else session.exec(select(Channel)).all()
        found = [(one.key, problem) for one in channels for problem in service.desk.check(session, post, one)]
        findings = submissions(service, settings).findings(session, post, now=service.clock.now())
    places = ", ".join(
        connector_class(name).capabilities.label if name in CONNECTORS else name for name in post.platforms
    )
    say(f"{post.title}\nĐiểm {post.topic} · {FORMS[post.form]} · {STATE_WORDS[Editorial(post.state)]}")
    say(f"Dành cho: {places}\nNguồn: {post.source or '-'}\n\n{post.body}\n")
    told = {one.words for one in findings}
    if findings:
        say("\n".join(["Kiểm tra trước khi trình duyệt:", *tell(findings)]))
    for channel_key, problem in found:
        if problem.words not in told:
            say(f"{channel_key}: {problem.field}: {problem.words}")
    rows = [(moment(row.at), ACTION_WORDS.get(row.action, row.action), row.actor, row.reason) for row in reviews]
    table("Nhật ký", ("Lúc", "Việc", "Người", "Lý do"), rows)


@app.command("submit", help="Kiểm tra rồi trình duyệt một hay nhiều bài; còn lỗi hay chỗ chưa điền thì không trình.")
def submit_post(keys: Keys, by: By, accept_warnings: Accept = False) -> None:
    """Check posts and put them before the approver."""
    settings = settings_module.load()
    service = build(settings)
    submissions(service, settings).submit(keys, by, now=service.clock.now(), accept_warnings=accept_warnings)
    say(f"Đã trình duyệt {len(keys)} bài.")


@app.command(
    "approve",
    help="Kiểm tra lại rồi duyệt các bài đúng như hiện có; không ai tự duyệt bài mình viết. Bài nhạy cảm cần hai "
    "người: người đầu duyệt cấp 1, người sau phê duyệt.",
)
def approve_post(
    keys: Keys,
    by: By,
    accept_warnings: Accept = False,
    urgent: Annotated[
        str, typer.Option("--urgent", help="Khẩn: một người phê duyệt bài nhạy cảm một mình, kèm lý do.")
    ] = "",
) -> None:
    """Check once more and say yes to posts exactly as they are now; nobody approves what they wrote."""
    settings = settings_module.load()
    service = build(settings)
    steps = submissions(service, settings).approve(
        keys, by, now=service.clock.now(), accept_warnings=accept_warnings, urgent=urgent
    )
    first = [key for key, step in steps.items() if step is Step.FIRST]
    if len(steps) > len(first):
        done = len(steps) - len(first)
        say(f"Đã duyệt {done} bài. Mục đang giữ vì chưa duyệt sẽ tự trở lại hàng chờ nếu chưa quá giờ.")
    if first:
        say(
            f"Đã duyệt cấp 1: {len(first)} bài nhạy cảm ({', '.join(first)}), chưa được đăng: một người khác chạy lại "
            "lệnh này với tên của mình để phê duyệt cấp 2."
        )


@app.command("return", help="Trả lại bài cho người soạn, kèm lý do; bài không còn được coi là đã duyệt.")
def return_post(key: Key, by: By, reason: Annotated[str, typer.Option("--reason", help="Cần sửa điều gì.")]) -> None:
    """Return a post to its editor with a reason; its approval ends."""
    with writing(open_database(settings_module.load())) as session:
        give_back(session, key, by, reason, SystemClock().now())
    say(f"Đã trả lại bài “{key}”.")
