"""`cchc library gallery`: every picture the product draws, in one folder to look at."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli import settings as settings_module
from cli.console import complain, say, screen
from cli.wiring import plan_of
from content.errors import ContentError
from content.infographic.gallery import read_specs, shots_of, write_gallery
from content.palette import PALETTES
from content.vietnamese import number

SPECS = settings_module.ROOT / "assets" / "infographics"


def register(app: typer.Typer) -> None:
    """Put the command where it belongs."""
    app.command(
        "gallery",
        help="Vẽ mọi mẫu infographic ở mọi khổ và bảng màu, kèm bảng ảnh nhỏ và trang index.html để xem.",
    )(gallery)


def gallery(
    out: Annotated[Path | None, typer.Option(help="Thư mục để ghi; mặc định là gallery trong thư mục dữ liệu.")] = None,
    brand: Annotated[str, typer.Option(help="Mã cơ quan ký dưới ảnh (agencies.yml); mặc định là mục đầu.")] = "",
    palette: Annotated[list[str] | None, typer.Option(help="Chỉ vẽ bảng màu này; có thể ghi nhiều lần.")] = None,
    specs: Annotated[Path, typer.Option(help="Thư mục tệp mô tả infographic.", show_default=False)] = SPECS,
) -> None:
    """Write the gallery; one sentence at the end says where."""
    palettes = palette or list(PALETTES)
    for name in palettes:
        if name not in PALETTES:
            raise ContentError(f"--palette: không có bảng màu “{name}”; chỉ nhận một trong: {', '.join(PALETTES)}.")
    settings = settings_module.load()
    plan = plan_of(settings)
    folder = out or settings.data_dir / "gallery"
    shots = list(shots_of(read_specs(specs), palettes, plan.signing, plan.brand(brand)))
    columns = (TextColumn("Đang vẽ"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(shots))
        made = write_gallery(folder, shots, lambda done, _all: bar.update(task, completed=done))
    for problem in made.problems:
        complain(problem)
    say(f"Đã vẽ {number(len(made.shots))} ảnh và {len(made.sheets)} bảng ảnh nhỏ; mở {folder / 'index.html'} để xem.")
    if made.problems:
        raise typer.Exit(1)
