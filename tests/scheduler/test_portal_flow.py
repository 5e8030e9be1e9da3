"""The whole way of an article: portal, suggestion, a person, approval, queue, channel, and how long it took."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import select

from content.errors import ContentError
from content.library import load_library
from content.plan import load_plan
from content.sources import add_source
from content.store import write_new
from content.suggestions import TAKEN, dismiss, find_suggestion
from content.tables import Post
from content.takeup import ALT_TO_FILL, Choice
from reports.portal import portal_lag
from scheduler.db import reading, writing
from scheduler.intake import Intake
from scheduler.lifecycle import State
from scheduler.portals import Portals, suggest_article, take_up
from scheduler.submission import NotReady, Submissions
from scheduler.tables import Publication
from scheduler.ticker import INTAKE, Ticker
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.content.shelf import draw, plan
from tests.scheduler.house import HOUR, Running
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Page, Portal, article, portal_server

LINK_ONLY, BOTH = Choice(("facebook",)), Choice(("facebook", "zalo"))


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host)
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
    yield running
    running.close()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 450), "teal").save(out, "JPEG")
    return out.getvalue()


def suggested(house: Running, portal: Portal, *articles: dict[str, str]) -> None:
    with writing(house.engine) as session:
        add_source(session, plan(), key="cong", address=portal.feed("/rss", *articles), topic="d", now=NOW)
    Intake(house.engine, house.clock, Portals(*loopback(portal)).feed, days=60).run()


def taken(house: Running, portal: Portal, folder: Path, number: int = 1, choice: Choice = BOTH) -> tuple[Path, str]:
    made, why = take_up(
        house.engine, Portals(*loopback(portal)), house.store, folder, number, choice, by=LAN, now=house.clock.now()
    )
    return made.file, why


def test_an_article_goes_the_whole_way_and_its_lag_is_right(house: Running, portal: Portal, tmp_path: Path) -> None:
    portal.pages["/anh.jpg"] = Page(picture(), kind="image/jpeg")
    enclosed = article(1, description=f'&lt;img src="{portal.url("/anh.jpg")}"&gt; Nộp hồ sơ được cả sáng thứ Bảy.')
    suggested(house, portal, enclosed, article(2))
    channels = [house.connect(platform) for platform in ("facebook", "zalo")]

    file, why = taken(house, portal, tmp_path / "library")
    assert why == "" and portal.count("/anh.jpg") == 1
    with writing(house.engine) as session:
        load_library(session, file.parent, plan(), house.store, house.clock.now(), draw)
    submissions = Submissions(house.engine, house.store, house.service.platforms, file.parent)
    with pytest.raises(NotReady, match="chưa điền"):
        submissions.submit([file.stem], LAN, now=house.clock.now())
    text = file.read_text(encoding="utf-8").replace(ALT_TO_FILL, "Người dân nộp hồ sơ tại Bộ phận Một cửa")
    file.write_text(text, encoding="utf-8")
    with writing(house.engine) as session:
        load_library(session, file.parent, plan(), house.store, house.clock.now(), draw)
    submissions.submit([file.stem], LAN, now=house.clock.now())
    submissions.approve([file.stem], MINH, now=house.clock.now())
    with reading(house.engine) as session:
        post = session.exec(select(Post)).one()
    first = house.queue(post, channels[0], NOW + HOUR)
    house.queue(post, channels[1], NOW + 3 * HOUR)
    house.pass_time(NOW + 4 * HOUR)

    assert house.load(first.id).state == State.PUBLISHED
    [page], [oa] = (house.sandbox.public(platform) for platform in ("facebook", "zalo"))
    assert page["link"] == "https://cong.tinhvidu.gov.vn/bai-1.htm"
    assert "Nguồn: " in page["text"] and oa["title"] == post.title
    with reading(house.engine) as session:
        found = portal_lag(session, NOW - HOUR, NOW + HOUR, NOW + 4 * HOUR)
    assert found is not None
    # 07:30 on the portal, 09:00 on the first channel
    assert (found.total.suggested, found.total.shared, found.total.median_minutes) == (2, 1, 90)


def test_after_reading_and_taking_there_is_nothing_to_publish(house: Running, portal: Portal, tmp_path: Path) -> None:
    suggested(house, portal, article(1), article(2))
    house.connect("facebook")
    taken(house, portal, tmp_path / "library")
    house.service.fill_days((NOW + HOUR).date(), 3)
    house.pass_time(NOW + timedelta(days=2))
    with reading(house.engine) as session:
        assert session.exec(select(Post)).all() == [] and session.exec(select(Publication)).all() == []
    assert house.sandbox.public("facebook") == []


@pytest.mark.parametrize(
    "page",
    [
        Page(b"", 404, "text/plain"),
        Page(b"<html>", kind="text/html"),
        Page(picture()[:200], kind="image/jpeg"),
        Page(b"\0\0\0\x18ftypmp42" + bytes(200), kind="video/mp4"),
    ],
    ids=["gone", "a page", "cut short", "a video"],
)
def test_a_picture_that_cannot_be_had_is_told_and_costs_nothing_else(
    house: Running, portal: Portal, tmp_path: Path, page: Page
) -> None:
    portal.pages["/anh.jpg"] = page
    suggested(house, portal, article(1, description=f'&lt;img src="{portal.url("/anh.jpg")}"&gt; Lời.'))
    file, why = taken(house, portal, tmp_path / "library")
    assert why.startswith("Không lấy được ảnh của bài: ")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert "assets" not in file.read_text(encoding="utf-8")


def test_others_write_while_picture_and_file_are_written(
    house: Running, portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.pages["/anh.jpg"] = Page(picture(), kind="image/jpeg")
    suggested(house, portal, article(1, description=f'&lt;img src="{portal.url("/anh.jpg")}"&gt; Lời.'))
    renewed: list[str] = []

    def write(target: Path, data: bytes) -> bool:
        with writing(house.engine) as session:
            find_suggestion(session, 1).summary = f"Lời {len(renewed)}."
        renewed.append(target.suffixes[0])
        return write_new(target, data)

    monkeypatch.setattr("content.takeup.write_new", write)
    file, _ = taken(house, portal, tmp_path / "library")
    assert (file.is_file(), len(renewed)) == (True, 2)
    with reading(house.engine) as session:
        row = find_suggestion(session, 1)
    assert (row.state, row.summary) == (TAKEN, "Lời 1.")


def test_what_was_decided_fetches_no_picture(house: Running, portal: Portal, tmp_path: Path) -> None:
    portal.pages["/anh.jpg"] = Page(picture(), kind="image/jpeg")
    suggested(house, portal, article(1, description=f'&lt;img src="{portal.url("/anh.jpg")}"&gt; Lời.'))
    with writing(house.engine) as session:
        dismiss(session, 1, by=LAN, reason="Cũ", now=NOW)
    with pytest.raises(ContentError, match="bỏ qua"):
        taken(house, portal, tmp_path / "library")
    assert portal.count("/anh.jpg") == 0


def test_one_pasted_address_is_a_suggestion_once(house: Running, portal: Portal, tmp_path: Path) -> None:
    portal.pages["/bai"] = Page(
        """<html><head><meta charset="utf-8"><title>Cổng</title>
        <meta property="og:title" content="Giấy hẹn: giữ kỹ"><meta property="og:description" content="Ba điều.">
        </head><body></body></html>""".encode(),
        kind="text/html; charset=utf-8",
    )
    for new in (True, False):
        told = suggest_article(house.engine, Portals(*loopback(portal)), portal.url("/bai"), "d", now=NOW)
        assert told == (1, new)
    file, _ = taken(house, portal, tmp_path / "library", choice=LINK_ONLY)
    assert file.stem == "d-giay-hen-giu-ky"
    with reading(house.engine) as session:
        assert find_suggestion(session, 1).state == TAKEN


@pytest.mark.parametrize(
    ("path", "topic"),
    [("/khong-co", "d"), ("/bai", "z"), ("bai", "d"), ("/anh", "d")],
    ids=["gone", "topic", "form", "picture"],
)
def test_a_pasted_address_that_is_no_article_is_one_sentence(
    house: Running, portal: Portal, path: str, topic: str
) -> None:
    portal.pages["/anh"] = Page(picture(), kind="image/jpeg")
    address = portal.url(path) if path.startswith("/") else path
    with pytest.raises(ContentError) as error:
        suggest_article(house.engine, Portals(*loopback(portal)), address, topic, now=NOW)
    assert "\n" not in error.value.words


def test_the_clock_reads_the_portals_and_begins_nothing_once_it_stops(house: Running, portal: Portal) -> None:
    with writing(house.engine) as session:
        add_source(session, plan(), key="cong", address=portal.feed("/rss", article(1)), topic="d", now=NOW)
    house.service.intake = Intake(house.engine, house.clock, Portals(*loopback(portal)).feed, days=60)
    ticker = Ticker(house.service)
    ticker.start()
    assert ticker._scheduler.get_job(INTAKE) is not None
    ticker.read_portals()
    ticker.stop()
    with reading(house.engine) as session:
        assert find_suggestion(session, 1).title.startswith("Một cửa")
    house.clock.set(NOW + HOUR)
    ticker.read_portals()
    assert portal.count("/rss") == 1
