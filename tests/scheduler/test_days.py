"""What days off ask of the queue, in values and in words, and what a person is told who plans on one."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from content.office import save
from content.tables import Post
from content.vietnamese import local_day
from scheduler.autopilot.values import DayRule
from scheduler.days import broken, day_rules, rule_words
from scheduler.policy import Policy
from tests.conftest import NOW
from tests.scheduler.house import HOUR, House

PLAN = Path("content/plans/mau-nam")
POLICY = Policy(plan_dir=PLAN)
NOTICES = frozenset({"thong-bao"})


def test_a_day_off_without_rules_of_its_own_has_one_post_a_channel_and_no_notices(session: Session) -> None:
    days = [date(2026, 2, 16), date(2026, 2, 17), date(2026, 2, 23), date(2026, 10, 10)]
    rules = day_rules(session, POLICY, days)
    assert rules == {
        days[0]: DayRule("Tết Nguyên đán (giao thừa)", 1, NOTICES),
        days[1]: DayRule("Tết Nguyên đán (mùng 1)", 1, NOTICES),
    }
    assert rule_words(rules[days[0]]) == "Mỗi kênh nhiều nhất 1 bài; không đăng thông báo hành chính."


def test_a_day_that_is_worked_for_another_has_no_rule_of_a_day_off(session: Session) -> None:
    assert list(day_rules(session, POLICY, [date(2026, 8, 22), date(2026, 8, 31)])) == [date(2026, 8, 31)]


def test_an_office_may_say_otherwise_but_never_sends_a_notice_on_a_day_off(session: Session) -> None:
    rows = [
        {"on": "2027-02-06", "name": "Mùng 1", "at_most": 3, "only": ["chuc-mung", "canh-bao"]},
        {"on": "2027-04-16", "name": "Giỗ Tổ", "off": False},
        {"on": "2027-10-10", "name": "Chuyển đổi số", "off": False, "without": ["cuoc-thi"], "at_most": 0},
        {"on": "2027-09-03", "name": "Làm bù", "working": True},
        {"on": "2027-12-31", "name": "Nghỉ", "without": ["cuoc-thi", "rieng"]},
    ]
    save(session, "holidays", rows, seen=0, by="Sơn", now=NOW)
    rules = day_rules(session, POLICY, [date.fromisoformat(str(one["on"])) for one in rows])
    assert {on.isoformat(): (rule.at_most, set(rule.without), set(rule.only)) for on, rule in rules.items()} == {
        "2027-02-06": (3, {"thong-bao"}, {"chuc-mung", "canh-bao"}),
        "2027-10-10": (0, {"cuoc-thi"}, set()),
        "2027-12-31": (1, {"thong-bao", "cuoc-thi", "rieng"}, set()),
    }
    assert rule_words(rules[date(2027, 10, 10)]) == "Không xếp bài nào; không đăng cuộc thi."
    assert "chỉ đăng cảnh báo khẩn cấp, chúc mừng ngày lễ" in rule_words(rules[date(2027, 2, 6)])
    assert "bài có nhãn “rieng”" in rule_words(rules[date(2027, 12, 31)])


def test_a_plan_file_that_cannot_be_read_leaves_the_countrys_days_off(session: Session, tmp_path: Path) -> None:
    (tmp_path / "ngay-le.yml").write_text("- {on: hôm qua}\n", encoding="utf-8")
    assert list(day_rules(session, Policy(plan_dir=tmp_path), [date(2026, 9, 2)])) == [date(2026, 9, 2)]
    assert list(day_rules(session, Policy(), [date(2026, 9, 2)])) == [date(2026, 9, 2)]


def test_who_plans_a_notice_on_a_day_off_is_warned_and_not_for_other_posts_or_days(engine: Engine) -> None:
    house = House(engine)
    notice, other = house.post(tags=["thong-bao"]), house.post(tags=["tin-vui"])
    tet = NOW.replace(year=2027, month=2, day=6)
    with Session(engine) as session:

        def against(post: Post, at: datetime) -> str:
            rule = day_rules(session, POLICY, [local_day(at)]).get(local_day(at))
            return broken(rule, post.tags, local_day(at)) if rule else ""

        told = against(notice, tet)
        assert told.startswith("Ngày 06/02/2027 là Tết Nguyên đán (mùng 1), không nên đăng thông báo hành chính")
        assert against(other, tet) == against(notice, NOW + HOUR) == ""
        late_evening = tet.replace(day=5, hour=17, minute=30)  # 00:30 on the first day, in Việt Nam
        assert "06/02/2027" in against(notice, late_evening)
        rows = [{"on": "2027-02-06", "name": "Mùng 1", "only": ["chuc-mung"]}]
        save(session, "holidays", rows, seen=0, by="Sơn", now=NOW)
        assert "chỉ nên đăng chúc mừng ngày lễ" in against(other, tet)
