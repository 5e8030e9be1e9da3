"""What is asked of every post: each slip is found in its field, each good way of writing raises no alarm."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.checks import AssetPlace, Drawn, Earlier, Finding, Grade, check, hashtag, tell
from content.postfile import PostFile, read_post
from tests.conftest import NOW
from tests.content.shelf import plan, shelf

SOURCE = "\n\nNguồn: Cổng Thông tin điện tử tỉnh."


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, **changes: Any) -> list[Finding]:
    changed = replace(post, **changes)
    return check(changed, changed.places(), plan())


def said(body: str) -> dict[str, str]:
    """A body that names its source, so that nothing else is found."""
    return {"body": body + SOURCE}


def test_a_good_post_has_no_finding(good: PostFile) -> None:
    assert findings(good) == []


ERROR, TO_FILL, WARNING = Grade.ERROR, Grade.TO_FILL, Grade.WARNING


@pytest.mark.parametrize(
    ("changes", "field", "words", "grade"),
    [
        ({"topic": "z"}, "topic", "đ (Dịch vụ công trực tuyến)", ERROR),
        ({"form": "poster"}, "form", "van_ban, infographic", ERROR),
        ({"audiences": []}, "audiences", "doanh_nghiep (Doanh nghiệp)", ERROR),
        ({"audiences": ["tre_em"]}, "audiences", "không có đối tượng “tre_em”", ERROR),
        ({"platforms": []}, "platforms", "chưa chọn nền tảng", ERROR),
        ({"platforms": ["facebook"]}, "variants.zalo", "platforms không chọn nó", ERROR),
        ({"source": " "}, "source", "thiếu nguồn chính thống", ERROR),
        ({"source": "Sưu tầm."}, "source", "không phải nguồn chính thống", WARNING),
        ({"form": "lien_ket"}, "source_url", "phải có địa chỉ bài gốc", ERROR),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "valid_to", "đứng trước", ERROR),
        # titles and tone
        ({"title": ""}, "title", "chưa có tiêu đề", ERROR),
        ({"body": "\n"}, "body", "chưa có nội dung", ERROR),
        ({"title": "Đề án " * 20}, "title", "nên viết trong 90 ký tự", WARNING),
        ({"title": "ĐỀ ÁN MỘT CỬA"}, "title", "viết hoa toàn bộ", WARNING),
        ({"title": "CAI CACH HANH CHINH"}, "title", "viết hoa toàn bộ", WARNING),
        ({"title": "HỘI NGHỊ tổng kết cải cách"}, "title", "cả từ “HỘI NGHỊ”", WARNING),
        ({"variants": {"zalo": {"title": "ĐỀ ÁN 06 và bạn"}}}, "variants.zalo.title", "“ĐỀ ÁN”", WARNING),
        ({"title": "Thủ tục mới, nhanh hơn!!!"}, "title", "“!!!”", WARNING),
        (said("Bà con đã biết chưa???"), "body", "“???”", WARNING),
        (said("Vui quá 🎉🎉🎉🎉🎉"), "body", "5 biểu tượng cảm xúc", WARNING),
        ({"body": "Mời bà con xem."}, "body", "chưa có dòng nguồn", WARNING),
        ({"variants": {"zalo": {"text": "Mời bà con xem."}}}, "variants.zalo.text", "chưa có dòng nguồn", WARNING),
        (said("Từ nay " + "bà con " * 20 + "vui."), "body", "câu đầu dài 43 tiếng", WARNING),
        (said("Ngắn gọn.\n" + "bà con " * 30 + "vui."), "body", "dài 61 tiếng; nên tách", WARNING),
        (
            said("Xem https://hue.gov.vn/a và https://hue.gov.vn/b"),
            "body",
            "có 2 liên kết; nên chỉ mời người đọc mở một",
            WARNING,
        ),
        # what the office has to fill in
        ({"title": "Cách làm hay: [tên mô hình]"}, "title", "còn chỗ chưa điền: “[tên mô hình]”", TO_FILL),
        ({"variants": {"zalo": {"text": "Gọi ……" + SOURCE}}}, "variants.zalo.text", "còn chỗ chưa điền", TO_FILL),
        (
            {"title": "[Tên mô hình] tại [đơn vị], [đơn vị]"},
            "title",
            "còn 2 chỗ chưa điền: “[Tên mô hình]”, “[đơn vị]”",
            TO_FILL,
        ),
        ({"source": "[Tên cơ quan]"}, "source", "“[Tên cơ quan]”", TO_FILL),
        ({"source_url": "[địa chỉ bài gốc]"}, "source_url", "“[địa chỉ bài gốc]”", TO_FILL),
        (said("TODO: hỏi lại"), "body", "“TODO”", TO_FILL),
        (said("Xin chào {{ten}}"), "body", "“{{ten}}”", TO_FILL),
        (said("Từ ngày xx/xx/20xx"), "body", "“xx/xx/20xx”", WARNING),
        (said("Từ ngày … tháng …"), "body", "chỗ giống như chưa điền: “ngày …”", WARNING),
        (said("Theo Quyết định số …/QĐ-UBND"), "body", "“…/QĐ-UBND”", TO_FILL),
        (said("Gọi 0xxx để hỏi"), "body", "“0xxx”", WARNING),
        (said("Họ tên: _______"), "body", "“_______”", TO_FILL),
        ({"form": "video"}, "assets", "chưa có tệp video; hãy quay", TO_FILL),
        # hashtags
        ({"hashtags": ["#Cải-cách"]}, "hashtags", "hãy viết #CaiCach", ERROR),
        ({"hashtags": ["#2026"]}, "hashtags", "chữ và số viết liền", ERROR),
        ({"hashtags": ["#CảiCách"]}, "hashtags", "nên viết không dấu (#CaiCach)", WARNING),
        ({"hashtags": ["#caicachhanhchinh"]}, "hashtags", "viết hoa chữ đầu mỗi tiếng", WARNING),
        ({"hashtags": ["#CCHC", "#cchc"]}, "hashtags", "viết hai lần", WARNING),
        ({"hashtags": [f"#The{letter}" for letter in "ABCDEFGHI"]}, "hashtags", "có 9 thẻ", WARNING),
        (said("Cùng #CảiCách nhé"), "body", "nên viết không dấu", WARNING),
    ],
)
def test_each_slip_is_found_in_its_field(
    good: PostFile, changes: dict[str, Any], field: str, words: str, grade: Grade
) -> None:
    found = findings(good, **changes)
    assert any(one.field == field and words in one.words and one.grade is grade for one in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "PCI, ICT, DTI, PAPI: bốn bộ chỉ số, bốn góc nhìn"},
        {"title": "UBND, HĐND và TTHC trên Zalo OA của TP. Huế"},
        {"title": "Kỷ niệm lần thứ XIV ngày Pháp luật"},
        {"title": "PAR Index"},
        said("Đọc “thể chế […] rõ ràng” và [bài gốc](https://hue.gov.vn/bai-viet)."),
        said("Chờ… rồi xem [1] và thế kỷ XX, lần thứ XXX."),
        said("Nhanh hơn! Bà con thấy sao? 🎉"),
        said("✓ Một\n✓ Hai\n✓ Ba\n✓ Bốn\n✓ Năm"),
        said("Xem https://hue.gov.vn/a. Nhắc lại: https://hue.gov.vn/a"),
        said("Xem https://hue.gov.vn/a\nNguồn: https://chinhphu.vn/b"),
        {"body": "Mời bà con xem.\nNGUỒN : Cổng Dịch vụ công Quốc gia"},
        {"hashtags": ["#CCHC", "#CaiCachHanhChinh", "#UBNDTinh", "#DeAn06", "#hue"]},
        {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 1, 1)},
        {"form": "lien_ket", "source_url": "https://hue.gov.vn/bai-viet"},
        {"source": "Cổng Thông tin điện tử tổng hợp của tỉnh"},
    ],
)
def test_good_ways_of_writing_raise_no_alarm(good: PostFile, changes: dict[str, Any]) -> None:
    assert findings(good, **changes) == []


def test_the_grades_tell_what_keeps_a_file_out_and_what_only_the_approver() -> None:
    error, to_fill, warning = Finding("f", "w"), Finding("f", "w", to_fill=True), Finding("f", "w", blocks=False)
    assert [one.grade for one in (error, to_fill, warning)] == [ERROR, TO_FILL, WARNING]
    assert [one.blocks for one in (error, to_fill, warning)] == [True, True, False]
    assert [one.keeps_out for one in (error, to_fill, warning)] == [True, False, False]


def test_findings_are_told_by_grade_and_warnings_may_be_left_out() -> None:
    found = [Finding("title", "dài.", blocks=False), Finding("topic", "sai."), Finding("body", "trống.", to_fill=True)]
    assert tell(found) == [
        "  Phải sửa:",
        "    topic: sai.",
        "  Phải điền trước khi trình duyệt:",
        "    body: trống.",
        "  Cần xem lại:",
        "    title: dài.",
    ]
    assert tell(found[:1], warnings=False) == []


@pytest.mark.parametrize(
    ("phrase", "tag"),
    [
        ("Cải cách hành chính", "#CaiCachHanhChinh"),
        ("UBND tỉnh", "#UBNDTinh"),
        ("CCHC", "#CCHC"),
        ("Đề án 06", "#DeAn06"),
        ("CẢI CÁCH HÀNH CHÍNH", "#CaiCachHanhChinh"),
        ("UBND TỈNH", "#UBNDTinh"),
        ("một cửa, một cửa liên thông", "#MotCuaMotCuaLienThong"),
        ("TT&TT", "#TTTT"),
        ("Hue-S", "#HueS"),
        ("phản ánh hiện trường", "#PhanAnhHienTruong"),
        ("Ca\u0309i ca\u0301ch", "#CaiCach"),
        ("2026", ""),
        ("!?", ""),
        ("", ""),
    ],
)
def test_a_phrase_becomes_a_tag_in_camel_case_without_marks(phrase: str, tag: str) -> None:
    assert hashtag(phrase) == tag


def test_a_made_tag_passes_its_own_check(good: PostFile) -> None:
    for phrase in ("Dịch vụ công trực tuyến", "ĐÔ THỊ THÔNG MINH", "UBND thành phố Huế"):
        assert findings(good, hashtags=[hashtag(phrase)]) == []


# Nothing ever raises -----------------------------------------------------------------------------------

PIECES = [
    "https://", "http://[::1", "gov.vn", "xn--", "@", ":99999", "[", "](", "{{", "…", "61/2018/NĐ-CP", "Nghị định số ",
    "ngày 31/02/2018", "Luật Tổ chức Chính phủ ", "2015", "thur", "d9u7o7c5", "caỉ", "Ã¡", "\ufffd", "\u0301", "#",
    "Nguồn:", "\n", "\u2028", "\x00", "🎉", "İ", "ß", "٣", "Ǆ", "．", "⑳", "x" * 50, "._" * 20,
]  # fmt: skip
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, texts, texts, st.sampled_from(["van_ban", "video", "lien_ket", "infographic", "?"]))
def test_no_check_ever_raises_on_any_text(good: PostFile, one: str, two: str, three: str, form: str) -> None:
    post = replace(
        good,
        title=one,
        body=two,
        source=three,
        source_url=one,
        topic=two[:1],
        form=form,
        audiences=[three],
        legal_refs=[one, two],
        hashtags=[two, f"#{three}"],
        platforms=[one],
        variants={one: {"title": two, "text": three, "link": two, "options": {one: two}}, "zalo": {"options": three}},
    )
    places = [AssetPlace("image", one, two), AssetPlace("video", three), AssetPlace(two, two, one, 3)]
    earlier = [Earlier(one, two, (three, two), NOW, one)]
    found = check(
        post, places, plan(), drawn=[Drawn(one, (two, three), (one,))], earlier=earlier, today=date(2026, 11, 26)
    )
    assert all(finding.field and finding.words for finding in found)
    assert hashtag(one) == "" or hashtag(one).startswith("#")
    tell(found)


def test_a_very_long_text_is_no_trap(good: PostFile) -> None:
    """Texts that make a careless pattern try every beginning with every end; the run ends or it does not."""
    for piece in ("a", "a-", "a.", "a@", "[", "https://", "…", "x/", "ngày ", "á"):
        findings(good, body=piece * (30_000 // len(piece)))
