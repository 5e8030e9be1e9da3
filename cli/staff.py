"""`cchc staff …`: the people of the desk, for whoever looks after the server; the first one comes in this way."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import Session, select

from cli import settings as settings_module
from cli.acts import leave
from cli.console import say, table
from cli.errors import UserError
from cli.library import choice
from cli.settings import CommonSettings
from cli.web import USUAL_PORT
from cli.wiring import open_database
from content.vietnamese import moment
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from web import totp
from web.acts import Act
from web.agencies import agency_names
from web.erasing import erase, told
from web.roles import ROLE_WORDS, Role
from web.staff import INVITATION_LIVES, Facts, add, change, invite, roles_in_words, staff_of
from web.tables import Staff

app = typer.Typer(no_args_is_help=True)

ROLES_HELP = "; ".join(f"{role} = {words}" for role, words in ROLE_WORDS.items())

Login = Annotated[str, typer.Argument(metavar="TÊN_ĐĂNG_NHẬP", help="Như lan, hoặc lan.nguyen.")]


@app.command("add", help="Thêm một người và in đường dẫn mời để người đó tự đặt mật khẩu.")
def add_person(
    login: Login,
    name: Annotated[str, typer.Option(help="Họ tên, như nhật ký sẽ ghi.")],
    role: Annotated[list[str], typer.Option(help=f"Vai trò; ghi nhiều lần được. {ROLES_HELP}.")],
    agency: Annotated[str, typer.Option(help="Mã cơ quan trong kế hoạch; bỏ trống: đơn vị quản lý các kênh.")] = "",
) -> None:
    """Add a person and print the link with which they set their password."""
    known = {one.value: words for one, words in ROLE_WORDS.items()}
    roles = tuple(dict.fromkeys(Role(found) for one in role if (found := choice(one, "--role", known))))
    settings = settings_module.load()
    now = SystemClock().now()
    with writing(open_database(settings)) as session:
        row = add(session, login, Facts(name, roles, agency), agencies=agency_names(session), now=now)
        token = invite(session, row, now=now)
        words = f"thêm: {row.name}; vai trò: {roles_in_words(row.roles)}"
        leave(session, Act.PERSON, row.login, words, now=now)
    say(f"Đã thêm {row.name} ({row.login}): {roles_in_words(row.roles)}.")
    _print_link(settings, token)


@app.command("list", help="Xem mọi người dùng, vai trò và tình trạng.")
def list_people() -> None:
    """Everybody, with roles and how they stand."""
    with reading(open_database(settings_module.load())) as session:
        rows = session.exec(select(Staff).order_by(Staff.login)).all()
    table(
        "Người dùng",
        ("Tên đăng nhập", "Họ tên", "Vai trò", "Cơ quan", "Hai bước", "Tình trạng", "Thêm lúc"),
        [
            (
                row.login, row.name, roles_in_words(row.roles), row.agency or "-", "có" if row.totp else "không",
                _stands(row), moment(row.created_at),
            )
            for row in rows
        ],
        whole=("Tên đăng nhập",),
    )  # fmt: skip


def _stands(row: Staff) -> str:
    if not row.active:
        return "đã ngừng"
    return "đang dùng" if row.password_hash else "chưa đặt mật khẩu"


@app.command("invite", help="In đường dẫn mời mới, khi đường dẫn cũ hết hạn hoặc người dùng quên mật khẩu.")
def invite_again(
    login: Login,
    no_totp: Annotated[
        bool, typer.Option("--no-totp", help="Tắt luôn xác thực hai bước, khi người dùng mất điện thoại.")
    ] = False,
) -> None:
    """Print a new link; older links open nothing any more."""
    settings = settings_module.load()
    now = SystemClock().now()
    with writing(open_database(settings)) as session:
        row = _known(session, login)
        if not row.active:
            raise UserError(f"{row.name} đã ngừng sử dụng; một quản trị viên phải cho dùng lại trước.")
        if no_totp:
            totp.drop(session, row.id or 0, now=now)
        token = invite(session, row, now=now)
        words = "đường dẫn mời mới" + ("; tắt xác thực hai bước" if no_totp else "")
        leave(session, Act.PERSON, row.login, words, now=now)
    _print_link(settings, token)


@app.command("off", help="Ngừng một người: mọi phiên đăng nhập và mã truy cập của người đó hết hiệu lực ngay.")
def switch_off(login: Login) -> None:
    """Switch a person off; their name stays in the history."""
    engine: Engine = open_database(settings_module.load())
    now = SystemClock().now()
    with writing(engine) as session:
        row = _known(session, login)
        facts = Facts(row.name, tuple(Role(one) for one in row.roles), row.agency, active=False)
        change(session, row, facts, agencies=agency_names(session), now=now)
        leave(session, Act.PERSON, row.login, "ngừng", now=now)
    say(f"Đã ngừng {row.name} ({row.login}); các bài và nhật ký vẫn giữ tên người này.")


@app.command("export-data", help="Ghi mọi dữ liệu hệ thống lưu về một người dùng ra tệp JSON, khi người đó yêu cầu.")
def export_data(
    login: Login,
    out: Annotated[Path, typer.Option("--out", help="Tệp JSON sẽ ghi; không ghi đè tệp đã có.")],
) -> None:
    """Write down what is stored of a person."""
    engine, now = open_database(settings_module.load()), SystemClock().now()
    with reading(engine) as session:
        row = _known(session, login)
        try:
            with out.open("x", encoding="utf-8") as file:
                file.writelines(told(session, row, now=now))
        except FileExistsError:
            raise UserError(f"{out}: đã có tệp này; hãy chọn tên khác.") from None
    with writing(engine) as session:
        leave(session, Act.PERSONAL_DATA, row.login, "trích xuất dữ liệu theo yêu cầu", now=now)
    say(f"Đã ghi dữ liệu của {row.name} ({row.login}) vào {out}; chỉ giao cho đúng người đó.")


@app.command("erase", help="Xóa dữ liệu cá nhân của một người; hồ sơ (duyệt, nhật ký) vẫn giữ tên theo Luật Lưu trữ.")
def erase_person(
    login: Login,
    yes: Annotated[bool, typer.Option("--yes", help="Xóa thật; không có thì chỉ báo trước.")] = False,
) -> None:
    """Erase a person's data; what a record has to name stays."""
    now = SystemClock().now()
    with writing(open_database(settings_module.load())) as session:
        row = _known(session, login)
        if not yes:
            raise UserError(
                f"Sẽ xóa họ tên, tên đăng nhập, mật khẩu, phiên và mã truy cập của {row.name} ({row.login}), không lấy "
                "lại được; hồ sơ vẫn giữ tên. Nếu đúng, chạy lại với --yes."
            )
        pseudonym = erase(session, row, now=now)
        leave(session, Act.PERSONAL_DATA, pseudonym, "xóa dữ liệu cá nhân theo yêu cầu", now=now)
    say(f"Đã xóa. Từ nay hiện là “{pseudonym}”; tên đăng nhập dùng lại được.")


def _known(session: Session, login: str) -> Staff:
    row = staff_of(session, login)
    if row is None:
        raise UserError(f"Không có người dùng “{login}”; xem danh sách bằng lệnh: cchc staff list.")
    return row


def _print_link(settings: CommonSettings, token: str) -> None:
    address = settings.web_address or f"http://{_host(settings)}:{settings.web_port or USUAL_PORT}"
    say(f"Gửi riêng cho người đó đường dẫn này; chỉ dùng được một lần, trong {INVITATION_LIVES.days} ngày:")
    say(f"{address}/moi/{token}")


def _host(settings: CommonSettings) -> str:
    """A host that listens everywhere is not one a browser can go to."""
    return "127.0.0.1" if settings.web_host in ("0.0.0.0", "::") else settings.web_host  # noqa: S104  compared, not bound
