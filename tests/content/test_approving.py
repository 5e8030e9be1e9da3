"""Nobody approves what they wrote; sensitive posts need two people; in an urgent case one, who says why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from content.editorial import approve, content_hash, give_back, is_approved, record, standing, submit
from content.errors import ContentError
from content.library import load_library
from content.standing import Approver, Step, why_not
from content.store import AssetStore
from content.tables import Editorial, Post, PostAsset, PostRevision, Review
from scheduler.db import writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import draw, plan, shelf

KEY, HA, TU = "d-giay-hen", "Hà", "Tú"


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> Session:
    """A database with one draft from the library."""
    shelf(tmp_path)
    load_library(session, tmp_path, plan(), AssetStore(tmp_path / "store"), NOW, draw)
    session.commit()
    return session


def post(session: Session) -> Post:
    session.expire_all()
    return session.exec(select(Post).where(Post.key == KEY)).one()


def change(session: Session, by: str, **facts: object) -> None:
    """As an editor does at the desk."""
    row = post(session)
    for name, value in facts.items():
        setattr(row, name, value)
    assets = session.exec(select(PostAsset).where(PostAsset.post_id == row.id)).all()
    row.content_hash, row.approved_hash, row.state = content_hash(row, assets), "", Editorial.DRAFT
    record(session, row, "changed", by, NOW)
    session.flush()


def sensitive(session: Session) -> None:
    """The post, sensitive, written and submitted by Lan."""
    change(session, LAN, sensitive=True)
    submit(session, KEY, LAN, NOW)


def acts(session: Session) -> list[tuple[str, str]]:
    return [(row.action, row.actor) for row in session.exec(select(Review).order_by(col(Review.id)))]


# Nobody approves what they wrote -------------------------------------------------------------------------


def test_whoever_changed_the_words_does_not_approve_them_though_another_submitted(desk: Session) -> None:
    change(desk, MINH, body="Lời của Minh.")
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="Minh đã soạn, sửa hoặc trình bài này nên không được tự duyệt"):
        approve(desk, KEY, MINH, NOW)
    assert approve(desk, KEY, HA, NOW) is Step.ONLY


@pytest.mark.parametrize("action", ["created", "proposed", "changed"])
@pytest.mark.parametrize("name", [MINH, "minh", " MINH "])
def test_it_does_not_matter_how_the_words_came_in_or_how_the_name_is_written(
    desk: Session, action: str, name: str
) -> None:
    record(desk, post(desk), action, name, NOW)
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        approve(desk, KEY, MINH, NOW)


def test_the_author_does_not_approve_a_post_that_was_never_approved(desk: Session) -> None:
    post(desk).author = MINH
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        approve(desk, KEY, MINH, NOW)


def test_words_that_somebody_else_approved_count_no_more(desk: Session) -> None:
    change(desk, MINH, body="Lời của Minh.")
    submit(desk, KEY, MINH, NOW)
    approve(desk, KEY, HA, NOW)
    change(desk, LAN, body="Lời của Lan.")
    submit(desk, KEY, LAN, NOW)
    assert standing(desk, post(desk)).writers == (LAN,)
    approve(desk, KEY, MINH, NOW)


def test_an_approval_that_was_taken_back_washes_nobody(desk: Session) -> None:
    change(desk, MINH, body="Lời của Minh.")
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, HA, NOW)
    give_back(desk, KEY, TU, "Số liệu vừa thay đổi.", NOW)
    submit(desk, KEY, LAN, NOW)
    assert standing(desk, post(desk)).writers == (MINH, LAN)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        approve(desk, KEY, MINH, NOW)


def test_an_earlier_approval_stands_when_the_later_one_was_taken_back(desk: Session) -> None:
    for writer in (MINH, LAN):
        change(desk, writer, body=f"Lời của {writer}.")
        submit(desk, KEY, writer, NOW)
        approve(desk, KEY, HA, NOW)
    give_back(desk, KEY, TU, "Chờ.", NOW)
    submit(desk, KEY, LAN, NOW)
    known = standing(desk, post(desk))
    assert known.writers == (LAN,)
    assert known.approved is not None and known.approved.id == 4  # loaded, changed, submitted, approved


def test_a_file_of_the_library_is_nobodys_words(desk: Session) -> None:
    record(desk, post(desk), "changed", "Thư viện", NOW)
    submit(desk, KEY, LAN, NOW)
    assert standing(desk, post(desk)).writers == (LAN,)


def test_nobody_approves_in_the_name_of_who_wrote(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="Minh không được duyệt thay mặt Lan"):
        approve(desk, KEY, MINH, NOW, behalf=LAN)
    approve(desk, KEY, MINH, NOW, behalf=HA)
    assert desk.exec(select(Review.reason).where(Review.action == "approved")).one() == "Thay mặt Hà."


def test_who_wrote_does_not_return_their_own_post_either(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        give_back(desk, KEY, LAN, "Để sau.", NOW)
    give_back(desk, KEY, MINH, "Để sau.", NOW, behalf=HA)
    assert desk.exec(select(Review.reason).where(Review.action == "returned")).one() == "Thay mặt Hà: Để sau."


# Two levels ----------------------------------------------------------------------------------------------


def test_a_sensitive_post_needs_two_people(desk: Session) -> None:
    sensitive(desk)
    assert approve(desk, KEY, MINH, NOW, level=1) is Step.FIRST
    assert post(desk).state == Editorial.SUBMITTED and not is_approved(post(desk))
    assert approve(desk, KEY, HA, NOW) is Step.SECOND
    assert is_approved(post(desk))
    assert acts(desk)[-2:] == [("endorsed", MINH), ("approved", HA)]


@pytest.mark.parametrize(("name", "behalf"), [(HA, ""), ("hà", ""), (TU, HA)])
def test_the_same_person_is_not_both_levels_nor_is_their_delegate(desk: Session, name: str, behalf: str) -> None:
    sensitive(desk)
    approve(desk, KEY, HA, NOW)
    with pytest.raises(ContentError, match="người phê duyệt cấp 2 phải là người khác"):
        approve(desk, KEY, name, NOW, behalf=behalf)
    assert post(desk).state == Editorial.SUBMITTED


def test_the_second_of_two_levels_is_not_given_by_the_first_level(desk: Session) -> None:
    sensitive(desk)
    approve(desk, KEY, MINH, NOW, level=1)
    with pytest.raises(ContentError, match="được Minh duyệt cấp 1; cần người duyệt cấp 2"):
        approve(desk, KEY, TU, NOW, level=1)


def test_an_endorsement_ends_with_a_new_submission_and_with_other_words(desk: Session) -> None:
    sensitive(desk)
    approve(desk, KEY, MINH, NOW, level=1)
    give_back(desk, KEY, HA, "Thêm nguồn.", NOW)
    submit(desk, KEY, LAN, NOW)
    assert standing(desk, post(desk)).step is Step.FIRST
    approve(desk, KEY, MINH, NOW, level=1)
    row = post(desk)
    row.title = "Tiêu đề khác"
    row.content_hash = content_hash(row, desk.exec(select(PostAsset)).all())
    desk.flush()
    assert standing(desk, post(desk)).step is Step.FIRST


def test_an_approved_post_from_before_the_two_levels_stays_approved(desk: Session) -> None:
    row = post(desk)
    row.sensitive, row.state = True, Editorial.APPROVED
    row.content_hash = row.approved_hash = content_hash(row, desk.exec(select(PostAsset)).all())
    desk.flush()
    assert is_approved(post(desk))


def test_nobody_without_the_right_says_yes(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="Chỉ người duyệt"):
        approve(desk, KEY, TU, NOW, level=0)


# Urgent --------------------------------------------------------------------------------------------------


def test_in_an_urgent_case_one_of_the_second_level_approves_alone_and_says_why(desk: Session) -> None:
    sensitive(desk)
    with pytest.raises(ContentError, match="Chỉ người duyệt cấp 2 mới được duyệt khẩn"):
        approve(desk, KEY, MINH, NOW, level=1, urgent="Lũ đang lên.")
    assert approve(desk, KEY, HA, NOW, urgent=" Lũ đang lên. ") is Step.URGENT
    assert is_approved(post(desk))
    last = desk.exec(select(Review).order_by(col(Review.id).desc())).first()
    assert last is not None and (last.action, last.reason) == ("approved_urgently", "Khẩn: Lũ đang lên.")


def test_the_urgent_lane_is_not_for_ones_own_words_nor_for_ordinary_posts(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="chỉ cần một người duyệt"):
        approve(desk, KEY, HA, NOW, urgent="Gấp.")
    give_back(desk, KEY, MINH, "Sửa.", NOW)
    sensitive(desk)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        approve(desk, KEY, LAN, NOW, urgent="Gấp.")


# What was seen, and two at once --------------------------------------------------------------------------


def test_nothing_is_decided_about_other_words_than_were_seen(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    for decide in (
        lambda: approve(desk, KEY, MINH, NOW, seen="0" * 64),
        lambda: give_back(desk, KEY, MINH, "Sửa.", NOW, seen="0" * 64),
    ):
        with pytest.raises(ContentError, match="vừa được người khác thay đổi"):
            decide()
    assert post(desk).state == Editorial.SUBMITTED


def test_a_page_that_showed_the_first_level_does_not_give_the_second(desk: Session) -> None:
    sensitive(desk)
    approve(desk, KEY, MINH, NOW, level=1)
    with pytest.raises(ContentError, match="Minh vừa duyệt cấp 1 bài này"):
        approve(desk, KEY, HA, NOW, expected=Step.FIRST)
    assert post(desk).state == Editorial.SUBMITTED


def test_a_page_of_an_ordinary_post_decides_nothing_about_a_sensitive_one(desk: Session) -> None:
    sensitive(desk)
    with pytest.raises(ContentError, match="không còn ở bước duyệt"):
        approve(desk, KEY, HA, NOW, expected=Step.ONLY)


def at_once(engine: Engine, *deeds: Callable[[Session], object]) -> list[str]:
    """Do all of it at the same moment, each in a transaction of its own; what each was told, "" when it went well."""
    barrier = Barrier(len(deeds))

    def go(deed: Callable[[Session], object]) -> str:
        barrier.wait(timeout=10)
        try:
            with writing(engine) as session:
                deed(session)
        except ContentError as error:
            return error.words
        return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(go, deeds))


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told(engine: Engine, desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    desk.commit()
    told = at_once(
        engine, lambda session: approve(session, KEY, MINH, NOW), lambda session: approve(session, KEY, HA, NOW)
    )
    assert sorted(map(bool, told)) == [False, True], told
    assert [action for action, _ in acts(desk)].count("approved") == 1


def test_of_two_who_endorse_at_once_one_is_told_and_nothing_is_approved(engine: Engine, desk: Session) -> None:
    sensitive(desk)
    desk.commit()
    told = at_once(
        engine,
        lambda session: approve(session, KEY, MINH, NOW, level=1, expected=Step.FIRST),
        lambda session: approve(session, KEY, HA, NOW, expected=Step.FIRST),
    )
    assert sorted(map(bool, told)) == [False, True], told
    assert [action for action, _ in acts(desk)].count("endorsed") == 1
    assert post(desk).state == Editorial.SUBMITTED


def test_who_endorses_second_waits_for_the_first_and_is_told(engine: Engine, desk: Session) -> None:
    """The first has not committed yet when the second one looks."""
    sensitive(desk)
    desk.commit()
    told: list[str] = []

    def second() -> None:
        try:
            with writing(engine) as session:
                approve(session, KEY, HA, NOW, expected=Step.FIRST)
        except ContentError as error:
            told.append(error.words)

    thread = Thread(target=second)
    with writing(engine) as first:
        approve(first, KEY, MINH, NOW, level=1)
        thread.start()
        until_somebody_waits(engine)
    thread.join(timeout=20)
    assert told and "Minh vừa duyệt cấp 1 bài này" in told[0]
    assert [action for action, _ in acts(desk)].count("endorsed") == 1


def until_somebody_waits(engine: Engine) -> None:
    """Until another transaction stands before a lock; SQLite lets nobody begin to write, so there is nothing to see."""
    if engine.dialect.name != "postgresql":
        return
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(20_000):
        with engine.connect() as connection:
            if connection.exec_driver_sql(waiting).scalar_one():
                return
    raise AssertionError("nobody waits")


def test_of_one_who_approves_and_one_who_returns_one_wins(engine: Engine, desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    desk.commit()
    seen = post(desk).content_hash
    desk.commit()
    told = at_once(
        engine,
        lambda session: approve(session, KEY, MINH, NOW, seen=seen),
        lambda session: give_back(session, KEY, HA, "Sửa.", NOW, seen=seen, expected=Editorial.SUBMITTED),
    )
    assert sorted(map(bool, told)) == [False, True], told
    assert acts(desk)[-1][0] == ("approved" if not told[0] else "returned")


# What is kept --------------------------------------------------------------------------------------------


def test_what_was_submitted_and_approved_is_kept_whole_and_once(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    [kept] = desk.exec(select(PostRevision)).all()
    assert (kept.content_hash, kept.data["title"]) == (post(desk).content_hash, post(desk).title)
    assert [one["alt"] for one in kept.data["assets"]] == [one.alt for one in desk.exec(select(PostAsset))]


@pytest.mark.parametrize(
    ("name", "level", "behalf", "urgent", "may"),
    [
        (LAN, 2, "", False, False),
        (MINH, 0, "", False, False),
        (MINH, 1, "", False, True),
        (HA, 2, "", True, True),
        (MINH, 1, "", True, False),
        (TU, 1, LAN, False, False),
    ],
)
def test_the_page_is_told_beforehand_what_the_rule_will_say(
    desk: Session, name: str, level: int, behalf: str, urgent: bool, may: bool
) -> None:
    sensitive(desk)
    refusal = why_not(standing(desk, post(desk)), Approver(name, level, behalf), urgent=urgent)
    assert (refusal == "") is may, refusal
    if may:
        approve(desk, KEY, name, NOW, level=level, behalf=behalf, urgent="Gấp." if urgent else "")
    else:
        with pytest.raises(ContentError, match=refusal[:30]):
            approve(desk, KEY, name, NOW, level=level, behalf=behalf, urgent="Gấp." if urgent else "")
