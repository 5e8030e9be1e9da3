"""The read-only views: the same on both databases, documented, and without anything that must not leave the house."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Engine, Integer, LargeBinary, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

import web.tables  # noqa: F401  their tables are looked into below
from cli.database import migrate, upgrade
from cli.errors import UserError
from connectors.base import Metric
from content.record_tables import Activity, Evidence, Submission
from content.tables import Review
from reports import views
from reports.open_data.reading import rows_of
from scheduler.db import open_engine, reading, writing
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.tables import Publication, PublicationEvent, Reading
from tests.conftest import MINH, NOW
from tests.scheduler.house import House

MIDNIGHT = datetime(2026, 11, 22, 17, 0, 0, 999_900, tzinfo=UTC)
"""The last part of the first second of Monday 23/11/2026 in Việt Nam."""


def told(engine: Engine, name: str) -> list[dict[str, Any]]:
    view = views.view_named(name)
    assert view is not None
    with reading(engine) as session:
        names = [one.name for one in view.columns]
        return [dict(zip(names, row, strict=True)) for row in rows_of(session, view)]


def office(engine: Engine) -> House:
    """One published post with awkward readings, one that was withdrawn, one that waits."""
    house = House(engine)
    page = house.channel(name="Trang tỉnh", agency="vp")
    post = house.post(title="Nộp hồ sơ “tại nhà”", topic="đ", hashtags=["#CCHC", "#DVC"], audiences=["nguoi_dan"])
    facts = {"post_id": post.id, "channel_id": page.id, "prepared_hash": post.content_hash}
    one = house.publication(**facts, state=State.PUBLISHED, due_at=MIDNIGHT - timedelta(seconds=5),
                            published_at=MIDNIGHT, permalink="https://example.com/1")  # fmt: skip
    gone = house.publication(**facts, state=State.WITHDRAWN, due_at=NOW, published_at=NOW)
    house.publication(**facts, due_at=NOW + timedelta(days=1))
    with writing(engine) as session:
        session.add(Review(post_id=post.id or 0, at=NOW - timedelta(days=2), action="approved", actor=MINH,
                           content_hash=post.content_hash))  # fmt: skip
        session.add(PublicationEvent(publication_id=gone.id or 0, at=NOW + timedelta(hours=1), event="withdrawn",
                                     state_before="published", state_after="withdrawn", fence=1,
                                     actor="Lan"))  # fmt: skip
        _figures(session, one, page.id or 0)
        _outside(session)
    return house


def _figures(session: Session, one: Publication, channel: int) -> None:
    by_hand = Collection(channel_id=channel, source="manual", taken_at=NOW, actor="Lan")
    session.add(by_hand)
    session.flush()
    base = {"channel_id": channel, "publication_id": one.id, "metric": Metric.REACH, "version": "v25.0"}
    for hours, value, name in ((0, 10, "old_name"), (1, 40, "old_name"), (30, 35, "new_name"), (40, None, "new_name")):
        session.add(Reading(**base, value=value, name=name, taken_at=NOW + timedelta(hours=hours)))
    session.add(Reading(**{**base, "metric": Metric.VIEWS}, value=0, name="views", taken_at=NOW,
                        collection_id=by_hand.id))  # fmt: skip
    account = {"channel_id": channel, "version": "v25.0", "name": "fan_count"}
    for hours, value in ((0, 500), (10, 510), (24, 490)):
        session.add(Reading(**account, metric=Metric.FOLLOWERS, value=value, taken_at=NOW + timedelta(hours=hours)))
    session.add(Reading(**account, metric=Metric.VIEWS, value=7, day=date(2026, 11, 22), taken_at=NOW))


def _outside(session: Session) -> None:
    row = Activity(kind="tap_huan", title="Tập huấn một cửa", first=date(2026, 11, 1), last=date(2026, 11, 2),
                   audiences=["cqnn", "nguoi_dan"], figures={"nguoi": 120, "lop": 3}, cost=5_000_000_000,
                   created_by="Lan", created_at=NOW, updated_at=NOW)  # fmt: skip
    session.add(row)
    session.add(Submission(plan="kh", deadline="bao-cao", agency="snv", received_on=date(2026, 10, 30), document="",
                           recorded_by="Lan", recorded_at=NOW))  # fmt: skip
    session.flush()
    for number in (1, 2):
        session.add(Evidence(activity_id=row.id, sha256="a" * 64, name=f"{number}.pdf", mime="application/pdf", size=1,
                             added_by="Lan", added_at=NOW, withdrawn_at=NOW if number == 2 else None))  # fmt: skip


def test_a_publication_is_told_with_its_approver_local_times_and_whole_seconds(engine: Engine) -> None:
    office(engine)
    rows = told(engine, "v_publication")
    assert [row["state"] for row in rows] == ["published", "withdrawn", "scheduled"]
    first, gone, waits = rows
    assert first["title"] == "Nộp hồ sơ “tại nhà”" and first["topic"] == "đ" and first["platform"] == "facebook"
    assert first["published_at"] == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert first["published_local"] == datetime(2026, 11, 23, 0, 0)  # noqa: DTZ001  as a clock on the wall shows it
    assert first["published_day"] == date(2026, 11, 23) and first["lag_seconds"] == 5
    assert first["approved_by"] == MINH and first["approved_at"] == NOW - timedelta(days=2)
    assert gone["withdrawn_at"] == NOW + timedelta(hours=1) and first["withdrawn_at"] is None
    assert waits["published_at"] is None and waits["lag_seconds"] is None


def test_the_last_told_value_keeps_its_name_and_a_silent_platform_wipes_out_nothing(engine: Engine) -> None:
    office(engine)
    reach, views_ = told(engine, "v_reading_last")
    assert (reach["metric"], reach["value"], reach["name"], reach["source"]) == ("reach", 35, "new_name", "platform")
    assert (views_["metric"], views_["value"], views_["source"]) == ("views", 0, "manual")
    assert reach["taken_at"] == NOW + timedelta(hours=30)
    days = [(row["metric"], row["day"], row["value"]) for row in told(engine, "v_reading_day")]
    assert days == [
        ("reach", date(2026, 11, 23), 40), ("reach", date(2026, 11, 24), 35), ("views", date(2026, 11, 23), 0),
    ]  # fmt: skip


def test_followers_are_told_day_by_day_and_daily_figures_of_the_platform_stand_apart(engine: Engine) -> None:
    office(engine)
    days = [(row["day"], row["value"]) for row in told(engine, "v_follower_day")]
    assert days == [(date(2026, 11, 23), 510), (date(2026, 11, 24), 490)]
    (daily,) = told(engine, "v_channel_day")
    assert (daily["metric"], daily["day"], daily["value"]) == ("views", date(2026, 11, 22), 7)


def test_topics_count_publications_and_posts_by_local_month(engine: Engine) -> None:
    office(engine)
    (row,) = told(engine, "v_topic_month")
    assert (row["month"], row["topic"], row["publications"], row["posts"]) == ("2026-11", "đ", 2, 1)


def test_an_activity_is_told_with_its_numbers_and_only_the_files_that_stand(engine: Engine) -> None:
    office(engine)
    (row,) = told(engine, "v_activity")
    assert (row["audiences"], row["cost"], row["evidence_files"]) == ("cqnn; nguoi_dan", 5_000_000_000, 1)
    assert row["withdrawn"] is False
    assert [(one["figure"], one["value"]) for one in told(engine, "v_activity_figure")] == [("lop", 3), ("nguoi", 120)]
    (handed_in,) = told(engine, "v_submission")
    assert handed_in["document"] == ""


def test_a_draft_that_never_went_out_is_in_no_view(engine: Engine) -> None:
    house = House(engine)
    house.post(title="Nháp kín", state="draft")
    again = house.post(title="Đang sửa lại", body="Chữ chưa ai duyệt", state="draft")
    house.publication(post_id=again.id, state=State.PUBLISHED, published_at=NOW)
    (row,) = told(engine, "v_post")
    assert row["title"] == "Đang sửa lại" and row["body"] is None


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda view: view.name)
def test_nothing_can_be_written_through_a_view(engine: Engine, view: Any) -> None:
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(f"UPDATE {view.name} SET {view.columns[0].name} = 1"))


SECRET = "bi-mat-7f3a"
FORBIDDEN = {
    "credential", "token_refresh", "pending_consent", "staff", "staff_session", "invitation", "sign_in_try",
    "api_token", "work_copy", "desk_act", "delegation", "idempotent_answer",
}  # fmt: skip


def test_no_view_reads_a_table_of_secrets_or_of_people(engine: Engine) -> None:
    known = set(SQLModel.metadata.tables)
    for name in FORBIDDEN & known:
        for view in views.VIEWS:
            words = view.sql(engine.dialect.name).replace("(", " ").replace(")", " ").replace(".", " . ").split()
            assert name not in words, f"{view.name} reads {name}"
    assert known >= FORBIDDEN


def test_no_column_of_a_view_tells_secrets_or_what_only_the_machine_needs() -> None:
    hidden = ("secret", "password", "token", "options", "proofs", "saved", "evidence_text", "payload", "external_id",
              "session", "totp", "address", "lease")  # fmt: skip
    for view in views.VIEWS:
        for column in view.columns:
            assert not any(word in f"{column.name} {column.source}" for word in hidden), f"{view.name}.{column.name}"


def test_secrets_put_everywhere_come_out_of_no_view(engine: Engine) -> None:
    """Every text and blob column of the secret tables is filled; then every view is read whole."""
    house = office(engine)
    channel = house.channel()
    for name in ("credential", "pending_consent", "staff", "staff_session", "desk_act"):
        table = SQLModel.metadata.tables[name]
        row: dict[str, Any] = {}
        for column in table.columns:
            if column.primary_key and column.foreign_keys:
                row[column.name] = channel.id
            elif isinstance(column.type, LargeBinary):
                row[column.name] = SECRET.encode()
            elif column.foreign_keys or (column.primary_key and column.autoincrement is True):
                row[column.name] = 1
            elif not column.primary_key or not isinstance(column.type, Integer):
                row[column.name] = _something(column)
        with writing(engine) as session:
            session.connection().execute(table.insert().values(**row))
    for view in views.VIEWS:
        assert SECRET not in str(told(engine, view.name)), view.name


def _something(column: Any) -> Any:
    kind = column.type
    if "DateTime" in repr(kind):
        return NOW
    if isinstance(kind, JSON):
        return [SECRET]
    return True if isinstance(kind, Boolean) else 1 if isinstance(kind, Integer) else SECRET


def test_every_view_has_the_columns_it_is_documented_with(engine: Engine) -> None:
    for view in views.VIEWS:
        assert [one["name"] for one in inspect(engine).get_columns(view.name)] == [one.name for one in view.columns]
        assert set(view.key) <= {one.name for one in view.columns} and view.words.endswith((".", "…"))
        assert all(one.words.endswith(".") for one in view.columns)


def test_an_upgrade_drops_the_views_and_makes_them_anew(tmp_path: Any) -> None:
    """SQLite refuses to rebuild a table below a view: from an old database up to the newest, twice."""
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate(engine, "0008")
    assert inspect(engine).get_view_names() == []
    upgrade(engine)
    assert set(inspect(engine).get_view_names()) == {view.name for view in views.VIEWS}
    with engine.begin() as connection:
        connection.execute(text("DROP VIEW v_post"))
        connection.execute(text("CREATE VIEW v_post AS SELECT 1 AS old"))
        connection.execute(text("CREATE VIEW cua_don_vi AS SELECT 1 AS mine"))
    upgrade(engine)
    assert "content_hash" in {one["name"] for one in inspect(engine).get_columns("v_post")}
    assert "cua_don_vi" in inspect(engine).get_view_names()
    engine.dispose()


def test_an_offices_own_view_that_stands_in_the_way_of_an_upgrade_is_named_and_nothing_is_changed(
    tmp_path: Any,
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate(engine, "0008")
    with engine.begin() as connection:
        connection.execute(text("CREATE VIEW cua_don_vi AS SELECT id FROM reading"))
    with pytest.raises(UserError, match="khung nhìn riêng: cua_don_vi;"):
        upgrade(engine)
    assert inspect(engine).get_view_names() == ["cua_don_vi"]
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0008"
        connection.execute(text("DROP VIEW cua_don_vi"))
    upgrade(engine)
    engine.dispose()


def test_the_documentation_tells_every_column_as_the_program_has_it() -> None:
    from cli.settings import ROOT

    file = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert views.documentation().strip() in file, "run: python -m reports.open_data.docs"
