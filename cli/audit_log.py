"""`cchc audit seal`, `verify` and `export`: the chain of the audit log."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from cli import settings as settings_module
from cli.acts import at_the_server, leave
from cli.console import say
from cli.errors import UserError
from cli.settings import CommonSettings
from cli.when import parse_day
from cli.wiring import open_database, open_vault
from content.vietnamese import day, number
from records.chain import AGE, Sealed, Stamps, is_stamped, parse_head
from records.chain import seal as seal_rows
from records.export import export as write_out
from records.verify import keep
from records.verify import verify as hold_against
from reports.periods import midnight
from scheduler.clock import SystemClock
from scheduler.db import writing
from web.acts import Act


def register(app: typer.Typer) -> None:
    """Add these commands to `cchc audit`."""
    app.command("seal", help="Niêm phong ngay những việc đã ghi quá một phút; in đầu chuỗi để lưu ở nơi khác.")(seal)
    app.command("verify", help="Kiểm tra toàn bộ chuỗi với các dòng gốc; mã thoát 1 khi có gì bị sửa, xóa, chèn.")(
        verify
    )
    app.command("export", help="Xuất nhật ký kiểm toán ra một thư mục mà bên nhận tự kiểm tra được.")(export)


def seal(
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Ghi tiếp sau khi tệp khóa đã được thay bằng tệp khác.")
    ] = False,
) -> None:
    """Seal what is old enough, all of it; print the head."""
    engine, stamps = _opened(settings_module.load())
    age = AGE
    if new_key and not is_stamped(engine, stamps):
        with writing(engine) as session:
            words = "Yêu cầu ghi tiếp nhật ký kiểm toán bằng tệp khóa mới"
            leave(session, Act.KEY, "", words, now=SystemClock().now())
        age = timedelta(0)  # the order itself is what the new key seals first, even when nothing else waits
    now = SystemClock().now()
    count = 0
    done: Sealed | None = None
    while done is None or (not done.is_complete and done.count):
        done = seal_rows(engine, stamps, now=now, age=age, new_key=new_key and count == 0)
        count += done.count
    say(f"Đã niêm phong {number(count)} mục. Đầu chuỗi: {done.head}")


def verify(
    heads: Annotated[
        list[str] | None, typer.Option("--head", help="Đầu chuỗi đã lưu ở nơi khác, như 12:ab…; ghi nhiều lần được.")
    ] = None,
) -> None:
    """Hold the chain against its sources. Exit code 1 when something was changed."""
    engine, stamps = _opened(settings_module.load())
    known = [parse_head(one) for one in heads or []]
    checked = hold_against(engine, stamps, now=SystemClock().now(), heads=known)
    if checked.is_sound or not known:  # a head that was typed wrong must not tell the whole desk of tampering
        with writing(engine) as session:
            keep(session, checked, actor=at_the_server(), now=SystemClock().now())
    say(f"Đã đọc {number(checked.entries)} mục; {number(checked.unsealed)} việc mới ghi chưa niêm phong.")
    if checked.gone:
        say(f"{number(checked.gone)} dòng gốc đã hết thời hạn lưu; mã băm của chúng vẫn trong chuỗi.")
    if checked.unstamped:
        say(f"{number(checked.unstamped)} mục mang dấu của tệp khóa cũ; các dấu về sau bảo đảm cho chúng.")
    for one in checked.findings:
        say(f"✗ {one.words}")
    say(f"Đầu chuỗi: {checked.head}")
    if not checked.is_sound and known:
        say(
            "Kết quả này không ghi lại ở bàn làm việc vì có --head: hãy so lại đầu chuỗi đã gõ (đầu chuỗi từ trước một "
            "lần khôi phục không còn đúng), rồi chạy cchc audit verify không kèm --head."
        )
    if not checked.is_sound:
        raise UserError(f"Nhật ký kiểm toán có {number(checked.count)} điểm không đúng.")
    say("Nhật ký nguyên vẹn.")


def export(
    first: Annotated[str, typer.Option("--from", help="Ngày đầu, như 01/11/2026.")],
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, kể cả ngày đó.")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục để ghi vào; được tạo nếu chưa có.")],
) -> None:
    """Hand out the entries of these days, with the rows they seal, so that the receiver can check them."""
    starts, ends = parse_day(first, "--from"), parse_day(last, "--to")
    if starts > ends:
        raise UserError(f"--from: ngày đầu {day(starts)} sau ngày cuối {day(ends)}; hãy đổi lại.")
    engine, _ = _opened(settings_module.load())
    now = SystemClock().now()
    try:
        done = write_out(engine, out, midnight(starts), midnight(ends + timedelta(days=1)), now=now)
    except FileExistsError:
        raise UserError(f"Thư mục {out} đã có một bản xuất nhật ký; hãy chọn thư mục khác.") from None
    with writing(engine) as session:
        words = f"{number(done.entries)} mục, từ ngày {day(starts)} đến ngày {day(ends)}"
        leave(session, Act.EXPORT, str(out), words, now=now)
    for path in done.files:
        say(str(path))
    say(f"Đã xuất {number(done.entries)} mục, từ mục {done.first} đến mục {done.last}.")


def _opened(settings: CommonSettings) -> tuple[Engine, Stamps]:
    engine = open_database(settings)
    return engine, Stamps.of(open_vault(settings, engine))
