"""What is clearly left to fill in stops a post; what may be meant so is only asked about."""

import re
from dataclasses import replace
from itertools import chain

import pytest

from content.brand import PLACEHOLDER
from content.checks import Finding, Grade, check
from content.checks.blanks import is_blank
from content.postfile import PostFile, read_post
from content.takeup import ALT_TO_FILL, TEXT_TO_FILL
from tests.content.shelf import ROOT, plan, shelf
from tests.content.test_checks import said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, text: str) -> list[Finding]:
    changed = replace(post, body=said(text)["body"])
    return [one for one in check(changed, changed.places(), plan()) if "chưa điền" in one.words]


TO_FILL = [
    "Gặp [Tên cơ quan] nhé", "[Tên cơ quan]", "[Đơn vị] đã làm khác đi", "[Đơn vị]", "Họp lúc [thời gian]",
    "Làm [thủ tục] tại nhà", "[Câu hỏi của người dân]", "Hỏi: [câu hỏi của người dân]", "[ten co quan]", "[Mo ta anh]",
    "[Viết hai câu nói 3 điều]", "[Họ và tên]", "[Số điện thoại]",
    "{{ten}}", "TODO", "Gọi ......", "Gọi ……", "Tên: ____",
    "‹tên xã>", "‹tên xã›", "Đến <tên xã> hỏi", "số …/KH-UBND", "[Cách làm mới].",
]  # fmt: skip
ASKED = [
    "[THÔNG BÁO] Lịch nghỉ", "[Infographic] Bốn bước", "[Cập nhật] Lịch", "[Ảnh: TTXVN]",
    "“bảo đảm [quyền của người dân]”",
    "Soạn: TC [Mã hồ sơ] gửi 8188", "Soạn TC [số hồ sơ] gửi 8188", "Ghi theo mẫu dd/mm/yyyy", "Mã dạng H57.26-…-xxxx",
    "Năm 20xx", "Dòng ngày ... tháng trên tờ khai", "[Việt Nam] đứng thứ mười", "[Viet Nam]", "[Số hóa] hồ sơ",
    "[Số hoá] a",
    "[Ngày 12/10] Hội nghị", "[số 481/KH-UBND]", "[Cách làm hay] Xã A hẹn giờ", "[Câu hỏi] Nộp ở đâu?",
    "[Ngày hội] Vui",
    "[Một câu chuyện] ở xã", "Họp ngày   /  /2026", "Đến (điền địa chỉ) hỏi", "UBND xã ... tiếp bà con",
    "UBND xã … tiếp",
    "[Địa chỉ: 01 Lê Lợi]", "[Điện thoại]", "[Ngay lập tức]",
]  # fmt: skip
HONEST = [
    "Xem [bài gốc](https://hue.gov.vn/a)", "Thể chế […] rõ", "Chờ… rồi xem [1]", "Nếu a < b và b > c", "1 <2> 3",
    "Tờ khai (ghi rõ)", "Thủ tục (viết tắt là TTHC)", "Hoa, quả ... đều tốt", "Về xã...", "hue-gov[.]vn",
    "Xã… rồi đến tỉnh",
]  # fmt: skip


@pytest.mark.parametrize("text", TO_FILL)
def test_a_place_to_fill_in_stops_a_post(good: PostFile, text: str) -> None:
    assert [one.grade for one in findings(good, text)] == [Grade.TO_FILL]


@pytest.mark.parametrize("text", ASKED)
def test_what_an_honest_text_may_hold_is_only_asked_about(good: PostFile, text: str) -> None:
    assert [one.grade for one in findings(good, text)] == [Grade.WARNING]
    assert not is_blank(text)


@pytest.mark.parametrize("text", HONEST)
def test_ordinary_writing_is_no_place_to_fill_in(good: PostFile, text: str) -> None:
    assert findings(good, text) == []


def test_every_bracket_that_we_ship_is_to_be_filled_in(good: PostFile) -> None:
    """In its own line, as it stands there; the lists of the files' heads are no brackets of a text."""
    files = chain((ROOT / "content" / "library").glob("*.md"), (ROOT / "content" / "plans").rglob("brands.yml"))
    lines = [
        line.strip() for path in files if path.name != "README.md" for line in path.read_text("utf-8").splitlines()
    ]
    lines += [PLACEHOLDER, ALT_TO_FILL, TEXT_TO_FILL, "[Ghi nguồn chính thống]"]
    held = [line for line in lines if re.search(r"\[[^\[\]]*\w", line) and not re.match(r"[\w-]+: \[", line)]
    assert len(held) > 30
    for line in held:
        text = re.sub(r"^(?:- )?\w+: ", "", line).strip('"')
        assert [one.grade for one in findings(good, text)] == [Grade.TO_FILL], line
