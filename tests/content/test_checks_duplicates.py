"""The same wording within sixty days is told with the other post, its date and its channel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from content.checks import Earlier, Finding, check
from content.postfile import PostFile, read_post
from tests.conftest import NOW
from tests.content.shelf import plan, shelf

BODY = """Từ nay bà con nộp hồ sơ tại một nơi và nhận kết quả tại chính nơi đó.
Hãy mang theo giấy tờ gốc để đối chiếu, giữ giấy hẹn và mã hồ sơ cẩn thận.
Nguồn: Cổng Thông tin điện tử tỉnh."""
OTHER = """Mùa mưa lũ đã đến, hãy bật cảnh báo trên điện thoại để biết sớm hơn.
Sạc đầy pin, chuẩn bị đèn và nước sạch trước khi bão vào bờ.
Nguồn: Cổng Thông tin điện tử tỉnh."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return replace(read_post(shelf(tmp_path_factory.mktemp("shelf")), plan()), body=BODY)


def before(text: str, title: str = "Khác hẳn", key: str = "d-cu", published: bool = True) -> Earlier:
    return Earlier(key, title, (text,), NOW - timedelta(days=11), "fanpage", published)


def findings(post: PostFile, *earlier: Earlier) -> list[Finding]:
    return check(post, post.places(), plan(), earlier=earlier)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BODY, "lời trùng với bài “d-cu” (đã đăng ngày 12/11/2026 trên kênh fanpage)"),
        (BODY.upper(), "lời trùng"),
        (f"Kính chào bà con! {BODY}\n#CCHC https://hue.gov.vn", "lời trùng"),
        (BODY.replace("Từ nay", "Kể từ tuần này").replace("cẩn thận", "thật kỹ"), "lời giống khoảng"),
        (BODY.replace("Cổng Thông tin điện tử tỉnh", "Sở Nội vụ"), "lời trùng"),
    ],
)
def test_the_same_words_are_found_though_they_were_dressed_up(good: PostFile, text: str, words: str) -> None:
    [found] = findings(good, before(text))
    assert words in found.words and (found.field, found.blocks) == ("body", False)
    assert "60 ngày" in found.words


@pytest.mark.parametrize(
    "text", [OTHER, "", "Từ nay bà con nộp hồ sơ tại một nơi.", f"{OTHER}\nTừ nay bà con nộp hồ sơ tại một nơi."]
)
def test_other_words_and_one_common_sentence_raise_no_alarm(good: PostFile, text: str) -> None:
    assert findings(good, before(text)) == []


def test_a_post_is_no_duplicate_of_itself(good: PostFile) -> None:
    assert findings(good, before(BODY, good.title, key=good.key)) == []


def test_the_most_alike_post_is_named_once(good: PostFile) -> None:
    near = before(BODY.replace("một nơi và nhận", "bất cứ nơi nào rồi nhận"), key="d-gan")
    [found] = findings(good, near, before(BODY, key="d-nhat"))
    assert "“d-nhat”" in found.words


def test_a_platforms_own_words_are_compared_too(good: PostFile) -> None:
    [found] = findings(replace(good, body=OTHER, variants={"zalo": {"text": BODY}}), before(BODY))
    assert found.field == "variants.zalo.text"


def test_the_same_title_is_asked_about(good: PostFile) -> None:
    [found] = findings(good, before(OTHER, title="GIẤY hẹn trả kết quả", published=False))
    assert found.field == "title" and "đang chờ đăng ngày 12/11/2026" in found.words


def test_earlier_texts_are_taken_apart_once_for_all_posts_of_a_desk(good: PostFile) -> None:
    earlier = [before(BODY if number == 7 else f"{OTHER} {number}", key=f"d-{number}") for number in range(2_500)]
    assert "“d-7”" in findings(good, *earlier)[0].words
    taken = [one.runs for one in earlier]
    assert findings(replace(good, key="d-khac"), *earlier) == findings(good, *earlier)
    assert all(one.runs is before for one, before in zip(earlier, taken, strict=True))
