"""An import over posts that are there already: what they keep, what is cleared, and what is told of it."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from content.exchange import importing
from content.store import AssetStore
from content.tables import PostAsset
from scheduler.db import reading, writing
from tests.conftest import LAN, NOW
from tests.content.exchange.tables import (
    bring_in,
    errors,
    look,
    picture,
    post,
    read,
    row,
    warnings,
    write_csv,
)
from tests.together import while_uncommitted

FULL = {
    "Nhạy cảm": "Có",
    "Dùng lại được": "Không",
    "Địa chỉ nguồn": "https://dichvucong.gov.vn",
    "Số phút được trễ": "60",
    "facebook: nội dung": "Lời của riêng kênh này.",
    "facebook: liên kết": "https://dichvucong.gov.vn",
    "Ảnh/Video": "giay-hen.png",
    "Văn bản thay thế": "Tờ giấy có mã hồ sơ.",
}


def test_an_absent_column_keeps_what_the_post_has(session: Session, tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**FULL)]), store, tmp_path)
    same = look(session, write_csv(tmp_path, [row()]), store)
    assert [one.outcome for one in same.rows] == ["same"]
    path = write_csv(tmp_path, [row(Tiêu_đề="Giữ giấy hẹn")])
    told = warnings(look(session, path, store))
    assert told[-1] == (
        "Dòng 2: d-giay-hen, sửa: tiêu đề; giữ nguyên vì bảng không có cột: địa chỉ nguồn, nhạy cảm, dùng lại được, "
        "số phút được trễ, facebook: nội dung, facebook: liên kết, ảnh/video, văn bản thay thế."
    )
    assert bring_in(session, path, store).changed == ["d-giay-hen"]
    kept = post(session)
    assert (kept.title, kept.sensitive, kept.evergreen, kept.late_minutes) == ("Giữ giấy hẹn", True, False, 60)
    assert kept.variants["facebook"] == {"text": "Lời của riêng kênh này.", "link": "https://dichvucong.gov.vn"}
    assert [one.alt for one in session.exec(select(PostAsset))] == ["Tờ giấy có mã hồ sơ."]
    assert bring_in(session, path, store).same == ["d-giay-hen"]


def test_an_absent_column_keeps_what_another_import_brings_at_that_moment(
    engine: Engine, tmp_path: Path, store: AssetStore
) -> None:
    with writing(engine) as session:
        bring_in(session, write_csv(tmp_path, [row()]), store)
        sensitive = look(session, write_csv(tmp_path, [row(Nhạy_cảm="Có")]), store)
        renamed = look(session, write_csv(tmp_path, [row(Tiêu_đề="Giữ giấy hẹn")]), store)

    def second() -> object:
        with writing(engine) as session:
            return importing.write(session, renamed, NOW, LAN).changed

    answer = while_uncommitted(engine, lambda session: importing.write(session, sensitive, NOW, LAN), second)
    assert answer == ["d-giay-hen"]
    with reading(engine) as session:
        assert (post(session).title, post(session).sensitive) == ("Giữ giấy hẹn", True)


def test_an_empty_cell_clears_and_what_goes_back_to_its_default_is_named(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    picture(tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**FULL)]), store, tmp_path)
    path = write_csv(tmp_path, [row(**dict.fromkeys(FULL, ""))])
    [told] = warnings(look(session, path, store))
    assert told == (
        "Dòng 2: d-giay-hen, trở lại mặc định: nhạy cảm (Không), dùng lại được (Có), số phút được trễ (180); "
        "bỏ: địa chỉ nguồn, facebook: nội dung, facebook: liên kết, ảnh/video, văn bản thay thế."
    )
    bring_in(session, path, store)
    bare = post(session)
    assert (bare.sensitive, bare.evergreen, bare.late_minutes, bare.variants) == (False, True, 180, {})
    assert session.exec(select(PostAsset)).all() == []
    assert bring_in(session, path, store).same == ["d-giay-hen"]


def test_a_column_of_a_channel_changes_only_its_own_field(session: Session, tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**FULL)]), store, tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**{"facebook: liên kết": "", "facebook: tiêu đề": "Riêng"})]), store)
    assert post(session).variants == {"facebook": {"text": "Lời của riêng kênh này.", "title": "Riêng"}}


def test_words_of_a_channel_that_is_not_chosen_any_more_go_with_it(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    picture(tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**FULL)]), store, tmp_path)
    path = write_csv(tmp_path, [row(Kênh="zalo")])
    table = look(session, path, store)
    assert errors(table) == []
    assert "sửa: kênh; bỏ: facebook: nội dung, facebook: liên kết; giữ nguyên" in warnings(table)[0]
    bring_in(session, path, store)
    assert post(session).variants == {}


def test_a_post_is_checked_with_what_it_keeps(session: Session, tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path)
    link, drawn = {"Hình thức": "Chia sẻ liên kết"}, {"Hình thức": "Infographic"}
    rows = [row(**{**FULL, **link}), row(Mã_bài="d-hai", **{**FULL, **drawn})]
    bring_in(session, write_csv(tmp_path, rows), store, tmp_path)
    rows = [row(Tiêu_đề="Một", **link), row(Mã_bài="d-hai", Tiêu_đề="Hai", **drawn), row(Mã_bài="d-ba", **link)]
    table = look(session, write_csv(tmp_path, rows), store)
    [told] = errors(table)
    assert told.startswith("Dòng 4, cột “Địa chỉ nguồn”: bài chia sẻ liên kết phải có địa chỉ bài gốc")


def test_the_same_picture_keeps_its_words_and_words_without_their_pictures_are_told(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    picture(tmp_path)
    bring_in(session, write_csv(tmp_path, [row(**FULL)]), store, tmp_path)
    path = write_csv(tmp_path, [row(**{"Ảnh/Video": "giay-hen.png"})])
    table = look(session, path, store, tmp_path)
    assert (errors(table), [one.outcome for one in table.rows]) == ([], ["same"])
    alone = read(write_csv(tmp_path, [row(**{"Văn bản thay thế": "Một tờ giấy."})]))
    assert "Bảng: không dùng đến cột “Văn bản thay thế” vì bảng không có cột “Ảnh/Video” đi cùng." in warnings(alone)


def test_a_drawn_picture_is_not_doubled_by_the_cover_it_kept(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    (tmp_path / "hinh.yml").write_text("template: facts\n", encoding="utf-8")
    path = write_csv(tmp_path, [row(**{"Ảnh/Video": "hinh.yml", "Văn bản thay thế": "Hình vẽ ba bước nộp hồ sơ."})])
    bring_in(session, path, store, tmp_path)
    assert bring_in(session, path, store, tmp_path).same == ["d-giay-hen"]
    bare = write_csv(tmp_path, [row(**{"Ảnh/Video": "hinh.yml"})])
    assert bring_in(session, bare, store, tmp_path).same == ["d-giay-hen"]


def test_what_a_post_keeps_is_what_it_has_when_it_is_written(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    bring_in(session, write_csv(tmp_path, [row()]), store)
    table = look(session, write_csv(tmp_path, [row(Tiêu_đề="Giữ giấy hẹn")], "hai.csv"), store)
    bring_in(session, write_csv(tmp_path, [row(Nhạy_cảm="Có")]), store)
    importing.write(session, table, NOW, LAN)
    assert (post(session).title, post(session).sensitive) == ("Giữ giấy hẹn", True)
