import hashlib
import unicodedata
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from content.editorial import CHANGED_AFTER_APPROVAL, approve, is_approved, submit
from content.errors import DiskError, LibraryError
from content.library import LoadReport, load_library, read_library
from content.media.verdict import PLACE
from content.postfile import read_post
from content.store import AssetStore
from content.tables import Asset, Editorial, Post, PostAsset, Review
from tests.conftest import LAN, MINH, NOW
from tests.content.films import atom, mp4
from tests.content.shelf import POST, draw, fill_the_disk, needs_dev_full, plan, png, shelf


def load(session: Session, folder: Path) -> LoadReport:
    return load_library(session, folder, plan(), AssetStore(folder / "store"), NOW, draw)


def problems_of(file: Path) -> list[str]:
    with pytest.raises(LibraryError) as told:
        read_post(file, plan())
    return told.value.problems


def one(session: Session) -> Post:
    return session.exec(select(Post)).one()


def rows(session: Session) -> int:
    return sum(
        session.exec(select(func.count()).select_from(table)).one() for table in (Post, Asset, PostAsset, Review)
    )


def test_a_post_is_read_as_it_was_written(tmp_path: Path) -> None:
    post = read_post(shelf(tmp_path), plan())
    assert (post.key, post.topic, post.hashtags) == ("d-giay-hen", "d", ["#CCHC", "#MotCua"])
    assert post.body.splitlines()[0] == "Có giấy hẹn trong tay, bà con biết khi nào đến lấy kết quả."
    assert post.variants == {"zalo": {"summary": "Ba điều cần kiểm tra trên giấy hẹn."}}
    assert (post.late_rule, post.late_minutes, post.evergreen) == ("expire", 180, True)


def test_decomposed_text_is_read_as_composed_text(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", POST)
    assert apart != POST
    assert read_post(shelf(tmp_path, apart), plan()) == read_post(shelf(tmp_path), plan())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("topic: d\n", "topic: đđ\n", "d-giay-hen.md: topic: kế hoạch không có nội dung “đđ”"),
        (
            "source: Nghị định số 118/2025/NĐ-CP ngày 09/6/2025 của Chính phủ\n",
            "",
            "d-giay-hen.md: source: thiếu nguồn",
        ),
        ("title: Giấy hẹn trả kết quả", "title: 2026", "d-giay-hen.md: title: phải là chữ"),
        ("title: Giấy hẹn trả kết quả", "title: Giấy hẹn: trả", "d-giay-hen.md: dòng 2: viết sai cú pháp YAML"),
        ("hashtags: [CCHC, MotCua]", "hashtags: [CCHC", "d-giay-hen.md: dòng 9: viết sai cú pháp YAML"),
        ("form: infographic", "form: infographic\nfrom: x", "d-giay-hen.md: from: tên trường không có trong mẫu"),
        ("form: infographic", "form: infographic\nform: video", "d-giay-hen.md: dòng 5: viết sai cú pháp YAML (form:)"),
        ("form: infographic", "form: infographic\nsensitive: maybe", "sensitive: chỉ nhận true hoặc false"),
        ("form: infographic", "form: infographic\nvalid_to: 31/02/2026", "valid_to: phải là ngày"),
        ("form: infographic", "form: infographic\nlate: {rule: sometimes}", "late.rule: chỉ nhận một trong"),
        ("- image: giay-hen.png", "- image: mat.png", "assets, mục 1: không tìm thấy tệp “mat.png”"),
        ("- image: giay-hen.png", "- image: ../../etc/passwd", "phải là đường dẫn trong thư mục dự án"),
        ("- image: giay-hen.png", "- image: a.png\n    video: b.mp4", "phải có đúng một trong: infographic, image"),
        ("    alt: Một tờ giấy hẹn có mã hồ sơ.\n", "", "assets: mục 1 (ảnh): chưa có văn bản thay thế"),
        ("---\n\nCó giấy", "\nCó giấy", "d-giay-hen.md: dòng "),
        ("---\ntitle", "title", "d-giay-hen.md: dòng 1: tệp phải mở đầu"),
        (
            POST[POST.index("Có giấy hẹn") :],
            "",
            "d-giay-hen.md: body: bài chưa có nội dung",
        ),
    ],
)
def test_a_slip_in_a_post_is_told_with_file_and_field(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in POST
    problems = problems_of(shelf(tmp_path, POST.replace(old, new, 1)))
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("no", False), ("true", True), ("false", False)])
def test_yes_and_no_mean_what_people_mean(tmp_path: Path, written: str, meant: bool) -> None:
    text = POST.replace("form: infographic", f"form: infographic\nsensitive: {written}")
    assert read_post(shelf(tmp_path, text), plan()).sensitive is meant


def test_a_wrong_letter_names_the_eleven(tmp_path: Path) -> None:
    [told] = problems_of(shelf(tmp_path, POST.replace("topic: d", "topic: z")))
    assert all(f"{topic.letter} ({topic.label})" in told for topic in plan().topics)


def test_everything_wrong_with_a_post_is_told_at_once(tmp_path: Path) -> None:
    text = (
        POST.replace("topic: d", "topic: z")
        .replace("giay-hen.png", "mat.png")
        .replace("source: Nghị", "source: ''  # ")
    )
    assert len(problems_of(shelf(tmp_path, text))) == 3


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = shelf(tmp_path)
    file.write_bytes(POST.encode("utf-16"))
    assert problems_of(file) == ["d-giay-hen.md: tệp không phải UTF-8; hãy lưu lại với bảng mã UTF-8."]


def test_a_name_with_marks_is_no_key(tmp_path: Path) -> None:
    [told] = problems_of(shelf(tmp_path, key="Giấy hẹn"))
    assert "tên tệp: chỉ dùng chữ thường không dấu" in told


def test_a_bad_file_in_a_folder_loads_nothing_and_every_bad_file_is_told(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    shelf(tmp_path, POST.replace("topic: d", "topic: z"), key="b-sai")
    shelf(tmp_path, POST.replace("platforms: [facebook, zalo]\n", ""), key="c-sai")
    with pytest.raises(LibraryError) as told:
        load(session, tmp_path)
    assert {problem.partition(":")[0] for problem in told.value.problems} == {"b-sai.md", "c-sai.md"}
    assert rows(session) == 0


def test_a_picture_that_is_not_a_picture_loads_nothing(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    shelf(tmp_path, POST.replace("giay-hen.png", "gia.png"), key="d-gia")
    (tmp_path / "gia.png").write_bytes(b"not a picture at all")
    with pytest.raises(LibraryError, match=r"d-gia\.md: assets, mục 1: gia\.png: không phải ảnh"):
        load(session, tmp_path)
    assert rows(session) == 0


def test_a_video_in_the_place_of_a_picture_is_refused(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "giay-hen.png").write_bytes(mp4())
    with pytest.raises(LibraryError, match="cần ảnh nhưng nội dung tệp là video/mp4"):
        load(session, tmp_path)


def test_an_empty_folder_is_told(session: Session, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="không có bài nào"):
        load(session, tmp_path)


def test_loading_twice_changes_nothing(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    assert load(session, tmp_path) == LoadReport(new=["d-giay-hen"])
    session.commit()
    before = rows(session)
    assert load(session, tmp_path) == LoadReport(same=["d-giay-hen"])
    assert rows(session) == before


def test_a_loaded_post_is_found_without_marks(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    load(session, tmp_path)
    assert session.exec(select(Post).where(col(Post.search_key).contains("giay hen tra ket qua"))).one().topic == "d"


def test_an_approved_post_whose_file_changed_is_a_draft_again_and_says_why(session: Session, tmp_path: Path) -> None:
    file = shelf(tmp_path)
    load(session, tmp_path)
    submit(session, "d-giay-hen", LAN, NOW)
    approve(session, "d-giay-hen", MINH, NOW)
    session.commit()
    assert is_approved(one(session))
    file.write_text(POST.replace("lấy kết quả", "nhận kết quả"), encoding="utf-8")
    assert load(session, tmp_path) == LoadReport(changed=["d-giay-hen"], ended=["d-giay-hen"])
    session.commit()
    assert not is_approved(one(session))
    assert one(session).state == Editorial.DRAFT
    last = session.exec(select(Review).order_by(col(Review.id).desc())).first()
    assert last is not None
    assert last.reason == CHANGED_AFTER_APPROVAL


def test_another_picture_under_the_same_name_ends_the_approval_too(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    load(session, tmp_path)
    submit(session, "d-giay-hen", LAN, NOW)
    approve(session, "d-giay-hen", MINH, NOW)
    (tmp_path / "giay-hen.png").write_bytes(png("red"))
    assert load(session, tmp_path).changed == ["d-giay-hen"]
    assert not is_approved(one(session))
    assert session.exec(select(func.count()).select_from(PostAsset)).one() == 1


def test_an_infographic_becomes_a_portrait_image_and_a_wide_cover(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path, POST.replace("image: giay-hen.png", "infographic: hinh.yml"))
    (tmp_path / "hinh.yml").write_text("template: facts\n", encoding="utf-8")
    load(session, tmp_path)
    found = session.exec(
        select(PostAsset.role, Asset.width, Asset.height).where(PostAsset.sha256 == Asset.sha256)
    ).all()
    assert sorted(found) == [("cover", 160, 90), ("image", 80, 100)]


def test_an_asset_for_one_platform_is_marked_with_it(session: Session, tmp_path: Path) -> None:
    more = "  - cover: giay-hen.png\n    alt: Giấy hẹn đặt trên bàn tiếp dân.\n    platforms: [zalo]\n---\n\nCó"
    shelf(tmp_path, POST.replace("---\n\nCó", more))
    load(session, tmp_path)
    assert sorted(session.exec(select(PostAsset.role, PostAsset.platform)).all()) == [("cover", "zalo"), ("image", "")]


def test_what_a_film_tells_is_kept_and_staff_are_told_what_was_taken_out(session: Session, tmp_path: Path) -> None:
    place = atom(b"udta", atom(b"\xa9xyz", b"\0\x05\0\0+16.4"))
    shelf(tmp_path, POST.replace("image: giay-hen.png", "video: phim.mp4").replace("infographic", "video"))
    (tmp_path / "phim.mp4").write_bytes(mp4(seconds=31.5, udta=place))
    assert load(session, tmp_path).notes == [f"d-giay-hen.md: phim.mp4: {PLACE}."]
    asset = session.exec(select(Asset)).one()
    assert (asset.mime, asset.width, asset.height, asset.seconds) == ("video/mp4", 1280, 720, 31.5)
    asset.seconds = asset.width = 0
    session.add(asset)
    assert load(session, tmp_path).same == ["d-giay-hen"]
    assert (asset.width, asset.seconds) == (1280, 31.5), "a row from before learns it too"


@needs_dev_full
def test_a_full_disk_while_drawing_loads_nothing(session: Session, tmp_path: Path) -> None:
    shelf(tmp_path)
    shelf(tmp_path, POST.replace("image: giay-hen.png", "infographic: hinh.yml"), key="d-hinh")
    (tmp_path / "hinh.yml").write_text("template: facts\n", encoding="utf-8")
    drawn = draw(tmp_path / "hinh.yml", "wide").paint()
    store = AssetStore(tmp_path / "store")
    fill_the_disk(store.path(hashlib.sha256(drawn).hexdigest(), "image/png"))
    with pytest.raises(DiskError, match=r"^hinh-wide\.png: đĩa đã đầy"):
        load(session, tmp_path)
    assert rows(session) == 0
    assert load(session, tmp_path).new == ["d-giay-hen", "d-hinh"], "and with room again it works"


def test_the_readme_of_a_library_is_no_post(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "README.md").write_text("# Thư viện", encoding="utf-8")
    assert [post.key for post in read_library(tmp_path, plan())] == ["d-giay-hen"]
