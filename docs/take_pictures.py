"""The pictures of README and the user guide, taken from the running product with its own sample week.

    uv run --group dev python docs/take_pictures.py            # all of them
    uv run --group dev python docs/take_pictures.py lich duyet # some of them

Starts `cchc demo`, signs in as whoever the page is for, looks, and writes `docs/pictures/<name>.png`. A test takes the
same way, so a page that has moved away from its picture's address is noticed. Needs Chromium, as the desk's tests do.
"""

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
DESK, PHONE = (1280, 860), (390, 844)
COLOURS = 192
"""Enough for flat pages; a picture then has about a quarter of its bytes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: where to look, as whom, in what window (CSS pixels), and a word that must stand there."""

    name: str
    address: str
    login: str
    word: str
    window: tuple[int, int] = DESK
    press: str = ""
    """A link to follow from there first, by its words."""


PICTURES = (
    Picture("hom-nay", "/", "bientap", "Hôm nay"),
    Picture("lich", "/lich?thang=2026-12", "bientap", "tháng 12"),
    Picture("soan", "/soan/d-giu-giay-hen", "bientap", "Xem trước"),
    Picture("duyet-bai", "/duyet", "duyet2", "Trả lại", PHONE, press="Duyệt lần lượt"),
    Picture("thu-vien", "/thu-vien?tim=ho+so", "bientap", "Thư viện"),
    Picture("tu-xep-lich", "/tu-dong", "bientap", "Tự xếp lịch"),
    Picture("so-lieu", "/so-lieu", "xem", "Số liệu"),
    Picture("do-phu", "/so-lieu/do-phu", "xem", "Ma trận độ phủ"),
    Picture("tong-hop-tuan", "/so-lieu/tuan/2026-W48", "xem", "Tuần 48"),
    Picture("chay-thu", "/chay-thu?thang=2026-12", "bientap", "Chạy thử"),
    Picture("kenh", "/kenh", "kenh", "Kênh"),
)


@contextmanager
def running_demo() -> Iterator[Mapping[str, Any]]:
    """The JSON line of a demo in an empty folder, which goes on serving until the block ends. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CCHC_DATA_DIR": str(Path(folder) / "data"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "cli.app", "demo", "--json"]
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                line = next((line for line in process.stdout if line.startswith("{")), "")
                if not line:
                    raise RuntimeError("the demo ended before its desk was open")
                yield json.loads(line)
            finally:
                process.send_signal(signal.SIGTERM)
                process.stdout.read()


def look(browser: Browser, desk: Mapping[str, Any], picture: Picture) -> bytes:
    """The PNG of one page as this person sees it. Raises an AssertionError when its word does not stand there."""
    password = next(one["password"] for one in desk["people"] if one["login"] == picture.login)
    width, height = picture.window
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=desk["address"], locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh", color_scheme="light", device_scale_factor=1 if width > 600 else 2,
    )  # fmt: skip
    try:
        page = context.new_page()
        page.goto("/dang-nhap")
        page.fill("[name=dang_nhap]", picture.login)
        page.fill("[name=mat_khau]", password)
        page.press("[name=mat_khau]", "Enter")
        page.wait_for_url(lambda url: "/dang-nhap" not in url)
        answer = page.goto(picture.address)
        assert answer is not None and answer.ok, picture.address
        if picture.press:
            page.get_by_role("link", name=picture.press).first.click()
        _settle(page)
        assert picture.word in page.inner_text("body"), f"{picture.address}: “{picture.word}” is not there"
        return page.screenshot()
    finally:
        context.close()


def _settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


def keep(name: str, png: bytes) -> Path:
    """Write a picture with few colours; the file."""
    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = FOLDER / f"{name}.png"
    small.save(path, optimize=True)
    return path


def main() -> None:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*(one.name for one in PICTURES), []], metavar="NAME")
    wanted = parser.parse_args().names
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no Chromium on this machine; set CHROMIUM to its path")
    FOLDER.mkdir(exist_ok=True)
    with running_demo() as told, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for one in PICTURES:
            if not wanted or one.name in wanted:
                path = keep(one.name, look(browser, told["desk"], one))
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KB")
        browser.close()


if __name__ == "__main__":
    main()
