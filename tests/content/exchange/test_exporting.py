"""What goes out comes back the same: the whole shipped library, and texts made to be awkward."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, select

from content.checks import AssetPlace, check
from content.drawings import Sketch
from content.editorial import content_hash
from content.errors import ContentError
from content.exchange import importing
from content.exchange.markdown import as_markdown, write_markdown
from content.exchange.shelf import MEDIA_FOLDER, Picture, Shelf, Shelved, export, gather, whole_folder
from content.exchange.tablefile import csv_writer, xlsx_writer
from content.exchange.values import as_list, defuse, harmless, lines_of, list_cell, raw_text
from content.library import digest_of, load_library, store_line
from content.postfile import read_post
from content.store import AssetStore
from content.tables import Asset, Post, PostAsset
from tests.conftest import LAN, NOW
from tests.content.exchange.tables import PLATFORMS, bring_in, errors, look, picture, read, row, write_csv
from tests.content.shelf import LIBRARY, draw, plan, png, sketch

WRITERS: dict[str, Callable[[Shelf, Path], Any]] = {
    "md": write_markdown,
    "csv": csv_writer(plan()),
    "xlsx": xlsx_writer(plan(), NOW),
}


# The shipped library -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", WRITERS)
def test_the_whole_shipped_library_goes_out_and_comes_back_without_a_change(
    session: Session, tmp_path: Path, store: AssetStore, form: str
) -> None:
    def sized(spec: Path, size: str) -> Sketch:
        picture = png("navy" if spec.stem < "k" else "teal", {"portrait": (1080, 1350), "wide": (1280, 720)}[size])
        return sketch(spec, size, picture)

    loaded = load_library(session, LIBRARY, plan(), store, NOW, sized).new
    session.commit()
    shelf = gather(session, plan())
    folder = tmp_path / "ra"
    export(shelf, store, folder, WRITERS[form])
    if form == "md":
        report = load_library(session, folder, plan(), store, NOW, draw, LAN)
    else:
        path = folder / f"thu-vien.{form}"
        assert errors(look(session, path, store, folder)) == []
        report = bring_in(session, path, store, folder)
    assert (report.new, report.changed) == ([], [])
    assert sorted(report.same) == sorted(loaded)
    assert len(loaded) >= 32


def test_pictures_are_copied_once_under_names_that_every_system_takes(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    picture(tmp_path / "anh", "Ảnh: số 1?.png")
    picture(tmp_path / "anh", "b/giay-hen.png", "red")
    picture(tmp_path / "anh", "c/GIAY-HEN.png", "blue")
    cells = {"Ảnh/Video": "b/giay-hen.png\nc/GIAY-HEN.png", "Văn bản thay thế": "Một\nHai", "Ảnh bìa": "Ảnh: số 1?.png",
             "Văn bản thay thế ảnh bìa": "Ba"}  # fmt: skip
    cells["Ảnh bìa"] = "b/giay-hen.png"
    path = write_csv(tmp_path, [row(**cells), row(Mã_bài="d-hai", **cells)])
    bring_in(session, path, store, tmp_path / "anh")
    export(gather(session, plan()), store, tmp_path / "ra", write_markdown)
    names = sorted(one.name for one in (tmp_path / "ra" / MEDIA_FOLDER).iterdir())
    assert len(names) == 2
    assert len({name.casefold() for name in names}) == 2
    assert load_library(session, tmp_path / "ra", plan(), store, NOW, draw).same == ["d-giay-hen", "d-hai"]


def test_an_export_is_whole_or_not_there_and_never_mixes(session: Session, tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path / "anh")
    cells = {"Ảnh/Video": "giay-hen.png", "Văn bản thay thế": "x"}
    bring_in(session, write_csv(tmp_path, [row(**cells)]), store, tmp_path / "anh")
    shelf = gather(session, plan())
    [(sha256, mime)] = shelf.files.values()
    store.path(sha256, mime).rename(tmp_path / "lost")
    with pytest.raises(ContentError, match=r"giay-hen\.png: tệp đã mất khỏi kho tư liệu"):
        export(shelf, store, tmp_path / "ra", write_markdown)
    assert not (tmp_path / "ra").exists()
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    (tmp_path / "lost").rename(store.path(sha256, mime))
    export(shelf, store, tmp_path / "ra", write_markdown)
    with pytest.raises(ContentError, match="thư mục đã có tệp"), whole_folder(tmp_path / "ra"):
        pass


def test_only_the_posts_that_are_asked_for_go_out(session: Session, tmp_path: Path, store: AssetStore) -> None:
    bring_in(session, write_csv(tmp_path, [row(), row(Mã_bài="dd-mot", Điểm="đ", Tiêu_đề="Nộp hồ sơ")]), store)

    def keys(**how: str) -> list[str]:
        return [one.post.key for one in gather(session, plan(), **how).posts]

    assert keys() == ["d-giay-hen", "dd-mot"]
    assert keys(topic="đ") == ["dd-mot"]
    assert keys(search="GIAY HEN tra") == ["d-giay-hen"]
    with pytest.raises(ContentError, match="Không có bài nào để xuất"):
        keys(topic="đ", search="giấy hẹn tra")
    with pytest.raises(ContentError, match="--topic: kế hoạch không có nội dung “f”"):
        keys(topic="f")


# Formulas ----------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+84 234", "-2", "@sum(a1)", "=cmd|' /C calc'!A0", "'=1+1", "''@x", "＝1", "- một\n- hai"]


def shelf_of(**changes: Any) -> Shelf:
    return Shelf((Shelved(made_post(**changes), ()),), {})


def made_post(**changes: Any) -> Post:
    facts: dict[str, Any] = {
        "key": "d-giay-hen", "title": "Giấy hẹn", "body": "Lời.", "topic": "d", "form": "van_ban",
        "audiences": ["nguoi_dan"], "source": "Cổng Thông tin điện tử", "source_url": "", "legal_refs": [],
        "hashtags": ["#CCHC"], "platforms": ["facebook", "zalo"], "variants": {}, "sensitive": False, "evergreen": True,
        "allowed_in_pause": False, "valid_from": None, "valid_to": None, "late_rule": "expire", "late_minutes": 180,
        "content_hash": "", "search_key": "", "created_at": NOW, "updated_at": NOW, **changes,
    }  # fmt: skip
    return Post(**facts)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_file_wakes_up_as_a_formula_and_the_text_comes_back(tmp_path: Path, text: str) -> None:
    WRITERS["csv"](shelf_of(title=text, body=text, source=text), tmp_path)
    lines = list(csv.reader(io.StringIO((tmp_path / "thu-vien.csv").read_text("utf-8-sig"), newline=""), delimiter=";"))
    assert [cell for cell in lines[1] if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝")] == []
    [only] = read(tmp_path / "thu-vien.csv").rows
    assert only.post is not None
    assert (only.post.title, only.post.body, only.post.source) == (text, text, text)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_workbook_is_a_formula_and_the_text_comes_back(tmp_path: Path, text: str) -> None:
    WRITERS["xlsx"](shelf_of(title=text, body=text), tmp_path)
    path = tmp_path / "thu-vien.xlsx"
    with zipfile.ZipFile(path) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
    cell = openpyxl.load_workbook(path)["Bài đăng"]["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix is True, "Excel keeps it a text when somebody edits it"
    [only] = read(path).rows
    assert only.post is not None
    assert (only.post.title, only.post.body) == (text, text)


def test_a_text_longer_than_a_cell_of_excel_is_told_and_csv_takes_it(tmp_path: Path) -> None:
    shelf = shelf_of(body="chữ " * 9_000 + "hết")
    with pytest.raises(ContentError, match=r"d-giay-hen: cột “Nội dung” có 36\.003 ký tự, Excel chỉ chứa 32\.767"):
        WRITERS["xlsx"](shelf, tmp_path)
    WRITERS["csv"](shelf, tmp_path)
    [only] = read(tmp_path / "thu-vien.csv").rows
    assert only.post is not None
    assert only.post.body == "chữ " * 9_000 + "hết"


# Awkward texts -----------------------------------------------------------------------------------------

PIECES = (
    *('"', "'", ":", ": ", " #", "#", "---", "\n---\n", "--- ", "=1+1", "'=", "@", "- ", "* ", "? ", "| ", "> ", "%"),
    *("{a: b}", "[x](y)", "`", "\\", "\\n", "…", "“”", "\u00a0", "đ", "Ủy ban", ";", ",", "; ", "\t", " ", "  ", "!"),
    *("\n", "\n\n", "🎉", "👨\u200d👩\u200d👧", "yes", "no", "null", "~", "1.5", "0x1F", "07:30", "2026-01-02", "<b>"),
    *("&amp;", "_x", "Mã bài", "sep=;", "\u2028", "một", "hai", "chữ thường", "NFC: ắ", "“trích”", "(a)", "/", "&"),
    *("118/2025/NĐ-CP", "<<", "!!str", "&x", "*x", "...", "\ufe0f"),
)
pieces = st.lists(st.sampled_from(PIECES), max_size=9).map("".join).map(lambda text: lines_of(text).strip())
words = st.tuples(pieces, st.booleans()).map(lambda one: (f"chữ {one[0]}" if one[1] else f"{one[0]} thường").strip())
"""Awkward at one end; the other has a word, because a text without any is refused for itself."""
items = st.lists(words.map(lambda text: " ".join(text.split())), max_size=3, unique=True)
pictures = st.lists(
    st.tuples(st.sampled_from(["image", "cover"]), st.sampled_from(["", "zalo"]), words, st.integers(0, 2)), max_size=4
)
options = st.dictionaries(
    st.sampled_from(["a", "yes", "b_c"]),
    st.one_of(words, st.booleans(), st.integers(), st.just(1.5), items),
    min_size=1,
    max_size=2,
)
links = st.sampled_from(["https://dichvucong.gov.vn", "https://chinhphu.vn/a?b=1&c=%C4%91#d-'e'"])
own_words = {**dict.fromkeys(("title", "summary", "text", "first_comment"), words), "link": links}
variants = st.dictionaries(
    st.sampled_from(["facebook", "zalo"]), st.fixed_dictionaries({}, optional={**own_words, "options": options})
)
posts = st.builds(
    made_post,
    title=words,
    body=words,
    source=words,
    legal_refs=items,
    variants=variants,
    sensitive=st.booleans(),
    evergreen=st.booleans(),
    allowed_in_pause=st.booleans(),
    valid_from=st.sampled_from([None, date(2026, 12, 1), date(2027, 1, 31)]),
    late_rule=st.sampled_from(["expire", "any_time"]),
    late_minutes=st.integers(1, 10_000),
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> AssetStore:
    return AssetStore(tmp_path_factory.mktemp("photos"))


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(post=posts, placed=pictures)
@example(post=made_post(body="---\ntitle: x\n---\nthân"), placed=[])
@example(post=made_post(title="- a: 'b' #c", variants={"zalo": {}}), placed=[("cover", "zalo", "một\n\nhai", 0)])
@example(
    post=made_post(variants={"zalo": {"text": " x".strip() + " \n  y\n\n\nz"}}), placed=[("image", "", "=a\nb", 1)]
)
@example(post=made_post(), placed=[("image", "", "một", 0), ("image", "", "hai\nba", 1), ("image", "", "bốn", 2)])
def test_awkward_texts_come_back_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory,
    photos: AssetStore,
    form: str,
    post: Post,
    placed: list[tuple[str, str, str, int]],
) -> None:
    seen = [AssetPlace(role, alt, f"{colour}.png", n) for n, (role, _, alt, colour) in enumerate(placed, 1)]
    assume(not any(one.keeps_out for one in check(post, seen, plan())))
    folder = tmp_path_factory.mktemp("ra")
    (folder / MEDIA_FOLDER).mkdir()
    shown, rows = [], list[PostAsset]()
    for role, platform, alt, colour in sorted(placed, key=lambda one: one[:2]):
        data = png(("teal", "red", "navy")[colour])
        file = photos.put_bytes(data, f"{colour}.png")
        (folder / MEDIA_FOLDER / f"{colour}.png").write_bytes(data)
        shown.append(Picture(role, platform, alt, f"{MEDIA_FOLDER}/{colour}.png"))
        position = sum((one.role, one.platform) == (role, platform) for one in rows)
        rows.append(PostAsset(post_id=0, sha256=file.sha256, role=role, platform=platform, position=position, alt=alt))
    WRITERS[form](Shelf((Shelved(post, tuple(shown)),), {}), folder)
    if form == "md":
        back = read_post(folder / "d-giay-hen.md", plan())
        stored = tuple(one for line in back.assets for one in store_line(line, photos, draw))
    else:
        table = importing.read_import(folder / f"thu-vien.{form}", plan(), PLATFORMS, media=folder)
        importing.place(table, photos, draw)
        assert errors(table) == []
        [only] = table.rows
        assert only.post is not None
        back, stored = only.post, only.placed
    for name in ("title", "body", "source", "legal_refs", "variants", "valid_from", "late_minutes"):
        assert getattr(back, name) == getattr(post, name), name
    assert digest_of(back, stored) == content_hash(post, rows)


@given(items=items)
def test_a_list_in_a_cell_comes_back_whatever_signs_are_in_it(items: list[str]) -> None:
    assert as_list(defuse(list_cell(items), plain=True)) == items


@given(text=st.text(st.sampled_from("=+-@'\" ax\n"), max_size=6), plain=st.booleans())
def test_what_is_defused_is_undone_exactly(text: str, plain: bool) -> None:
    cell = defuse(text, plain=plain)
    assert raw_text(cell) == text
    assert not (plain and cell[:1] in ("=", "+", "-", "@"))


def test_a_body_that_no_file_can_carry_is_told() -> None:
    with pytest.raises(ContentError, match="d-giay-hen: nội dung có ký tự xuống dòng lạ"):
        as_markdown(Shelved(made_post(body="một\rhai"), ()))


def test_a_markdown_file_reads_like_one_of_ours(tmp_path: Path) -> None:
    post = made_post(
        variants={"zalo": {"title": "Giữ: kỹ", "text": "Một.\n\nHai."}}, valid_to=date(2026, 12, 31), evergreen=False
    )
    assert as_markdown(Shelved(post, (Picture("image", "", "Tờ giấy", "tu-lieu/a.png"),))).splitlines() == [
        "---",
        "title: Giấy hẹn",
        "topic: d",
        "form: van_ban",
        "platforms:",
        "  - facebook",
        "  - zalo",
        "audiences:",
        "  - nguoi_dan",
        "source: Cổng Thông tin điện tử",
        "hashtags:",
        "  - '#CCHC'",
        "variants:",
        "  zalo:",
        "    title: 'Giữ: kỹ'",
        "    text: |-",
        "      Một.",
        "",
        "      Hai.",
        "assets:",
        "  - image: tu-lieu/a.png",
        "    alt: Tờ giấy",
        "valid_to: 31/12/2026",
        "evergreen: false",
        "late:",
        "  rule: expire",
        "  minutes: 180",
        "---",
        "",
        "Lời.",
    ]


def test_the_exported_rows_are_all_there(session: Session, tmp_path: Path, store: AssetStore) -> None:
    bring_in(session, write_csv(tmp_path, [row(), row(Mã_bài="d-hai")]), store)
    assert len(session.exec(select(Post)).all()) == len(gather(session, plan()).posts) == 2


# What is asked for, all of it and nothing else -----------------------------------------------------------


def test_a_search_brings_every_post_it_finds_and_the_topic_counts_before_any_limit(
    session: Session, tmp_path: Path, store: AssetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.exchange.shelf._PAGE", 2)
    rows = [row(Mã_bài=f"a-{n}", Điểm="a") for n in range(3)] + [row(Mã_bài=f"d-{n}") for n in range(5)]
    bring_in(session, write_csv(tmp_path, rows), store)
    found = gather(session, plan(), search="giay hen")
    assert [one.post.key for one in found.posts] == [one["Mã bài"] for one in rows]
    found = gather(session, plan(), topic="d", search="giay hen")
    assert [one.post.key for one in found.posts] == ["d-0", "d-1", "d-2", "d-3", "d-4"]
    assert len(gather(session, plan(), most=8, state="draft").posts) == 8
    with pytest.raises(ContentError, match="Có 8 bài; mỗi lần xuất tối đa 7 bài"):
        gather(session, plan(), most=7)


def test_only_the_files_of_the_posts_that_go_out_are_read(session: Session, tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path)
    picture(tmp_path, "hai.png", "red")
    cells = {"Văn bản thay thế": "Tờ giấy có mã hồ sơ."}
    rows = [
        row(Mã_bài="a-mot", Điểm="a", **cells, **{"Ảnh/Video": "hai.png"}),
        row(**cells, **{"Ảnh/Video": "giay-hen.png"}),
    ]
    bring_in(session, write_csv(tmp_path, rows), store, tmp_path)
    session.expunge_all()
    read_rows: list[str] = []

    def noting(asset: Asset, _context: object) -> None:
        read_rows.append(asset.name)

    event.listen(Asset, "load", noting)
    try:
        shelf = gather(session, plan(), topic="d")
    finally:
        event.remove(Asset, "load", noting)
    assert list(shelf.files) == [f"{MEDIA_FOLDER}/giay-hen.png"]
    assert read_rows == ["giay-hen.png"]


def test_of_two_exports_into_one_folder_the_second_is_told_and_the_first_stays_whole(tmp_path: Path) -> None:
    taken = pytest.raises(ContentError, match="thư mục đã có tệp")
    with taken, whole_folder(tmp_path / "ra") as late:
        (late / "b.md").write_text("b", encoding="utf-8")
        with whole_folder(tmp_path / "ra") as early:
            (early / "a.md").write_text("a", encoding="utf-8")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["ra", "ra/a.md"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a"])
def test_no_cell_of_a_table_that_is_only_read_wakes_up(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert [harmless(one) for one in ("-", "Bài =1", -1, None)] == ["-", "Bài =1", -1, None]
