"""`cchc library …`: check the files, load them, list what is there."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer
from sqlmodel import Session

from cli import settings as settings_module
from cli.acts import leave
from cli.console import say, table
from cli.errors import UserError
from cli.wiring import build, open_database, plan_of
from content.checks import FORMS, Grade, tell
from content.drawings import kept_pictures
from content.editorial import STATE_WORDS
from content.errors import LibraryError
from content.library import prepare_library, read_every_post, write_library
from content.plan import active_plan, changes_at_the_desk, load_plan, plan_as_changed, read_plan
from content.search import search
from content.tables import Editorial
from content.vietnamese import fold, local_day, nfc, number
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.service import Service
from web.acts import Act, hashes

PAGE = 50
"""Posts shown at once."""

app = typer.Typer(no_args_is_help=True)


@app.command(
    "check", help="Đọc và kiểm tra mọi tệp của thư viện; không ghi gì. Mã kết thúc 1 khi có tệp không nạp được."
)
def check(warnings: Annotated[bool, typer.Option(help="Có in các điểm cần xem lại không.")] = True) -> None:
    """Read and check every file of the library; write nothing."""
    settings = settings_module.load()
    plan = plan_of(settings)
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
    """Load the plan and the library; what changed, and which posts have to go before the approver again."""
    now = service.clock.now()
    plan = read_plan(settings.plan_dir)
    with reading(service.engine) as session:
        kept = kept_pictures(session, service.store)
        ours = plan_as_changed(session, plan)
        changed = changes_at_the_desk(session, plan.code)
    ready = prepare_library(settings.library_dir, ours, service.store, kept=kept)
    with writing(service.engine) as session:
        load_plan(session, plan, now)
        report = write_library(session, ready, now)
        if report.new or report.changed:
            told = f"{len(report.new)} bài mới, {len(report.changed)} bài thay đổi"
            leave(session, Act.LIBRARY, settings.library_dir.name, told, now=now)
        plan_act(session, plan.code, plan.title, now)
    notes = "".join(f"{note}\n" for note in report.notes)
    if changed:
        files = ", ".join(f"{part}.yml" for part in changed)
        notes += f"Trang Cấu hình đã có bản sửa riêng, dùng thay cho {files} của kế hoạch.\n"
    left = f", {len(report.left)} bài thuộc trang Soạn bài nên không nạp đè" if report.left else ""
    again = f"\nCần trình duyệt lại: {', '.join(report.ended)}." if report.ended else ""
    return (
        f"{notes}Đã nạp kế hoạch “{plan.title}” và thư viện: "
        f"{len(report.new)} bài mới, {len(report.changed)} bài thay đổi, "
        f"{len(report.same)} bài giữ nguyên{left}.{again}"
    )


def plan_act(session: Session, code: str, title: str, now: datetime) -> None:
    """An act for a plan that is another one than the log knows; loading the same again is none."""
    before, after = hashes(session, Act.PLAN, code)
    if before != after:
        leave(session, Act.PLAN, code, title, now=now)


@app.command("list", help="Xem hoặc tìm các bài đã nạp, từng trang; gõ không dấu cũng tìm được.")
def list_posts(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TỪ]...", help="Từ cần tìm, thứ tự nào cũng được; cụm trong dấu “ ” đứng liền nhau."),
    ] = None,
    topic: Annotated[str, typer.Option(help="Chỉ một nội dung của kế hoạch: a, b, c, d, đ…")] = "",
    form: Annotated[str, typer.Option(help=f"Chỉ một hình thức: {', '.join(FORMS)}.")] = "",
    state: Annotated[str, typer.Option(help=f"Chỉ một trạng thái: {', '.join(Editorial)}.")] = "",
    page: Annotated[int, typer.Option(min=1, help="Trang thứ mấy.")] = 1,
) -> None:
    """Find posts by their words, or list them in the plan's order of topics; a page at a time."""
    search_words = " ".join(words or [])
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        found = search(
            session,
            search_words,
            topic=choice(topic, "--topic", {letter: letter for letter in active_plan(session).letters}),
            form=choice(form, "--form", FORMS),
            state=choice(state, "--state", {one.value: word for one, word in STATE_WORDS.items()}),
            limit=PAGE,
            offset=(page - 1) * PAGE,
        )
    if not found.posts:
        say(_nothing(found.total))
        return
    rows = [(post.topic, post.key, post.title, STATE_WORDS[Editorial(post.state)]) for post in found.posts]
    table("Thư viện nội dung", ("Điểm", "Bài", "Tiêu đề", "Trạng thái"), rows, whole=("Bài",))
    first = (page - 1) * PAGE + 1
    more = f" Xem tiếp bằng --page {page + 1}." if found.total >= first + PAGE else ""
    shown = f", từ bài {number(first)} đến bài {number(first + len(rows) - 1)}" if found.total > len(rows) else ""
    say(f"Có {number(found.total)} bài{shown}.{more}")


def choice(given: str, option: str, known: Mapping[str, str]) -> str | None:
    """The value a person means by its code or its words, marks or no marks. Raises `UserError` for another."""
    if not given:
        return None
    asked = nfc(given).casefold()
    exact = [code for code, word in known.items() if asked in (code.casefold(), word.casefold())]
    loose = [code for code, word in known.items() if fold(given) in (fold(code), fold(word))]
    if not exact and len(loose) != 1:
        raise UserError(f"{option}: không có “{given}”; chỉ có {', '.join(known)}.")
    return (exact or loose)[0]


def _nothing(total: int) -> str:
    if total:
        return f"Trang này không có; tất cả có {number(total)} bài, mỗi trang {PAGE} bài."
    return "Không có bài nào như vậy; hãy thử ít từ hơn hoặc bỏ bớt điều kiện lọc."
