"""A year of an office in real tables, small enough to be summed up by hand, with everything awkward in it once."""

from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session

from content.plan import Agency, Plan, Topic, load_plan
from content.plan_goals import Deadline, Index, IndexResult
from content.record_tables import Activity, Evidence, Submission
from content.tables import PortalSource, Suggestion
from content.vietnamese import LOCAL
from reports.official.build import Wanted
from reports.official.keeping import wanted
from reports.spans import Preset, preset_span
from scheduler.figure_tables import Collection
from scheduler.lifecycle import Event, State
from scheduler.tables import Reading
from tests.reports.campaign import Campaign

CUTOFF = datetime(2026, 10, 30, 10, 0, tzinfo=UTC)
"""17:00 on 30/10/2026 in Việt Nam, two days before the deadline."""
LATER = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""When somebody looks at the report again."""


def at(day: int, month: int, hour: int = 8, year: int = 2026) -> datetime:
    """A local hour, aware."""
    return datetime(year, month, day, hour, tzinfo=LOCAL)


def to_deadline(cutoff: datetime = CUTOFF, year: int = 2026) -> Wanted:
    """The report of the year until 31/10."""
    return wanted(Preset.TO_DEADLINE, preset_span(Preset.TO_DEADLINE, year), cutoff, year=year)


def topic(letter: str, order: int, label: str, year: int, month: int = 0, owners: tuple[str, ...] = ()) -> Topic:
    return Topic(
        letter=letter, order=order, label=label, covers="-", minimum_per_week=0, minimum_per_month=month,
        minimum_per_year=year, owners=owners,
    )  # fmt: skip


def the_plan(**facts: Any) -> Plan:
    """Six points, five agencies, two indices; 63 places are ranked until 2024, 34 from 2025 on."""
    agencies = (
        ("ubnd", "Ủy ban nhân dân thành phố Huế", "ubnd_tinh"),
        ("skhcn", "Sở Khoa học và Công nghệ", "so_nganh"),
        ("snv", "Sở Nội vụ", "so_nganh"),
        ("stp", "Sở Tư pháp", "so_nganh"),
        ("phu_xuan", "Ủy ban nhân dân phường Phú Xuân", "ubnd_xa"),
        ("phuong_xa", "Các phường, xã", "nhom"),
    )
    results = (
        IndexResult(year=2024, value=88.38, unit="%", rank=17, denominator=63, source="Bộ Nội vụ công bố năm 2025"),
        IndexResult(year=2025, value=90.1, unit="%", rank=12, denominator=34, source="Bộ Nội vụ công bố năm 2026"),
    )
    digital = (
        IndexResult(year=2024, rank=6, denominator=34, source="Bộ Khoa học và Công nghệ"),
        IndexResult(year=2025, rank=4, denominator=34, source="Bộ Khoa học và Công nghệ"),
    )
    values: dict[str, Any] = {
        "code": "ke-hoach-2026",
        "title": "Tuyên truyền cải cách hành chính trên địa bàn thành phố Huế năm 2026",
        "year": 2026,
        "number": "12/KH-UBND",
        "issued": "05/01/2026",
        "place": "Huế",
        "issuer": "Ủy ban nhân dân thành phố Huế",
        "signed_for": ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
        "basis": ("Nghị quyết số 76/NQ-CP ngày 15/7/2021 của Chính phủ",),
        "recipients": ("Các sở, ban, ngành", "Lưu: VT, CĐS"),
        "minimum_note": "Chỉ tiêu lượt đăng do cơ quan đặt.",
        "topics": (
            topic("a", 1, "Chủ trương, chính sách CCHC", 0),
            topic("b", 2, "Trách nhiệm người đứng đầu", 0),
            topic("c", 3, "Nhiệm vụ CCHC", 4, owners=("snv",)),
            topic("d", 4, "Một cửa, một cửa liên thông", 12, 1, owners=("ubnd", "snv")),
            topic("đ", 5, "Dịch vụ công trực tuyến", 2),
            topic("e", 6, "Chính quyền số, chuyển đổi số", 0),
        ),
        "forms": (),
        "audiences": (),
        "legal_refs": (),
        "agencies": tuple(Agency(code=code, name=name, short=name, kind=kind) for code, name, kind in agencies),
        "deadlines": (
            Deadline(
                code="bao_cao_nam", what="Báo cáo kết quả tuyên truyền năm 2026", on="01/11/2026", before=True,
                by="Các cơ quan", to="Sở Khoa học và Công nghệ",
            ),
        ),
        "indices": (
            Index(
                code="PAR Index", name="Chỉ số cải cách hành chính", measures="-", target="Trong nhóm 10",
                target_rank=10, denominator=63, results=results,
            ),
            Index(
                code="DTI", name="Chỉ số chuyển đổi số", measures="-", target="Trong nhóm 5", target_rank=5,
                denominator=34, results=digital,
            ),
        ),
        **facts,
    }  # fmt: skip
    return Plan.model_validate(values)


class Year(Campaign):
    """The rows of 2026, as they stand some weeks after the cut-off."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        load_plan(session, the_plan(), at(5, 1))
        self.page = self.channel("facebook", key="fanpage", name="Cải cách hành chính Huế", created_at=at(1, 1))
        self.oa = self.channel("zalo", key="oa", name="CCHC Huế", created_at=at(1, 1))
        self.off = self.channel("youtube", key="kenh-cu", name="Kênh cũ", state="off", created_at=at(1, 1))
        self._posts()
        self._followers()
        self._lost()
        self._portal()
        self._outside()
        self._handed_in()
        session.commit()

    def _posts(self) -> None:
        made = {"created_at": at(2, 1), "form": "infographic"}
        one_stop = self.post("Ngồi nhà nhận kết quả: ba bước", "d", agency="snv", **made)
        online = self.post("Lần đầu làm thủ tục trên mạng", "đ", **made)
        task = self.post("Bảy nhóm nhiệm vụ", "c", agency="stp", **{**made, "form": "van_ban"})
        other = self.post("Chúc mừng năm mới", "x", **{**made, "form": "van_ban"})
        self.first = self.published(self.page, at(3, 2), one_stop)
        self.second = self.published(self.oa, at(4, 2), one_stop)
        self.third = self.published(self.page, at(10, 3), online)
        self.gone = self.published(self.page, at(31, 1, 23), task)
        self.event(self.gone, Event.WITHDRAWN, at(1, 3), State.WITHDRAWN)
        self.published(self.oa, at(1, 1, 0), other)
        # outside: the evening before the year, an hour after the cut-off, and a first comment
        self.published(self.page, at(31, 12, 23, 2025), task)
        self.published(self.page, at(30, 10, 18), task)
        self.published(self.page, at(4, 5), task, part="comment", follows_id=self.first)
        self.read(self.page, self.first, at(5, 2), reach=900, reactions=50, comments=4)
        self.read(self.page, self.first, at(20, 9), reach=1_000, reactions=60, comments=None, shares=6)
        self.read(self.page, self.first, at(30, 10, 17), reach=9_999, reactions=999)  # at the cut-off: too late
        self.read(self.page, self.third, at(1, 6), reach=500, reactions=20, comments=10)
        self.read(self.page, self.gone, at(5, 2), name="post_reach_old", reach=200)
        self.read(self.oa, self.second, at(5, 2), views=70)
        by_hand = self._add(Collection(channel_id=self.oa, source="manual", taken_at=at(6, 2), actor="Lan"))
        self._add(
            Reading(
                channel_id=self.oa, publication_id=self.second, metric="shares", value=3, name="share", version="",
                taken_at=at(6, 2), collection_id=by_hand,
            )
        )  # fmt: skip

    def _followers(self) -> None:
        self.read(self.page, None, at(30, 12, 8, 2025), followers=1_000)
        self.read(self.page, None, at(29, 10), followers=1_250)
        self.read(self.page, None, at(1, 11), followers=9_000)
        self.read(self.oa, None, at(7, 3), followers=400)
        self.read(self.oa, None, at(28, 10), followers=390)

    def _lost(self) -> None:
        post = self.post("Giấy hẹn trả kết quả", "d", created_at=at(2, 1))
        failed = self.publication(self.oa, post, at(5, 4), State.FAILED)
        self.event(failed, Event.WILL_RETRY, at(5, 4), State.RETRY_WAIT, "Bận")
        self.event(failed, Event.REJECTED, at(5, 4, 9), State.FAILED, "Ảnh bìa lớn hơn 1 MB.")
        missed = self.publication(self.page, post, at(6, 4), State.MISSED)
        self.event(missed, Event.TOO_LATE, at(6, 4, 12), State.MISSED, "")
        # failed, then sent again with success: nobody misses it
        mended = self.published(self.page, at(7, 4, 10), self.post("Một ngày ở Bộ phận Một cửa", "d"))
        self.event(mended, Event.REJECTED, at(7, 4), State.FAILED, "Lỗi")
        # it failed only after the cut-off
        late = self.publication(self.page, post, at(29, 10), State.FAILED)
        self.event(late, Event.REJECTED, at(31, 10), State.FAILED, "Lỗi")

    def _portal(self) -> None:
        feed = self._add(
            PortalSource(
                key="cong", name="Cổng", address="https://a.vn/rss", agency="snv", topic="d", created_at=at(1, 1)
            )
        )
        shared = self.post("Tin của Cổng", "d", created_at=at(2, 1), agency="snv")
        self.published(self.oa, at(10, 5, 12), shared)
        facts: dict[str, Any] = {"categories": [], "notes": [], "seen_at": at(10, 5), "updated_at": at(10, 5)}
        key = f"bai-{self._number - 1}"
        for number, (published, letter, post) in enumerate(
            [(at(10, 5, 8), "d", key), (at(11, 5), "d", ""), (at(12, 5), "", ""), (at(1, 12), "d", "")]
        ):
            self._add(
                Suggestion(
                    source_id=feed, dedupe_key=f"{number}", title="Tin", topic=letter, published_at=published,
                    state="taken" if post else "new", post_key=post, **facts,
                )
            )  # fmt: skip

    def activity(self, kind: str, title: str, first: date, **facts: Any) -> int:
        values: dict[str, Any] = {
            "last": first, "audiences": [], "figures": {}, "created_by": "Lan", "created_at": at(20, 6),
            "updated_at": at(20, 6), **facts,
        }  # fmt: skip
        return self._add(Activity(kind=kind, title=title, first=first, **values))

    def _outside(self) -> None:
        class_ = self.activity(
            "tap_huan", "Tập huấn một cửa", date(2026, 6, 15), topic="d", agency="snv", cost=12_000_000,
            funding="Ngân sách năm 2026", figures={"classes": 2, "people": 120}, place="Hội trường Sở",
        )  # fmt: skip
        self.activity("tap_huan", "Tập huấn phường, xã", date(2026, 6, 16), topic="d", figures={"classes": 1})
        self.activity(
            "bao_chi", "Phóng sự một cửa", date(2026, 7, 1), topic="d", outlet="Trung tâm Truyền thông",
            tone="tich_cuc", figures={"news": 3, "articles": 1},
        )  # fmt: skip
        self.activity(
            "doi_thoai", "Đối thoại", date(2026, 8, 1), figures={"sessions": 1, "questions": 10, "answered": 8}
        )
        self.activity("khac", "Ngoài kỳ", date(2025, 12, 31), topic="d")
        self.activity("khac", "Ghi sau", date(2026, 9, 9), topic="d", created_at=at(1, 11))
        self.activity("khac", "Ghi nhầm", date(2026, 9, 9), topic="d", withdrawn_at=at(1, 10), withdrawn_by="Lan")
        self._add(
            Evidence(
                activity_id=class_, sha256="ab" * 32, name="danh-sach.pdf", mime="application/pdf", size=10_240,
                added_by="Lan", added_at=at(20, 6),
            )
        )  # fmt: skip

    def _handed_in(self) -> None:
        for agency, on, words in (
            ("snv", date(2026, 10, 20), "Thiếu người làm video."),
            ("stp", date(2026, 11, 1), ""),
        ):
            self._add(
                Submission(
                    plan="ke-hoach-2026", deadline="bao_cao_nam", agency=agency, received_on=on, words=words,
                    recorded_by="Lan", recorded_at=at(on.day, on.month, 9),
                )
            )  # fmt: skip


def next_year(session: Session) -> None:
    """The plan of 2027 is there, too; it was loaded last, so it is the active one."""
    plan = the_plan(
        code="ke-hoach-2027", year=2027, number="", issued=None,
        title="Tuyên truyền cải cách hành chính trên địa bàn thành phố Huế năm 2027",
    )  # fmt: skip
    load_plan(session, plan, at(1, 10))
    session.commit()
