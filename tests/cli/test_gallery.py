"""`cchc library gallery`: one command, one folder, one sentence."""

from tests.cli.conftest import Cchc

SPEC = "template: quote\ntitle: Đúng hẹn\nsizes: [square]\n"


def test_it_writes_the_gallery_and_says_where(cchc: Cchc) -> None:
    (cchc.folder / "specs").mkdir()
    (cchc.folder / "specs" / "a.yml").write_text(SPEC, encoding="utf-8")
    out = cchc.ok("library", "gallery", "--specs", "specs", "--out", "anh", "--palette", "song_huong", "--brand", "snv")
    assert out.strip().splitlines()[-1] == "Đã vẽ 9 ảnh và 2 bảng ảnh nhỏ; mở anh/index.html để xem."
    page = (cchc.folder / "anh" / "index.html").read_text(encoding="utf-8")
    assert "Sở Nội vụ thành phố Huế" in page
    assert (cchc.folder / "anh" / "song_huong" / "a-story.png").is_file()


def test_a_picture_without_room_is_told_and_ends_with_an_error(cchc: Cchc) -> None:
    (cchc.folder / "specs").mkdir()
    (cchc.folder / "specs" / "a.yml").write_text(SPEC.replace("Đúng hẹn", "nghiêngngả" * 12), encoding="utf-8")
    told = cchc("library", "gallery", "--specs", "specs", "--out", "anh", "--palette", "tim_hue")
    assert told.code == 1
    assert "a.yml: chữ không vừa khổ" in told.err


def test_an_unknown_palette_or_agency_is_told_with_those_there_are(cchc: Cchc) -> None:
    assert "chỉ nhận một trong: tim_hue" in cchc("library", "gallery", "--palette", "xanh").sentence
    assert "các mã hiện có: ubnd, vpubnd" in cchc("library", "gallery", "--brand", "soyte").sentence
