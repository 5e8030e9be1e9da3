"""Which command stands in which module: a module is loaded when its command is called, not before.

All of them together take twice the memory and the start of what `cchc run` or `cchc status` needs. A new command is one
line here; `--help`, and a word that is no command, need no more than these lines.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import typer

COMMANDS = {
    "init": (
        "operate.init",
        "Tạo hoặc nâng cấp thư mục dữ liệu: cơ sở dữ liệu, khóa, kế hoạch, thư viện. Chạy lại không sao.",
    ),
    "demo": (
        "demo.demo",
        "Chạy thử trọn một tuần trên các nền tảng mô phỏng: nạp, kết nối, đăng, thu số liệu, tổng hợp.",
    ),
    "run": ("run.run", "Chạy dịch vụ: đăng bài, thu số liệu, tổng hợp; dừng gọn khi nhận SIGTERM hoặc Ctrl-C."),
    "tick": ("operate.tick", "Chạy tay một lượt: những gì đã đến giờ, rồi các việc theo lịch."),
    "collect": ("operate.collect", "Thu số liệu của mọi kênh ngay bây giờ."),
    "summary": (
        "operate.summary",
        "Lập bản tổng hợp tương tác của một tuần: HTML, văn bản, JSON, biểu đồ, PDF, Word, Excel; gửi thư.",
    ),
    "status": ("operate.status", "Xem dịch vụ có đang chạy không, các kênh ra sao, việc gì cần người xử lý."),
    "doctor": (
        "doctor.doctor",
        "Tìm những gì sẽ gây lỗi: cấu hình, cơ sở dữ liệu, khóa, đĩa, đồng hồ, phông chữ, ffmpeg, kênh, bản sao lưu.",
    ),
    "backup": (
        "restore.backup",
        "Sao lưu ngay: cơ sở dữ liệu, tư liệu, minh chứng; đọc lại để chắc bản sao dùng được.",
    ),
    "restore": (
        "restore.restore",
        "Khôi phục một bản sao vào thư mục mới; mọi mục đang chờ được đối chiếu với kênh trước khi đăng.",
    ),
    "restored": (
        "restore.restored",
        "Xem lần khôi phục gần nhất đã đối chiếu xong chưa; --since: báo dữ liệu này là bản cũ.",
    ),
    "restore-drill": (
        "restore.restore_drill",
        "Diễn tập: khôi phục bản sao mới nhất vào chỗ tạm và chứng minh là chạy được.",
    ),
    "coverage": ("coverage.show", "Ma trận độ phủ: nội dung theo kênh, cơ quan, hình thức, tháng; còn thiếu gì."),
    "connect": (
        "connect.connect",
        "Kết nối một tài khoản hoặc gia hạn quyền của kênh: mở địa chỉ được in ra và bấm cho phép.",
    ),
    "web": ("web.web", "Phục vụ bàn làm việc cho cán bộ trên trình duyệt; việc đăng bài vẫn do cchc run làm."),
    "worker": (
        "worker.worker",
        "Đăng những gì cchc run giao (CCHC_HANDS=workers): chạy bao nhiêu tiến trình, trên máy nào cũng được.",
    ),
    "days": ("days.days", "Xem ngày nghỉ, ngày kỷ niệm của một năm, nguồn của từng ngày và quy tắc xếp bài."),
    "move-to-postgresql": (
        "postgresql.move_to_postgresql",
        "Chuyển toàn bộ dữ liệu từ SQLite sang PostgreSQL đang trống mà CCHC_DATABASE_URL chỉ tới; tệp cũ giữ nguyên.",
    ),
    "export-data": (
        "export_data.export_data",
        "Xuất dữ liệu mở: mỗi khung nhìn một tệp CSV hoặc Parquet, kèm mô tả cột và mã băm.",
    ),
    "submissions": ("activities.submissions", "Xem cơ quan nào đã nộp, nộp trễ, chưa nộp theo hạn của kế hoạch."),
}
"""The commands that stand alone, in the order in which they are listed: the function, in a module of this folder, and
what it does, for staff."""
GROUPS = {
    "library": ("library", "Thư viện nội dung: kiểm tra, nạp, xem."),
    "post": ("posts", "Từng bài: xem, trình duyệt, duyệt, trả lại."),
    "queue": (
        "queue",
        "Hàng chờ đăng: thêm, xem, giữ, mở lại, hủy, lặp lại, kết luận, sửa, gỡ, gửi tới người quan tâm.",
    ),
    "plan": ("plan", "Chạy thử một tháng: lịch từng ngày, mục nào không đăng được và vì sao, còn thiếu gì, độ phủ."),
    "campaign": ("campaigns", "Chiến dịch: tạo, thêm bài, xem tiến độ, kết thúc, lập bản tổng hợp."),
    "activities": ("activities", "Hoạt động trực tiếp: xem, ghi, nhập từ bảng, xuất ra bảng."),
    "channels": ("channels", "Các kênh: xem, kiểm tra, kiểm chứng, khung giờ, quy tắc, giới hạn."),
    "figures": ("figures", "Số liệu: nhập tay, xem các lần thu, xem nguyên văn."),
    "pause": ("pause", "Tạm dừng khẩn cấp: đặt, kết thúc, xem, quyết định về những mục bị giữ lại."),
    "portal": ("portal", "Cổng thông tin điện tử: đọc nguồn tin để có đề xuất."),
    "report": (
        "reports",
        "Báo cáo theo thể thức văn bản hành chính: lập, xem danh sách, kiểm tra thể thức của tệp Word.",
    ),
    "notices": ("notices", "Thông báo: những điều cần biết trước khi quá muộn."),
    "staff": ("staff", "Người dùng bàn làm việc: thêm, xem, mời lại, ngừng."),
    "evidence": ("evidence", "Hồ sơ kiểm chứng của một kỳ: lập và kiểm tra."),
    "audit": (
        "audit",
        "Đối chiếu sổ của hệ thống với các kênh: bài mất, trùng, ngoài hệ thống, đã gỡ; mã thoát 1 khi có sai lệch. "
        "Các lệnh con: niêm phong, kiểm tra, xuất nhật ký kiểm toán.",
    ),
    "records": ("records", "Lưu trữ: lệnh giữ hồ sơ, thời hạn, gói lưu trữ tháng."),
    "keys": ("keys", "Khóa mở các bí mật đã lưu: đổi, kiểm tra, xuất một bản cất két."),
}
"""The commands that have commands of their own: the module whose `app` they are, and what they are for."""
MORE = {"library": ("clips", "exchange", "gallery"), "queue": ("month",), "audit": ("audit_log",)}
"""Further modules that add commands to a group."""


def program(called: str = "", *, whole: bool = False) -> typer.Typer:
    """The command `cchc` with what was called; where that is no command of it, or nothing, with the names and words of
    all, for a list or a hint. `whole`: with everything that they are."""
    known = called in COMMANDS or called in GROUPS
    app = typer.Typer(
        name="cchc",
        help="Vận hành kế hoạch truyền thông cải cách hành chính: thư viện, hàng chờ, kênh, số liệu, tổng hợp tuần.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_with_commands)
    for name, (place, words) in COMMANDS.items():
        if not known or name == called:
            app.command(name, help=words)(_command(place) if known or whole else _listed)
    for name, (_, words) in GROUPS.items():
        if not known or name == called:
            app.add_typer(_group(name) if known or whole else typer.Typer(), name=name, help=words)
    return app


def _with_commands() -> None:  # with only one command the library would take the program for that command itself
    pass


def _listed() -> None:
    raise AssertionError("a command that is only listed is not called")


def _command(place: str) -> Callable[..., Any]:
    module, _, function = place.partition(".")
    command: Callable[..., Any] = getattr(import_module(f"cli.{module}"), function)
    return command


@cache
def _group(name: str) -> typer.Typer:
    group: typer.Typer = import_module(f"cli.{GROUPS[name][0]}").app
    for more in MORE.get(name, ()):
        import_module(f"cli.{more}").register(group)
    return group
