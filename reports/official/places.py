"""The outline of an official report (domain 3.3): its sections, and the places at which words stand."""

from dataclasses import dataclass
from enum import StrEnum

from reports.official.data import ReportData
from reports.official.words import following

TEXT_MOST = 20_000
"""Characters of one place."""


class Grid(StrEnum):
    """The tables, each behind the words of its place."""

    TOPICS = "topics"
    ACCOUNTS = "accounts"
    AGENCIES = "agencies"
    INDICES = "indices"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in the outline where words stand: prefilled, and the office's own once it wrote there."""

    code: str
    title: str
    mark: str = ""
    """Of a point: "a", "đ"; empty: paragraphs."""
    grid: Grid | None = None
    """The table behind the words."""
    needed: bool = True
    """Whether a report cannot be finished while nothing stands here."""


@dataclass(frozen=True, slots=True)
class Article:
    """A titled part of a section; a section without articles has one without a title."""

    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section: "II. Kết quả thực hiện"; the head and the end of the body have no title."""

    title: str
    articles: tuple[Article, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place in it, in order."""
        return tuple(place for article in self.articles for place in article.places)


FORMS = (
    ("a", "Tập huấn, hội nghị"),
    ("b", "Tuyển dụng, sân khấu, cuộc thi"),
    ("c", "Báo chí, Cổng, Trang thông tin điện tử"),
    ("d", "Đối thoại trực tuyến"),
    ("đ", "Ấn phẩm, video clip, infographic"),
    ("e", "Mạng xã hội"),
)
"""The forms of section II.2 of the plan, as the report tells them."""


def outline(data: ReportData) -> tuple[Part, ...]:
    """The report's parts; its letters are the plan's own."""
    topics = [Place(f"II.2.{one.letter}", f"Điểm {one.letter}. {one.label}", mark=one.letter) for one in data.topics]
    forms = [
        Place(f"II.3.{letter}", f"Điểm {letter}. {label}", mark=letter, grid=Grid.ACCOUNTS if letter == "e" else None)
        for letter, label in FORMS
    ]
    return (
        Part("", (Article("", (Place("mo-dau", "Mở đầu"),)),)),
        Part(
            "Công tác chỉ đạo, triển khai",
            (_one("I.1", "Văn bản chỉ đạo, kế hoạch"), _one("I.2", "Phân công, nhân lực, kinh phí")),
        ),
        Part(
            "Kết quả thực hiện",
            (
                _one("II.1", "Kết quả chung"),
                Article(
                    "Kết quả theo nội dung tuyên truyền",
                    (Place("II.2", "Kết quả theo nội dung tuyên truyền", grid=Grid.TOPICS), *topics),
                ),
                Article("Kết quả theo hình thức tuyên truyền", tuple(forms)),
                _one("II.4", "Kết quả theo cơ quan, đơn vị", Grid.AGENCIES),
                _one("II.5", "Hiệu quả tuyên truyền"),
                _one("II.6", "Kết quả các chỉ số", Grid.INDICES),
            ),
        ),
        Part(
            "Đánh giá chung",
            (_one("III.1", "Ưu điểm"), _one("III.2", "Tồn tại, hạn chế"), _one("III.3", "Nguyên nhân")),
        ),
        Part(f"Phương hướng, nhiệm vụ {following(data)}", (Article("", (Place("IV", "Phương hướng, nhiệm vụ"),)),)),
        Part("Đề xuất, kiến nghị", (Article("", (Place("V", "Đề xuất, kiến nghị"),)),)),
        Part("", (Article("", (Place("ket-thuc", "Kết thúc"),)),)),
    )


def _one(code: str, title: str, grid: Grid | None = None) -> Article:
    return Article(title, (Place(code, title, grid=grid),))


def places(data: ReportData) -> dict[str, Place]:
    """Every place by its code, in order."""
    return {place.code: place for part in outline(data) for place in part.places}
