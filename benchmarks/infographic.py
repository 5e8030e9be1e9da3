"""One portrait infographic: our drawing against a warm headless Chromium's screenshot of the same design.

    pip install playwright && python benchmarks/infographic.py [--chromium PATH] [--rounds 15]

Both draw the same specs (a list of three points, a chart of six bars) at 1080 x 1350 with the same font. Each turn
draws one after the other, so that what else the machine does meets both; medians over the turns. CPU is user and system
time of the whole process tree; memory is what the tree holds for itself (PSS). The first picture is a new process of
ours, from its start to the written file. Goals: at most half of Chromium's CPU, a tenth of its memory, the
first picture within 300 ms. Ends with status 1 when a goal is missed; without a browser only our own figures are told.
"""

import argparse
import html
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

TICK = os.sysconf("SC_CLK_TCK")
CPU_GOAL, MEMORY_GOAL, FIRST_GOAL_MS = 0.5, 0.1, 300

LIST = {
    "template": "facts",
    "kicker": "Dịch vụ công trực tuyến",
    "title": "Ba việc nên làm trước khi bấm nộp hồ sơ",
    "items": [
        {"head": "Đọc kỹ thành phần hồ sơ", "text": "Mỗi thủ tục có một danh mục riêng, thiếu một tờ là phải bổ sung"},
        {"head": "Chụp giấy tờ rõ nét", "text": "Đủ bốn góc, không lóa, không che chữ"},
        {"head": "Lưu mã hồ sơ", "text": "Để biết hồ sơ đang được giải quyết đến đâu"},
    ],
    "source": "Kế hoạch số 481/KH-UBND ngày 29/12/2022",
}
BARS = [("Thứ Hai", 42), ("Thứ Ba", 57), ("Thứ Tư", 61), ("Thứ Năm", 48), ("Thứ Sáu", 73), ("Thứ Bảy", 35)]
CHART = {
    "template": "ranking",
    "kicker": "Dữ liệu thử",
    "title": "Số hồ sơ nộp trực tuyến trong một tuần",
    "year": "2026",
    "bars": [{"label": label, "value": value} for label, value in BARS],
    "source": "Kế hoạch số 481/KH-UBND ngày 29/12/2022",
}

SPECS: dict[str, dict[str, Any]] = {"three points": LIST, "six bars": CHART}


@dataclass(frozen=True)
class Cost:
    """What one picture took: milliseconds on the clock and of CPU."""

    wall: float
    cpu: float


def tree(root: int) -> list[int]:
    """The process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def cpu_ms(pids: list[int]) -> float:
    """User and system time so far of these processes."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total * 1000 / TICK


def memory_mb(pids: list[int]) -> float:
    """Proportional set size of these processes together."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def timed(draw: Callable[[], object], pids: Callable[[], list[int]], times: int) -> Cost:
    """The cost of one of `times` pictures drawn in a row."""
    before, begin = cpu_ms(pids()), time.perf_counter()
    for _ in range(times):
        draw()
    return Cost((time.perf_counter() - begin) * 1000 / times, (cpu_ms(pids()) - before) / times)


def page_of(spec: dict[str, Any], palette: Any) -> str:
    """The design of a spec as a page: the same words, sizes and colours, laid out by the browser."""
    fonts = resources.files("fontpkg_be_vietnam_pro") / "files"
    faces = "".join(
        f"@font-face{{font-family:V;font-weight:{weight};src:url('file://{fonts}/BeVietnamPro-{name}.ttf')}}"
        for name, weight in (("Regular", 400), ("Bold", 700))
    )
    if "items" in spec:
        body = "".join(
            f"<li><b>{place}</b><div><h2>{html.escape(item['head'])}</h2><p>{html.escape(item['text'])}</p></div></li>"
            for place, item in enumerate(spec["items"], 1)
        )
        body = f"<ol>{body}</ol>"
    else:
        most = max(bar["value"] for bar in spec["bars"])
        body = "".join(
            f"<div class=r><span>{html.escape(bar['label'])}</span><i style='width:{600 * bar['value'] / most}px'></i>"
            f"<em>{bar['value']}</em></div>"
            for bar in spec["bars"]
        )
    return f"""<!doctype html><html lang=vi><meta charset=utf-8><style>{faces}
*{{margin:0;box-sizing:border-box}}body{{font:34px/1.42 V;width:1080px;height:1350px;padding:80px;background:{
        palette.paper
    };
color:{palette.ink};display:flex;flex-direction:column;position:relative;overflow:hidden}}
.k{{font-weight:700;color:{palette.accent};border-top:8px solid {palette.second};padding-top:24px;width:max-content}}
h1{{font-size:76px;line-height:1.36;letter-spacing:-.02em;margin:40px 0}}
ol{{list-style:none;padding:0;flex:1;display:flex;flex-direction:column}}
li{{flex:1;display:flex;gap:48px;align-items:center;border-top:2px solid {palette.line}}}
li b{{font-size:76px;color:{palette.accent}}}h2{{font-size:46px}}p{{color:{palette.muted}}}
.r{{flex:1;display:flex;align-items:center;gap:20px}}.r span{{width:180px}}.r em{{font:700 46px V}}
.r i{{height:56px;border-radius:8px;background:{palette.accent}}}
footer{{border-top:2px solid {palette.line};padding-top:24px;display:flex;justify-content:space-between}}
svg{{position:absolute;right:-150px;top:-150px}}</style>
<svg width=500 height=500 fill=none stroke="{palette.accent_soft}" stroke-width=2>{
        "".join(f"<circle cx=250 cy=250 r={34 * ring} />" for ring in range(1, 8))
    }</svg>
<div class=k>{html.escape(spec["kicker"])}</div><h1>{html.escape(spec["title"])}</h1>{body}
<footer><b>UBND tỉnh Ví Dụ</b><span>Nguồn: {html.escape(spec["source"])}</span></footer></html>"""


@contextmanager
def browser(program: str) -> Iterator[tuple[Callable[[str], Callable[[], bytes]], int]]:
    """A warm browser: a function that takes a page and gives its camera, and the browser's process."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        before = set(tree(os.getpid()))
        chromium = play.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
        )
        roots = [pid for pid in tree(os.getpid()) if pid not in before]

        def camera(source: str) -> Callable[[], bytes]:
            file = Path(folder) / f"{abs(hash(source))}.html"
            file.write_text(source, encoding="utf-8")
            page = chromium.new_page(viewport={"width": 1080, "height": 1350})
            page.goto(file.as_uri())
            page.evaluate("document.fonts.ready")
            return lambda: page.screenshot(type="png")

        yield camera, roots[0]
        chromium.close()


def first_picture(folder: Path) -> float:
    """Milliseconds from the start of a new process to its first picture on disk."""
    code = (
        "import sys; from pathlib import Path; from content.infographic import draw, parse_spec;"
        f"Path(sys.argv[1]).write_bytes(draw(parse_spec({LIST!r}, 'first'), 'portrait'))"
    )
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(folder / "first.png")], check=True, cwd=ROOT)
    return (time.perf_counter() - begin) * 1000


def start_of_python() -> float:
    """Milliseconds of a new process that does nothing, so that the interpreter's part can be seen."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, cwd=ROOT)
    return (time.perf_counter() - begin) * 1000


def say(words: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def mine() -> list[int]:
    """This process alone; the browser is a child of it."""
    return [os.getpid()]


def medians(costs: list[Cost]) -> Cost:
    """The median on the clock and of CPU."""
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))


def first_pictures() -> bool:
    """Tell the time of a first picture; whether the goal was missed."""
    with tempfile.TemporaryDirectory() as folder:
        firsts = [(first_picture(Path(folder)), start_of_python()) for _ in range(5)]
    first, bare = statistics.median(one for one, _ in firsts), statistics.median(one for _, one in firsts)
    say(f"first picture of a new process: {first:.0f} ms (goal {FIRST_GOAL_MS}; Python alone {bare:.0f})")
    return first > FIRST_GOAL_MS


def against(program: str, ours: dict[str, Callable[[], bytes]], held: float, rounds: int, show: Path | None) -> bool:
    """Tell both sides for each design; whether a goal was missed."""
    from content.palette import DEFAULT, PALETTES

    missed = False
    with browser(program) as (camera, root):
        for name, draw in ours.items():
            shoot = camera(page_of(SPECS[name], PALETTES[DEFAULT]))
            shoot()
            turns = [(timed(draw, mine, 5), timed(shoot, lambda: tree(root), 5)) for _ in range(rounds)]
            us, them = (medians(list(side)) for side in zip(*turns, strict=True))
            missed |= us.cpu > CPU_GOAL * them.cpu
            say(
                f"{name}: ours {us.wall:.0f} ms, CPU {us.cpu:.0f}; Chromium {them.wall:.0f} ms, CPU {them.cpu:.0f}; "
                f"CPU ratio {us.cpu / them.cpu:.2f} (goal {CPU_GOAL})"
            )
            if show:
                show.mkdir(parents=True, exist_ok=True)
                (show / f"{name.replace(' ', '-')}-ours.png").write_bytes(draw())
                (show / f"{name.replace(' ', '-')}-chromium.png").write_bytes(shoot())
        theirs = memory_mb(tree(root))
    say(
        f"memory: ours {held:.0f} MB above Python's, Chromium {theirs:.0f}; "
        f"ratio {held / theirs:.2f} (goal {MEMORY_GOAL})"
    )
    return missed or held > MEMORY_GOAL * theirs


def main() -> int:
    """Measure and tell; returns the exit code."""
    arguments = argparse.ArgumentParser(description="An infographic against a browser's screenshot of the same design.")
    arguments.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "")
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--show", type=Path, help="Also write both pictures of both designs into this folder.")
    chosen = arguments.parse_args()
    rounds = max(3, chosen.rounds)
    missed = first_pictures()
    before = memory_mb(mine())
    from content.infographic import draw, parse_spec

    specs = {name: parse_spec(values, name) for name, values in SPECS.items()}
    ours: dict[str, Callable[[], bytes]] = {name: partial(draw, spec, "portrait") for name, spec in specs.items()}
    for picture in ours.values():
        picture()
    held = memory_mb(mine()) - before
    if chosen.chromium:
        return int(against(chosen.chromium, ours, held, rounds, chosen.show) or missed)
    for name, picture in ours.items():
        cost = medians([timed(picture, mine, 5) for _ in range(rounds)])
        say(f"{name}: {cost.wall:.0f} ms, CPU {cost.cpu:.0f}; no browser here to compare with")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
