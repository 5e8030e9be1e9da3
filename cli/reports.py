"""`cchc report …`: official reports; `check` reads a Word file against the official form."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say
from cli.errors import UserError
from reports.official.check import check as check_form

app = typer.Typer(
    help="Báo cáo theo thể thức văn bản hành chính: kiểm tra thể thức của tệp Word.", no_args_is_help=True
)

_MOST_BYTES = 64 * 2**20


@app.command("check", help="Kiểm tra thể thức một tệp Word theo Nghị định 30/2020/NĐ-CP; mã kết thúc 1 khi chưa đạt.")
def check(file: Annotated[Path, typer.Argument(help="Tệp .docx cần kiểm tra.")]) -> int:
    """Print each rule, met or not; exit code 1 when one is not."""
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UserError(f"{file}: tệp lớn hơn 64 MB; hãy bớt hình trong phụ lục rồi kiểm tra lại.")
    results = check_form(content)
    for one in results:
        say(f"{'✓' if one.met else '✗'} {one.code}. {one.words}: {'đạt' if one.met else 'chưa đạt'} ({one.seen}).")
    unmet = [one.code for one in results if not one.met]
    if unmet:
        say(f"Chưa đạt {len(unmet)}/{len(results)} quy tắc: {', '.join(unmet)}.")
        return 1
    say(f"Đạt cả {len(results)} quy tắc.")
    return 0
