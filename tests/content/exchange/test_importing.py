"""The import as a whole: told row by row, all or nothing, the same again changes nothing."""

import os
import unicodedata
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from content.editorial import CHANGED_AFTER_APPROVAL, approve, submit
from content.errors import ContentError, DiskError, LibraryError
from content.exchange import importing
from content.exchange.media import MediaFolder, take_media
from content.library import LoadReport
from content.store import AssetStore
from content.tables import Asset, Editorial, Post, PostAsset, Review
from tests.conftest import LAN, MINH, NOW
from tests.content.exchange.tables import (
    ROW,
    bring_in,
    errors,
    look,
    picture,
    post,
    read,
    row,
    warnings,
    write_csv,
    write_xlsx,
)
from tests.content.shelf import draw, png


def count(session: Session) -> int:
    return sum(
        session.exec(select(func.count()).select_from(table)).one() for table in (Post, Asset, PostAsset, Review)
    )


# All or nothing ----------------------------------------------------------------------------------------


def test_a_table_is_imported_as_drafts_and_the_same_again_changes_nothing(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    picture(tmp_path / "anh")
    path = write_xlsx(
        tmp_path, [row(**{"Ảnh/Video": "giay-hen.png", "Văn bản thay thế": "Tờ giấy có mã hồ sơ."}), row(Mã_bài="d-2")]
    )
    assert bring_in(session, path, store, tmp_path / "anh") == LoadReport(new=["d-giay-hen", "d-2"])
    assert {one.state for one in session.exec(select(Post))} == {Editorial.DRAFT}
    assert post(session).file == "bang.xlsx"
    before = count(session)
    assert bring_in(session, path, store, tmp_path / "anh") == LoadReport(same=["d-giay-hen", "d-2"])
    assert count(session) == before


def test_one_bad_row_keeps_every_row_out_and_the_good_ones_can_be_named(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    path = write_csv(tmp_path, [row(), row(Mã_bài="d-hai", Điểm="f"), row(Mã_bài="d-ba"), row(Mã_bài="d-bon")])
    with pytest.raises(LibraryError, match=r"Chưa nhập dòng nào vì 1 dòng còn lỗi: 3\..*--rows 2,4-5"):
        bring_in(session, path, store)
    assert count(session) == 0
    table = read(path)
    importing.keep(table, importing.row_numbers("2, 4-5"))
    importing.place(table, store, draw)
    assert importing.write(session, table, NOW, LAN).new == ["d-giay-hen", "d-ba", "d-bon"]


def test_a_named_row_that_is_bad_or_absent_imports_nothing(session: Session, tmp_path: Path) -> None:
    table = read(write_csv(tmp_path, [row(), row(Mã_bài="d-hai", Điểm="f")]))
    with pytest.raises(ContentError, match="bảng không có bài ở dòng 9; các dòng có bài: 2-3"):
        importing.keep(table, [2, 9])
    importing.keep(table, [3])
    with pytest.raises(LibraryError, match="Chưa nhập dòng nào"):
        importing.write(session, table, NOW, LAN)
    assert count(session) == 0


@pytest.mark.parametrize("written", ["", "a", "3-", "9-2", "-3", "1-99999999", "2,,x"])
def test_rows_that_are_no_numbers_are_told(written: str) -> None:
    with pytest.raises(ContentError, match="hãy viết số dòng như 2,5-9"):
        importing.row_numbers(written)


def test_a_picture_that_is_broken_is_told_on_its_row_and_nothing_is_imported(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    (tmp_path / "gia.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    path = write_csv(tmp_path, [row(), row(Mã_bài="d-2", **{"Ảnh/Video": "gia.png", "Văn bản thay thế": "x"})])
    table = look(session, path, store, tmp_path)
    [told] = errors(table)
    assert told.startswith("Dòng 3, cột “Ảnh/Video”: gia.png: ")
    with pytest.raises(LibraryError):
        importing.write(session, table, NOW, LAN)
    assert count(session) == 0


def test_a_database_that_fails_in_the_middle_keeps_nothing(
    session: Session, tmp_path: Path, store: AssetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = look(session, write_csv(tmp_path, [row(), row(Mã_bài="d-2"), row(Mã_bài="d-3")]), store)
    [*_, last] = table.rows
    assert last.post is not None
    setattr(last.post, "title", None)  # noqa: B010  the database refuses it in the middle; the type would at once
    with pytest.raises(Exception, match=r"NOT NULL|not-null|NoneType|expected str"):
        importing.write(session, table, NOW, LAN)
    session.rollback()
    assert count(session) == 0


def test_what_is_left_to_fill_in_may_be_a_draft(session: Session, tmp_path: Path, store: AssetStore) -> None:
    path = write_csv(tmp_path, [row(Nội_dung="Mời bà con đến [tên đơn vị].")])
    table = look(session, path, store)
    assert errors(table) == []
    assert any("chưa điền: “[tên đơn vị]”" in one for one in warnings(table))
    assert importing.write(session, table, NOW, LAN).new == ["d-giay-hen"]


# Changes -----------------------------------------------------------------------------------------------


def test_a_changed_row_makes_the_approved_post_a_draft_again_and_is_told_beforehand(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    bring_in(session, write_csv(tmp_path, [row()]), store)
    submit(session, "d-giay-hen", LAN, NOW)
    approve(session, "d-giay-hen", MINH, NOW)
    session.commit()
    path = write_csv(tmp_path, [row(Tiêu_đề="Giữ giấy hẹn")])
    table = look(session, path, store)
    assert [one.outcome for one in table.rows] == ["changed"]
    assert any("“Đã duyệt”; sửa thì trở lại bản nháp, lần duyệt hết hiệu lực" in one for one in warnings(table))
    assert bring_in(session, path, store).changed == ["d-giay-hen"]
    assert post(session).state == Editorial.DRAFT
    last = session.exec(select(Review).order_by(col(Review.id).desc())).first()
    assert last is not None
    assert (last.reason, last.actor) == (CHANGED_AFTER_APPROVAL, LAN)


# Keys --------------------------------------------------------------------------------------------------


def test_a_row_without_a_key_gets_its_letter_and_its_title_and_the_same_one_next_time(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    rows = [row(Mã_bài="", Điểm="đ"), row(Mã_bài="", Điểm="đ", Nội_dung="Khác."), row(Mã_bài="", Tiêu_đề="!!!")]
    path = write_csv(tmp_path, rows)
    keys = ["dd-giay-hen-tra-ket-qua", "dd-giay-hen-tra-ket-qua-2", "d"]
    assert bring_in(session, path, store).new == keys
    assert bring_in(session, path, store).same == keys


def test_a_key_made_by_us_never_overwrites_a_post_from_elsewhere(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    bring_in(session, write_csv(tmp_path, [row(Mã_bài="")], "thang-11.csv"), store)
    table = look(session, write_csv(tmp_path, [row(Mã_bài="", Nội_dung="Bài khác.")], "thang-12.csv"), store)
    [told] = errors(table)
    assert "mã tự đặt “d-giay-hen-tra-ket-qua” trùng với một bài đã có (từ thang-11.csv)" in told
    same = look(session, write_csv(tmp_path, [row(Mã_bài="")], "thang-12.csv"), store)
    assert [one.outcome for one in same.rows] == ["same"]


def test_a_key_used_twice_is_told_on_both_rows(tmp_path: Path) -> None:
    table = read(write_csv(tmp_path, [row(), row(Mã_bài="d-hai"), row(Tiêu_đề="Khác")]))
    assert errors(table) == [
        "Dòng 2, cột “Mã bài”: “d-giay-hen” còn dùng ở dòng 4; mỗi bài một mã riêng.",
        "Dòng 4, cột “Mã bài”: “d-giay-hen” còn dùng ở dòng 2; mỗi bài một mã riêng.",
    ]


# Files -------------------------------------------------------------------------------------------------


def files(folder: Path, names: str, alts: str = "Tờ giấy có mã hồ sơ\nQuầy tiếp nhận", **more: str) -> list[str]:
    path = write_csv(folder, [row(**{"Ảnh/Video": names, "Văn bản thay thế": alts}, **more)])
    return errors(read(path, folder / "anh"))


def test_names_are_found_composed_or_not_with_blanks_and_without_case(tmp_path: Path) -> None:
    picture(tmp_path / "anh", unicodedata.normalize("NFD", "Ảnh bìa số 1.PNG"))
    picture(tmp_path / "anh", "thang 12/hai.png", "red")
    assert files(tmp_path, "ảnh bìa số 1.png\nthang 12\\hai.png") == []
    assert files(tmp_path, "Ảnh bìa số 1.PNG; thang 12/hai.png") == []


def test_two_files_that_differ_by_case_only_are_told_when_neither_is_meant_exactly(tmp_path: Path) -> None:
    picture(tmp_path / "anh", "Một.png")
    picture(tmp_path / "anh", "một.png", "red")
    if len(list((tmp_path / "anh").iterdir())) == 2:
        assert "có 2 tệp cùng tên “MỘT.PNG”" in files(tmp_path, "MỘT.PNG", "x")[0]
        assert files(tmp_path, "một.png", "x") == []


@pytest.mark.parametrize(
    "name", ["../bi-mat.png", "/etc/passwd", "C:\\bi-mat.png", "a/../../bi-mat.png", "\\\\may\\x.png"]
)
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "anh")
    picture(tmp_path, "bi-mat.png")
    [told] = [one for one in files(tmp_path, name, "x") if "Ảnh/Video" in one]
    assert "chỉ ghi tên tệp trong thư mục ảnh" in told


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system makes no links, so none can lie there")
def test_a_link_is_refused_wherever_it_leads(tmp_path: Path) -> None:
    picture(tmp_path, "bi-mat.png")
    picture(tmp_path / "anh")
    (tmp_path / "anh" / "ra.png").symlink_to(tmp_path / "bi-mat.png")
    (tmp_path / "anh" / "trong.png").symlink_to(tmp_path / "anh" / "giay-hen.png")
    (tmp_path / "anh" / "sau").symlink_to(tmp_path)
    assert "“ra.png” là liên kết, không phải tệp" in files(tmp_path, "ra.png", "x")[0]
    assert "“trong.png” là liên kết, không phải tệp" in files(tmp_path, "trong.png", "x")[0]
    assert "không tìm thấy tệp “sau/bi-mat.png”" in files(tmp_path, "sau/bi-mat.png", "x")[0]
    taken = take_media(tmp_path / "anh", AssetStore(tmp_path / "store"))
    assert [name for name, _ in taken.files] == ["giay-hen.png"]
    assert [one.partition(":")[0] for one in taken.problems] == ["ra.png", "trong.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_the_folder_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "anh").mkdir()
    os.mkfifo(tmp_path / "anh" / "ong.png")
    assert "không tìm thấy tệp “ong.png”" in files(tmp_path, "ong.png", "x")[0]


def test_more_texts_than_files_are_told_and_too_few_leave_a_picture_without(tmp_path: Path) -> None:
    picture(tmp_path / "anh")
    picture(tmp_path / "anh", "hai.png", "red")
    assert "có 2 tệp nhưng 3 văn bản thay thế" in files(tmp_path, "giay-hen.png; hai.png", "Một\nHai\nBa")[0]
    assert any("chưa có văn bản thay thế" in one for one in files(tmp_path, "giay-hen.png; hai.png", "Một"))


def test_files_of_one_platform_need_that_platform(tmp_path: Path) -> None:
    picture(tmp_path / "anh")
    path = write_csv(tmp_path, [row(**{"youtube: ảnh bìa": "giay-hen.png", "youtube: văn bản thay thế ảnh bìa": "x"})])
    assert errors(read(path, tmp_path / "anh")) == [
        "Dòng 2, cột “youtube: ảnh bìa”: có tệp riêng cho kênh này nhưng cột “Kênh” không chọn nó."
    ]


def test_a_spec_is_drawn_as_image_and_cover_and_only_once(session: Session, tmp_path: Path, store: AssetStore) -> None:
    (tmp_path / "anh").mkdir()
    (tmp_path / "anh" / "hinh.yml").write_text("template: facts\n", encoding="utf-8")
    drawn: list[str] = []

    def counting(spec: Path, size: str) -> bytes:
        drawn.append(size)
        return draw(spec, size)

    cells = {"Ảnh/Video": "hinh.yml", "Văn bản thay thế": "x", "Hình thức": "Infographic"}
    table = read(write_csv(tmp_path, [row(**cells), row(Mã_bài="d-hai", **cells)]), tmp_path / "anh")
    importing.place(table, store, counting)
    assert errors(table) == []
    assert drawn == ["portrait", "wide"]
    assert [one.role for one in table.rows[1].placed] == ["image", "cover"]


def test_a_folder_with_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path)
    monkeypatch.setattr("content.exchange.media.FILES_MAX", 0)
    with pytest.raises(ContentError, match="có hơn 0 tệp"):
        MediaFolder(tmp_path).find("x.png")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="không tìm thấy thư mục ảnh"):
        read(write_csv(tmp_path, [ROW]), tmp_path / "khong-co")


def test_bad_files_of_a_folder_stop_only_themselves(tmp_path: Path, store: AssetStore) -> None:
    picture(tmp_path / "anh")
    picture(tmp_path / "anh", "sau/hai.png", "red")
    (tmp_path / "anh" / "ghi-chu.txt").write_text("x", encoding="utf-8")
    taken = take_media(tmp_path / "anh", store)
    assert [name for name, _ in taken.files] == ["giay-hen.png", "sau/hai.png"]
    [told] = taken.problems
    assert told.startswith("ghi-chu.txt: ")


def test_a_disk_that_refuses_stops_everything_at_once_and_blames_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "anh"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(png(name[0].replace("a", "red").replace("b", "navy")))
    (tmp_path / "kho").write_text("not a folder")
    with pytest.raises(DiskError, match="không ghi được vào") as told:
        take_media(folder, AssetStore(tmp_path / "kho" / "assets"))
    assert str(told.value).count("không ghi được") == 1
