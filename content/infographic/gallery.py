"""Everything the product draws, in one folder to look at: every template in every size and palette, contact sheets,
and the shipped specs as an office would post them.

Pictures are drawn and written one at a time; only the thumbnails of one sheet are kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from content.brand import Brand
from content.errors import ContentError
from content.infographic import SIZES, TEMPLATES, Spec, paint, parse_spec, read_spec
from content.infographic.canvas import png
from content.infographic.contact_sheet import Row, Thumb, contact_sheet, side_by_side
from content.palette import DEFAULT, PALETTES
from content.store import write_whole

SIZE_NAMES = {"portrait": "dọc 4:5", "square": "vuông 1:1", "wide": "ngang 16:9", "story": "tin 9:16"}
TEMPLATE_NAMES = {
    "facts": "Điều cần biết",
    "steps": "Các bước",
    "checklist": "Danh mục kiểm tra",
    "quote": "Trích dẫn",
    "compare": "So sánh",
    "key_figures": "Con số chính",
    "scene": "Cảnh của video",
    "timeline": "Dòng thời gian",
    "ranking": "Xếp hạng, chỉ số",
    "qa": "Hỏi và đáp",
    "notice": "Thông báo",
    "event": "Sự kiện",
}
SCENE = {
    "template": "scene",
    "icon": "calendar-check",
    "title": "Giữ giấy hẹn",
    "text": "Có mã hồ sơ và ngày trả kết quả",
}
"""Scenes stand in clips only, so no shipped infographic shows one."""

SHIPPED = "thu-vien"
"""The folder of the shipped specs."""

Progress = Callable[[int, int], None]
"""Is told how many pictures are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to draw, and where it goes."""

    spec: Spec
    size: str
    brand: Brand
    group: str
    """The palette's name, or `SHIPPED`: the folder it stands in and the sheet it is on."""

    @property
    def file(self) -> str:
        """Its path in the gallery."""
        return f"{self.group}/{Path(self.spec.name).stem}-{self.size}.png"

    @property
    def alternative_text(self) -> str:
        """The picture in words, with the name that signs it."""
        return self.spec.alternative_text(self.brand.signing(self.spec.agency, self.spec.name).name)


@dataclass(slots=True)
class Gallery:
    """What was written."""

    folder: Path
    shots: list[Shot] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Pictures that could not be drawn, each as a sentence that names the file."""


def read_specs(folder: Path) -> list[Spec]:
    """Every spec in a folder, in the order of names. Raises ContentError naming the file that is wrong."""
    specs = [read_spec(path) for path in sorted(folder.glob("*.yml"))]
    if not specs:
        raise ContentError(f"{folder}: không có tệp mô tả infographic (*.yml) nào; hãy kiểm tra đường dẫn.")
    return specs


def examples(specs: Sequence[Spec]) -> list[Spec]:
    """One spec of every template, in the order of the templates."""
    found: dict[str, Spec] = {}
    for spec in (*specs, parse_spec(SCENE, "canh-video.yml")):
        found.setdefault(spec.template, spec)
    return [found[template] for template in TEMPLATES if template in found]


def shots_of(
    specs: Sequence[Spec], palettes: Sequence[str], signing: Callable[[str], Brand], brand: Brand
) -> Iterator[Shot]:
    """Every picture of the gallery: templates by palette, then the shipped specs in the colours they will have.

    `signing` is what a spec's `agency` leads to (`Plan.signing`); `brand` signs what asks for nobody.
    """
    for palette in palettes:
        for spec in examples(specs):
            for size in SIZES:
                shown = spec.model_copy(update={"palette": palette})
                yield Shot(shown, size, signing(spec.agency) if spec.agency else brand, palette)
    for spec in specs:
        for size in spec.sizes:
            yield Shot(spec, size, signing(spec.agency) if spec.agency else brand, SHIPPED)


def write_gallery(folder: Path, shots: Sequence[Shot], progress: Progress = lambda _done, _all: None) -> Gallery:
    """Draw and write everything, with an index.html on top. A picture that cannot be drawn is told, not fatal.

    Files of an earlier gallery in the folder are replaced. Raises ContentError when the folder cannot be written.
    """
    gallery = Gallery(folder)
    whole: list[Image.Image] = []
    done = 0
    for group in dict.fromkeys(shot.group for shot in shots):
        rows: dict[str, Row] = {}
        for shot in (shot for shot in shots if shot.group == group):
            try:
                picture = paint(shot.spec, shot.size, shot.brand)
                write_whole(folder / shot.file, png(picture))
            except ContentError as error:
                gallery.problems.append(error.words)
            else:
                gallery.shots.append(shot)
                row = rows.setdefault(shot.spec.name, Row(TEMPLATE_NAMES[shot.spec.template], shot.spec.title))
                row.thumbs.append(Thumb.of(picture, shot.size))
            done += 1
            progress(done, len(shots))
        sheet = contact_sheet(_heading(group), list(rows.values()))
        _write_sheet(gallery, group, sheet)
        if group != SHIPPED:
            whole.append(sheet.reduce(2))
    if len(whole) > 1:
        _write_sheet(gallery, "tat-ca", side_by_side(whole))
    write_whole(folder / "index.html", _page(gallery).encode())
    return gallery


def _write_sheet(gallery: Gallery, name: str, sheet: Image.Image) -> None:
    file = f"bang-{name.replace('_', '-')}.png"
    write_whole(gallery.folder / file, png(sheet))
    gallery.sheets.append(file)


def _heading(group: str) -> str:
    return f"Bảng màu {PALETTES[group].name}" if group in PALETTES else "Infographic kèm theo phần mềm"


def _page(gallery: Gallery) -> str:
    """The index: local files only, every picture with its alternative text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    groups = {
        group: {
            name: [shot for shot in gallery.shots if (shot.group, shot.spec.name) == (group, name)]
            for name in dict.fromkeys(shot.spec.name for shot in gallery.shots if shot.group == group)
        }
        for group in dict.fromkeys(shot.group for shot in gallery.shots)
    }
    return environment.get_template("gallery.html").render(
        groups=groups,
        heading=_heading,
        templates=TEMPLATE_NAMES,
        sizes=SIZES,
        size_names=SIZE_NAMES,
        sheets=gallery.sheets,
        problems=gallery.problems,
        palette=PALETTES[DEFAULT],
    )
