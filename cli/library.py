"""`cchc library …`: check the files, load them, list what is there."""

from collections import Counter
from typing import Annotated

import typer
from sqlmodel import col, select

from cli import settings as settings_module
from cli.console import say, table
from cli.wiring import build, open_database
from content.checks import Grade, tell
from content.editorial import STATE_WORDS
from content.errors import LibraryError
from content.library import prepare_library, read_every_post, write_library
from content.plan import active_plan, load_plan, read_plan
from content.tables import Editorial, Post
from content.vietnamese import fold, local_day
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.service import Service

app = typer.Typer(help="Thư viện nội dung: kiểm tra, nạp, xem.", no_args_is_help=True)


@app.command(
    "check", help="Đọc và kiểm tra mọi tệp của thư viện; không ghi gì. Mã kết thúc 1 khi có tệp không nạp được."
)
def check(warnings: Annotated[bool, typer.Option(help="Có in các điểm cần xem lại không.")] = True) -> None:
    """Read and check every file of the library; write nothing."""
    settings = settings_module.load()
    plan = read_plan(settings.plan_dir)
    posts, broken = read_every_post(settings.library_dir, plan)
    today = local_day(SystemClock().now())
    order = {topic.letter: topic.order for topic in plan.topics}
    counts: Counter[Grade] = Counter()
    for post in sorted(posts, key=lambda post: (order[post.topic], post.key)):
        found = post.findings(plan, today=today)
        counts.update({one.grade for one in found})
        lines = tell(found, warnings=warnings)
        if lines:
            say("\n".join([f"{post.file} (điểm {post.topic}) {post.title}", *lines]))
    topics = {post.topic for post in posts}
    missing = [letter for letter in plan.letters if letter not in topics]
    say(
        f"{len(posts)} bài đúng quy cách, trong đó {counts[Grade.TO_FILL]} bài còn chỗ phải điền và "
        f"{counts[Grade.WARNING]} bài có điểm cần xem lại; thiếu nội dung: {', '.join(missing) or 'không có'}."
    )
    if broken:
        raise LibraryError(broken)


@app.command("load", help="Nạp kế hoạch và mọi tệp của thư viện; đủ cả hoặc không gì cả.")
def load() -> None:
    """Bring the plan and every file of the library into the tables; all or nothing."""
    settings = settings_module.load()
    service = build(settings)
    say(load_everything(service, settings))


def load_everything(service: Service, settings: settings_module.CommonSettings) -> str:
    """Load the plan and the library; one sentence about what changed."""
    now = service.clock.now()
    plan = read_plan(settings.plan_dir)
    ready = prepare_library(settings.library_dir, plan, service.store)
    with writing(service.engine) as session:
        load_plan(session, plan, now)
        report = write_library(session, ready, now)
    return (
        f"Đã nạp kế hoạch “{plan.title}” và thư viện: "
        f"{len(report.new)} bài mới, {len(report.changed)} bài thay đổi, {len(report.same)} bài giữ nguyên."
    )


@app.command("list", help="Xem các bài đã nạp, theo thứ tự nội dung của kế hoạch.")
def list_posts(search: Annotated[str, typer.Argument(help="Từ cần tìm; gõ không dấu cũng được.")] = "") -> None:
    """List the posts that were loaded, in the plan's order of topics."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        plan = active_plan(session)
        statement = select(Post).where(col(Post.search_key).contains(fold(search), autoescape=True))
        posts = session.exec(statement).all()
    order = {topic.letter: topic.order for topic in plan.topics}
    rows = [
        (post.topic, post.key, post.title, STATE_WORDS[Editorial(post.state)])
        for post in sorted(posts, key=lambda post: (order.get(post.topic, 99), post.key))
    ]
    table("Thư viện nội dung", ("Điểm", "Bài", "Tiêu đề", "Trạng thái"), rows, whole=("Bài",))
