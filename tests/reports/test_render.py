"""The documents a leader reads."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from reports import render
from reports.weekly import Made, make_weekly
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week


@pytest.fixture
def made(engine: Engine, session: Session, tmp_path: Path) -> Iterator[Made]:
    ordinary_week(session)
    yield make_weekly(engine, "2026-W48", CUTOFF, tmp_path)


class Addresses(HTMLParser):
    """Collects what a browser would fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "srcset", "poster", "data")]
        self.fetched += [value or "" for name, value in attrs if tag == "link" and name == "href"]


def test_all_documents_are_written_and_nothing_half_written_stays(made: Made) -> None:
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "chart.png",
        "chart.svg",
        "summary.html",
        "summary.json",
        "summary.txt",
    ]


def test_the_page_has_the_seven_blocks_in_order(made: Made) -> None:
    page = made.files["summary.html"].read_text(encoding="utf-8")
    assert re.findall(r"<h2 id=\"b(\d)\">", page) == list("1234567")
    assert made.summary.label in page
    assert "Số liệu chốt lúc" in page


def test_the_page_asks_no_other_server_for_anything(made: Made) -> None:
    page = made.files["summary.html"].read_text(encoding="utf-8")
    reader = Addresses()
    reader.feed(page)
    assert reader.fetched == []
    assert "url(" not in page
    assert "@import" not in page
    assert "<script" not in page


def test_titles_and_reasons_are_escaped(engine: Engine, session: Session, tmp_path: Path) -> None:
    campaign = Campaign(session)
    page = campaign.channel(name="<b>Kênh</b>")
    campaign.channel(key="hai")
    bad = "<script>alert(1)</script>"
    publication = campaign.published(page, at(24), campaign.post(bad), permalink="javascript:alert(1)")
    campaign.read(page, publication, at(25), reach=10, reactions=5, name="<i>reach</i>")
    campaign.post(bad, state="submitted")
    session.commit()
    made = make_weekly(engine, "2026-W48", CUTOFF, tmp_path)
    for name in ("summary.html", "chart.svg"):
        written = made.files[name].read_text(encoding="utf-8")
        assert "<script" not in written
        assert "<b>Kênh" not in written
        assert "<i>reach" not in written
        assert 'href="javascript' not in written
    assert bad in made.files["summary.txt"].read_text(encoding="utf-8")


def test_the_text_fits_80_columns_and_is_aligned(made: Made) -> None:
    lines = made.files["summary.txt"].read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 80 and "https://" not in line] == []
    reach = next(n for n, line in enumerate(lines) if line.startswith("Lượt tiếp cận"))
    assert len(lines[reach]) == len(lines[reach - 3]) == len(lines[reach - 2])


def test_a_long_channel_name_still_fits(engine: Engine, session: Session, tmp_path: Path) -> None:
    campaign = Campaign(session)
    for number in range(6):
        campaign.channel(name=f"Trung tâm Phục vụ hành chính công tỉnh số {number}")
    campaign.plan(a=1)
    session.commit()
    made = make_weekly(engine, "2026-W48", CUTOFF, tmp_path)
    lines = made.files["summary.txt"].read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_missing_is_a_dash_and_never_a_zero(made: Made) -> None:
    zalo = made.summary.channels[1]
    row = re.search(rf'<th scope="row">{zalo.title}.*?</tr>', render.html(made.summary), re.S)
    assert row is not None
    assert (zalo.base.value, zalo.base.previous) == (6_090, None)
    assert "<b>6.090</b><small>-</small>" in row[0]
