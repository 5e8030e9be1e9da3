"""A small library on disk for the tests of content: files a test writes, breaks and loads again."""

import base64
import hashlib
import io
import os
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest
from PIL import Image

from content.checks import drawn_from
from content.drawings import Sketch
from content.files import parse_yaml, read_text
from content.plan import Plan, read_plan

ROOT = Path(__file__).resolve().parents[2]
PLANS = ROOT / "content" / "plans"
LIBRARY = ROOT / "content" / "library"

POST = dedent("""\
    ---
    title: Giấy hẹn trả kết quả
    topic: d
    form: infographic
    audiences: [nguoi_dan]
    source: Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ
    legal_refs: ["118/2025/NĐ-CP"]
    hashtags: [CCHC, MotCua]
    platforms: [facebook, zalo]
    variants:
      zalo:
        summary: Ba điều cần kiểm tra trên giấy hẹn.
    assets:
      - image: giay-hen.png
        alt: Một tờ giấy hẹn có mã hồ sơ.
    ---

    Có giấy hẹn trong tay, bà con biết khi nào đến lấy kết quả.

    Nguồn: Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ.
    """)


@cache
def plan() -> Plan:
    return read_plan(PLANS / "thua-thien-hue-2023")


@cache
def png(colour: str = "teal", size: tuple[int, int] = (40, 50)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def encoded(picture: Image.Image) -> str:
    """A picture as a brand carries its logo."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def noise(size: tuple[int, int] = (700, 700)) -> bytes:
    """A picture that does not compress well: a big PNG."""
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "PNG")
    return out.getvalue()


def sketch(spec: Path, size: str, picture: bytes) -> Sketch:
    """A picture that says what its file says, whatever it looks like."""
    text = read_text(spec)
    made_of = hashlib.sha256(f"{size} {text}".encode()).hexdigest()
    drawn = replace(drawn_from(parse_yaml(text, spec.name), spec.name), signed=True)
    return Sketch(drawn, made_of, lambda: picture)


def draw(spec: Path, size: str) -> Sketch:
    """Stands in for the infographics: another picture for each size."""
    return sketch(spec, size, png("navy", {"portrait": (80, 100), "wide": (160, 90)}[size]))


def shelf(folder: Path, text: str = POST, key: str = "d-giay-hen") -> Path:
    """A folder with one post and its picture; the post's file is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "giay-hen.png").write_bytes(png())
    file = folder / f"{key}.md"
    file.write_text(text, encoding="utf-8")
    return file


needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")


def fill_the_disk(target: Path) -> None:
    """Make this thread's next write of `target` hit a device that is really full."""
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.symlink_to("/dev/full")
