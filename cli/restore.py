"""`cchc backup`, `cchc restore`, `cchc restored`, `cchc restore-drill`: a copy, an office from one, the proof."""

import shutil
import tempfile
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import col, select

from cli import drill
from cli import settings as settings_module
from cli.acts import leave
from cli.backup import back_up
from cli.carrying import carry
from cli.console import say
from cli.errors import UserError
from cli.restoring import Copy, beside, count_of, find_copy, unpack, wake
from cli.sealing import CopyKey, copy_key
from cli.settings import CommonSettings
from cli.when import parse_moment
from cli.wiring import DRILL, NUMBER_FILE, build, make_database, open_database
from content.vietnamese import LOCAL, moment, number
from scheduler import recovery
from scheduler.clock import SystemClock
from scheduler.db import open_engine, reading, writing
from scheduler.recovery_tables import Restoration
from scheduler.tables import JobRun
from scheduler.vault import Vault, VaultError, read_keys, write_keys
from web.acts import Act

KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="Tệp khóa age của bản sao đã mã hóa; bỏ trống: CCHC_BACKUP_KEY_FILE.")
]


def backup(
    to: Annotated[
        Path | None, typer.Option("--to", help="Thư mục bản sao; bỏ trống: backup trong CCHC_DATA_DIR.")
    ] = None,
) -> None:
    """A copy now, while everything runs, read again after it was written."""
    settings = settings_module.load()
    engine, now = open_database(settings), SystemClock().now()
    local, key = now.astimezone(LOCAL), copy_key(settings.backup_key_file)
    name = f"cchc-{local:%Y-%m-%d-%H%M%S}"
    say(back_up(engine, settings.data_dir, local.date(), to=to, key=key, now=now, name=name))
    with writing(engine) as session:
        leave(session, Act.BACKUP, name, str(to or ""), now=now)


def restore(
    copy: Annotated[
        Path, typer.Argument(metavar="BẢN_SAO", help="Thư mục bản sao (lấy bản mới nhất), hoặc một tệp cchc-….")
    ],
    into: Annotated[Path, typer.Option("--into", help="Thư mục dữ liệu mới: chưa có, trống, hoặc chỉ có tệp khóa.")],
    secrets: Annotated[Path | None, typer.Option("--secrets", help="Tệp khóa cchc.key để đặt vào thư mục mới.")] = None,
    key_file: KeyFile = None,
) -> None:
    """An office from a copy. A living one is never overwritten, and nothing is sent before the channels were asked."""
    settings = settings_module.load()
    key, chosen, now = copy_key(key_file or settings.backup_key_file), find_copy(copy), SystemClock().now()
    if not settings.embedded and settings.data_dir.absolute() != into.absolute():
        raise UserError("Với PostgreSQL, --into phải là CCHC_DATA_DIR; hãy sửa .env trước.")
    file = settings.key_file or into / "cchc.key"
    keys = _keys_for(file, secrets)
    with beside(into, elsewhere=None if settings.embedded else partial(_to_server, settings)) as work:
        engine = wake(unpack(chosen, work, key), chosen.made_at)
        try:
            noticed = recovery.notice(engine, work / NUMBER_FILE, own_file=False, now=now)
            with writing(engine) as session:
                leave(session, Act.RESTORE, chosen.name, f"Bản sao từ {moment(chosen.made_at)}", now=now)
        finally:
            engine.dispose()
        if keys:
            write_keys(file if settings.key_file else work / file.name, keys, only_new=True)
    put_aside = noticed.put_aside if noticed else 0
    say(f"Đã khôi phục {chosen.name} (từ {moment(chosen.made_at)}; {count_of(chosen.manifest)}) vào {into}.")
    say(
        f"{number(put_aside)} mục đang chờ được giữ lại: khi chạy, hệ thống hỏi các kênh trước, bài đã đăng sau lúc "
        "sao lưu được ghi nhận chứ không đăng lần nữa. Xem tiến độ: cchc restored."
    )
    if not file.exists():
        say(f"Còn thiếu tệp khóa: đặt {file} vào chỗ đó (hoặc cchc keys import), rồi chạy cchc doctor.")


def restored(
    since: Annotated[
        str,
        typer.Option(
            "--since", help="Dữ liệu này là bản từ lúc này, ví dụ “31/12/2026 02:00” (máy ảo quay về bản cũ)."
        ),
    ] = "",
) -> None:
    """How the comparison after the last restore stands; or tell by hand that this database is an older copy."""
    settings = settings_module.load()
    if since:
        copied_at = parse_moment(since, "--since")
        if copied_at > SystemClock().now():
            raise UserError("--since phải là một lúc đã qua.")
        with writing(open_database(settings)) as session:
            recovery.mark_as_copy(session, copied_at, recovery.TOLD)
    service = build(settings)
    with reading(service.engine) as session:
        last = session.exec(select(Restoration).order_by(col(Restoration.id).desc())).first()
        left = recovery.waits_to_be_compared(session)
    if last is None or last.noticed_at is None:
        say("Dữ liệu này chưa từng được khôi phục từ bản sao.")
        return
    say(
        f"Dữ liệu là bản từ {moment(last.copied_at)}, nhận ra lúc {moment(last.noticed_at)}; {number(last.put_aside)} "
        f"mục được giữ lại để đối chiếu, còn {number(left)} mục chưa có câu trả lời của kênh."
    )
    if left:
        say("Kênh mất quyền truy cập thì kết nối lại (cchc channels check); mục “Chưa rõ kết quả” cần người xem.")


def restore_drill(
    source: Annotated[
        Path | None, typer.Option("--from", help="Thư mục bản sao hoặc một bản; bỏ trống: backup.")
    ] = None,
    key_file: KeyFile = None,
) -> None:
    """Restore the newest copy into a temporary folder and prove that it lives; nothing of the office is touched."""
    settings = settings_module.load()
    began = SystemClock().now()
    engine = open_database(settings)
    chosen = find_copy(source or settings.data_dir / "backup")
    try:
        proofs = _drilled(settings, chosen, copy_key(key_file or settings.backup_key_file), began)
        failed = [one for one in proofs if not one.good]
    except Exception as error:  # whatever it is: a drill that failed is on record, and says so
        why = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        proofs, failed = [], [drill.Proof("Mở bản sao", False, " ".join(why.split())[:300])]
    say(f"Diễn tập khôi phục {chosen.name}, bản từ {moment(chosen.made_at)}")
    for one in proofs or failed:
        say(f"{'✓' if one.good else '✗'} {one.what}: {one.words}")
    words = f"Diễn tập khôi phục {chosen.name}: {'đạt' if not failed else failed[0].words}"
    _remember(engine, began, "failed" if failed else "ok", words)
    if failed:
        raise UserError("Diễn tập KHÔNG đạt: bản sao này chưa dùng để khôi phục được.")
    say("Diễn tập đạt: bản sao này khôi phục được. Không có gì được gửi đi, dữ liệu đang chạy không bị đụng tới.")


def _drilled(settings: CommonSettings, chosen: Copy, key: CopyKey | None, now: datetime) -> list[drill.Proof]:
    folder = Path(tempfile.mkdtemp(prefix="cchc-dien-tap-"))
    try:
        return drill.prove(settings, chosen, folder, key, now)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remember(engine: Engine, began: datetime, outcome: str, words: str) -> None:
    """The drill's row among the jobs: the date of the last good one is asked for in an inspection."""
    with writing(engine) as session:
        ended = SystemClock().now()
        session.add(
            JobRun(job=DRILL, slot=began, started_at=began, finished_at=ended, outcome=outcome, words=words[:500])
        )


def _to_server(settings: CommonSettings, file: Path) -> None:
    """The last step with PostgreSQL: all rows in one transaction, or none."""
    engine = open_engine(f"sqlite:///{file}")
    try:
        carry(engine, make_database(settings))
    finally:
        engine.dispose()


def _keys_for(file: Path, secrets: Path | None) -> list[bytes]:
    """The keys to put into `file`; none when it holds them already. Raises `UserError` when it holds other ones."""
    if secrets is None:
        return []
    try:
        keys = read_keys(secrets)
        Vault(keys)
    except (OSError, VaultError):
        raise UserError(f"Tệp {secrets} không phải tệp khóa đọc được.") from None
    if not file.exists():
        return keys
    if read_keys(file) != keys:
        raise UserError(
            f"Đã có tệp khóa {file}, khác với {secrets}; hãy chuyển tệp khóa đó đi nơi khác, hoặc bỏ "
            "--secrets để dùng nó."
        )
    return []
