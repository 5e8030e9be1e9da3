"""`cchc library` and `cchc post`: broken files are named, loading is all or nothing, nobody approves alone."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cchc
from tests.conftest import LAN, MINH


def spoil(cchc: Cchc, key: str, old: str, new: str) -> None:
    file = cchc.folder / "library" / f"{key}.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("topic: d", "topic: z", "topic"),
        ("title: ", "titel: ", "titel"),
        ("platforms: [facebook]", "platforms: [facebook, facebook]", "platforms"),
        ("form: van_ban", "form: poster", "form"),
    ],
)
def test_a_broken_head_is_named_by_file_and_field(office: Cchc, old: str, new: str, field: str) -> None:
    spoil(office, "d-giay-hen", old, new)
    told = office("library", "check")
    assert told.code == 1
    assert any(line.startswith(f"d-giay-hen.md: {field}") for line in told.err.splitlines()), told.err


def test_loading_is_all_or_nothing(office: Cchc) -> None:
    before = office.ok("library", "list")
    spoil(office, "a-gioi-thieu", "Giới thiệu", "Đổi tên")
    spoil(office, "d-giay-hen", "topic: d", "topic: z")
    spoil(office, "k-canh-bao", "form: van_ban", "form: poster")
    told = office("library", "load")
    assert told.code == 1
    assert "d-giay-hen.md: topic" in told.err and "k-canh-bao.md: form" in told.err
    assert office.ok("library", "list") == before


def test_an_empty_library_folder_is_named(office: Cchc) -> None:
    (office.folder / "empty").mkdir()
    assert "empty" in office("library", "load", CCHC_LIBRARY_DIR="empty").sentence


def test_a_plan_folder_that_is_not_there_is_named(office: Cchc) -> None:
    assert "nowhere" in office("library", "check", CCHC_PLAN_DIR="nowhere").sentence


def test_the_shipped_library_is_in_order(cchc: Cchc) -> None:
    assert "thiếu nội dung: không có" in cchc.ok("library", "check")


def test_a_post_is_found_without_its_marks(office: Cchc) -> None:
    out = office.ok("library", "list", "giay hen")
    assert "d-giay-hen" in out and "a-gioi-thieu" not in out


def test_a_list_says_how_many_posts_there_are_and_can_be_narrowed(office: Cchc) -> None:
    assert "Có 3 bài." in office.ok("library", "list")
    assert "Có 2 bài." in office.ok("library", "list", "--state", "approved")
    drafts = office.ok("library", "list", "moi", "ba", "con", "--state", "ban nhap", "--form", "van_ban")
    assert "k-canh-bao" in drafts and "Có 1 bài." in drafts
    assert "a-gioi-thieu" not in office.ok("library", "list", "--topic", "D")
    assert "hãy thử ít từ hơn" in office.ok("library", "list", "khong", "he", "co")


def test_a_long_list_is_shown_page_by_page(office: Cchc) -> None:
    text = (office.folder / "library" / "d-giay-hen.md").read_text(encoding="utf-8")
    for place in range(58):
        (office.folder / "library" / f"d-bai-{place}.md").write_text(text, encoding="utf-8")
    office.ok("library", "load")
    assert "Có 61 bài, từ bài 1 đến bài 50. Xem tiếp bằng --page 2." in office.ok("library", "list")
    assert office.ok("library", "list", "--page", "2").endswith("Có 61 bài, từ bài 51 đến bài 61.\n")
    assert "Trang này không có; tất cả có 61 bài" in office.ok("library", "list", "--page", "3")


@pytest.mark.parametrize(
    ("option", "value"), [("--topic", "z"), ("--form", "poster"), ("--state", "xong"), ("--topic", "' OR 1=1")]
)
def test_an_unknown_filter_is_named_with_what_there_is(office: Cchc, option: str, value: str) -> None:
    sentence = office("library", "list", option, value).sentence
    assert sentence.startswith(f"{option}: không có “{value}”; chỉ có ")


def test_the_letters_d_and_dd_are_told_apart(office: Cchc) -> None:
    assert "hãy thử ít từ hơn" in office.ok("library", "list", "--topic", "đ")
    assert "d-giay-hen" in office.ok("library", "list", "--topic", "d")


def test_the_library_is_readable_at_80_columns(office: Cchc) -> None:
    out = office.ok("library", "list")
    assert all(len(line) <= 80 for line in out.splitlines())
    assert all(key in out for key in ("a-gioi-thieu", "d-giay-hen", "k-canh-bao")), "a key can be copied whole"


def test_nobody_approves_what_they_submitted(office: Cchc) -> None:
    office.ok("post", "submit", "k-canh-bao", "--by", LAN)
    assert "không được tự duyệt" in office("post", "approve", "k-canh-bao", "--by", LAN.lower()).sentence
    assert "Chờ duyệt" in office.ok("post", "show", "k-canh-bao")
    assert "Đã duyệt 1 bài" in office.ok("post", "approve", "k-canh-bao", "--by", MINH)


def test_a_sensitive_post_is_approved_by_two_calls_of_two_people(office: Cchc) -> None:
    spoil(office, "k-canh-bao", "form: van_ban", "form: van_ban\nsensitive: true")
    office.ok("library", "load")
    office.ok("post", "submit", "k-canh-bao", "--by", LAN)
    first = office.ok("post", "approve", "k-canh-bao", "--by", MINH)
    assert "Đã duyệt cấp 1: 1 bài nhạy cảm (k-canh-bao), chưa được đăng" in " ".join(first.split())
    assert "phải là người khác" in office("post", "approve", "k-canh-bao", "--by", MINH).sentence
    assert "Chờ duyệt" in office.ok("post", "show", "k-canh-bao")
    assert "Đã duyệt 1 bài" in office.ok("post", "approve", "k-canh-bao", "--by", "Hà")
    assert "Duyệt cấp 1" in office.ok("post", "show", "k-canh-bao")


def test_an_urgent_post_is_approved_by_one_person_who_says_why(office: Cchc) -> None:
    spoil(office, "k-canh-bao", "form: van_ban", "form: van_ban\nsensitive: true")
    office.ok("library", "load")
    office.ok("post", "submit", "k-canh-bao", "--by", LAN)
    office.ok("post", "approve", "k-canh-bao", "--by", "Hà", "--urgent", "Lũ đang lên.")
    out = office.ok("post", "show", "k-canh-bao")
    assert "Duyệt khẩn" in out and "Lũ đang lên." in out


def test_a_returned_post_shows_its_reason_and_its_history(office: Cchc) -> None:
    office.ok("post", "return", "d-giay-hen", "--by", MINH, "--reason", "Ghi rõ nơi nhận")
    out = office.ok("post", "show", "d-giay-hen")
    assert "Trả lại" in out and "Ghi rõ nơi nhận" in out and "Đã duyệt" not in out


def test_several_posts_are_submitted_together_or_not_at_all(office: Cchc) -> None:
    assert "khong-co" in office("post", "submit", "k-canh-bao", "khong-co", "--by", LAN).sentence
    assert "Bản nháp" in office.ok("post", "show", "k-canh-bao")


def test_a_return_needs_a_reason_and_a_name(office: Cchc) -> None:
    assert "lý do" in office("post", "return", "d-giay-hen", "--by", MINH, "--reason", " ").sentence
    assert "người thực hiện" in office("post", "return", "d-giay-hen", "--by", " ", "--reason", "x").sentence


def test_an_edited_file_makes_the_post_a_draft_again(office: Cchc) -> None:
    spoil(office, "d-giay-hen", "mời bà con", "xin mời bà con")
    spoil(office, "k-canh-bao", "mời bà con", "xin mời bà con")
    out = office.ok("library", "load")
    assert "2 bài thay đổi" in out and "\nCần trình duyệt lại: d-giay-hen.\n" in out, (
        "the other one was no more than a draft"
    )
    assert "Bản nháp" in office.ok("post", "show", "d-giay-hen")
    assert "Cần trình duyệt lại" not in office.ok("library", "load")


@pytest.mark.parametrize("name", ["khong-co", "../d-giay-hen", ""])
def test_an_unknown_post_is_named(office: Cchc, name: str) -> None:
    assert name in office("post", "show", name).sentence


def test_loading_twice_leaves_the_pictures_alone(office: Cchc) -> None:
    def pictures() -> set[Path]:
        return set((office.folder / "data").rglob("*.png"))

    before = pictures()
    office.ok("library", "load")
    assert pictures() == before


# What is checked before a post is loaded, submitted and approved -----------------------------------------

REPEALED = "Theo Nghị định 61/2018/NĐ-CP, mời bà con"


def test_the_check_is_quiet_about_good_posts(office: Cchc) -> None:
    assert office.ok("library", "check").splitlines() == [
        "3 bài đúng quy cách, trong đó 0 bài còn chỗ phải điền và 0 bài có điểm cần xem lại; "
        "thiếu nội dung: b, c, đ, e, g, h, i, l."
    ]


def test_the_check_groups_what_it_found_by_post_in_the_plans_order(office: Cchc) -> None:
    spoil(office, "k-canh-bao", "title: Nhận", 'title: "[Đơn vị]: nhận')
    spoil(office, "k-canh-bao", "nhà nước\ntopic", 'nhà nước"\ntopic')
    spoil(office, "a-gioi-thieu", "mời bà con", REPEALED)
    lines = office.ok("library", "check").splitlines()
    assert lines[0].startswith("a-gioi-thieu.md (điểm a) ")
    assert lines[1] == "  Cần xem lại:" and "Hãy dùng 118/2025/NĐ-CP" in lines[2]
    assert lines[3].startswith("k-canh-bao.md (điểm k) ") and lines[4] == "  Phải điền trước khi trình duyệt:"
    assert "1 bài còn chỗ phải điền và 1 bài có điểm cần xem lại" in lines[-1]
    quiet = office.ok("library", "check", "--no-warnings")
    assert "a-gioi-thieu" not in quiet and "k-canh-bao.md" in quiet and "1 bài có điểm cần xem lại" in quiet


def test_one_bad_file_does_not_hide_what_is_found_in_the_others(office: Cchc) -> None:
    spoil(office, "d-giay-hen", "topic: d", "topic: z")
    spoil(office, "a-gioi-thieu", "mời bà con", REPEALED)
    told = office("library", "check")
    assert told.code == 1 and "d-giay-hen.md: topic" in told.err
    assert "a-gioi-thieu.md" in told.out and "2 bài đúng quy cách" in told.out


def test_a_post_with_places_to_fill_in_is_loaded_and_cannot_be_submitted(office: Cchc) -> None:
    spoil(office, "k-canh-bao", "mời bà con", "[tên cơ quan] mời bà con")
    assert "1 bài thay đổi" in office.ok("library", "load")
    told = office("post", "submit", "k-canh-bao", "--by", LAN, "--accept-warnings")
    assert told.code == 1
    assert told.err.splitlines()[:2] == ["k-canh-bao: chưa trình duyệt được.", "  Phải điền trước khi trình duyệt:"]
    assert "Bản nháp" in office.ok("post", "show", "k-canh-bao")


def test_warnings_are_accepted_by_name_at_both_steps_and_stand_in_the_history(office: Cchc) -> None:
    spoil(office, "k-canh-bao", "mời bà con", REPEALED)
    office.ok("library", "load")
    shown = office.ok("post", "show", "k-canh-bao")
    assert "Kiểm tra trước khi trình duyệt:" in shown and "Hãy dùng 118/2025/NĐ-CP" in shown
    told = office("post", "submit", "k-canh-bao", "--by", LAN)
    assert told.code == 1 and "thêm --accept-warnings" in told.err
    office.ok("post", "submit", "k-canh-bao", "--by", LAN, "--accept-warnings")
    told = office("post", "approve", "k-canh-bao", "--by", MINH)
    assert told.code == 1 and "k-canh-bao: chưa duyệt được." in told.err
    office.ok("post", "approve", "k-canh-bao", "--by", MINH, "--accept-warnings")
    history = " ".join(office.ok("post", "show", "k-canh-bao", COLUMNS="250").split())
    assert history.count("Chấp nhận cảnh báo (1)") == 2
