"""What becomes of the articles that a feed tells: kept once, renewed, never opened again, never posted."""

import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from content.articles import CAPITALS, KEY_MAX_BYTES, NO_LINK, ONLY_DAY, SUMMARY_MAX, TITLE_MAX, cut
from content.errors import ContentError
from content.suggestions import CHANGED, DISMISSED, NEW, TAKEN, dismiss, put_away, record, suggestions
from content.tables import PortalSource, Suggestion
from scheduler.db import writing
from tests.conftest import LAN, NOW
from tests.content.portal_case import PUBLISHED, a_source, item, told

HOUR = timedelta(hours=1)


@pytest.fixture
def feed(session: Session) -> PortalSource:
    source = a_source()
    session.add(source)
    session.flush()
    return source


def rows(session: Session) -> list[Suggestion]:
    return list(session.exec(select(Suggestion).order_by(Suggestion.id)).all())  # type: ignore[arg-type]


def only(session: Session) -> Suggestion:
    [row] = rows(session)
    return row


# Once, and renewed ---------------------------------------------------------------------------------------


def test_the_same_feed_again_suggests_nothing_twice(session: Session, feed: PortalSource) -> None:
    first = record(session, feed, told(item(1), item(2)), NOW)
    again = record(session, feed, told(item(2), item(1)), NOW + HOUR)
    assert (first.new, first.same) == (2, 0)
    assert (again.new, again.updated, again.same) == (0, 0, 2)
    assert sorted(first.ids) == sorted(again.ids) == [row.id for row in rows(session)]
    assert {row.updated_at for row in rows(session)} == {NOW}


def test_a_suggestion_has_what_the_feed_told_and_the_source_s_topic(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1, image="https://cong.tinhvidu.example/a.jpg", categories=("Tin CCHC",))), NOW)
    row = only(session)
    session.commit()
    session.refresh(row)
    assert (row.state, row.topic, row.source_id, row.notes) == (NEW, "d", feed.id, [])
    assert (row.published_at, row.seen_at) == (PUBLISHED, NOW)
    assert (row.image, row.categories) == ("https://cong.tinhvidu.example/a.jpg", ["Tin CCHC"])


def test_a_renewed_article_updates_its_suggestion(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1)), NOW)
    done = record(session, feed, told(item(1, title="Tiêu đề đã sửa", published=None)), NOW + HOUR)
    row = only(session)
    assert (done.updated, row.title, row.published_at, row.seen_at) == (1, "Tiêu đề đã sửa", None, NOW)
    assert row.updated_at == NOW + HOUR


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_article_that_is_renewed_inside_one_feed_is_one_suggestion(
    session: Session, feed: PortalSource, newest_first: bool
) -> None:
    old = item(1, title="Bản cũ", superseded_by=0 if newest_first else 1)
    new = item(1, title="Bản mới", updates=1 if newest_first else 0)
    done = record(session, feed, told(*((new, old) if newest_first else (old, new))), NOW)
    assert (done.new, done.updated, only(session).title) == (1, 0, "Bản mới")


def test_a_guid_that_every_article_has_makes_no_two_of_them_one(session: Session, feed: PortalSource) -> None:
    home = "https://cong.tinhvidu.example/"
    record(session, feed, told(item(1, guid=home), item(2, guid=home)), NOW)
    record(session, feed, told(item(3, guid=home), item(4, guid=home)), NOW + HOUR)
    assert len(rows(session)) == 4


def test_an_article_that_moved_is_known_by_its_guid(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1)), NOW)
    moved = item(1, link="https://cong.tinhvidu.example/duong-dan-moi.htm")
    assert record(session, feed, told(moved), NOW + HOUR).updated == 1
    assert (only(session).link, only(session).dedupe_key) == (moved.link, moved.key)
    assert record(session, feed, told(moved), NOW + HOUR).same == 1


def test_guids_that_only_number_the_places_lose_no_article(session: Session, feed: PortalSource) -> None:
    for number in (1, 2, 3):
        newest = item(number, guid="1", published=PUBLISHED + number * HOUR)
        assert record(session, feed, told(newest), NOW + number * HOUR).new == 1


def test_a_guid_means_nothing_in_another_feed(session: Session, feed: PortalSource) -> None:
    other = a_source("cong-khac")
    session.add(other)
    session.flush()
    record(session, feed, told(item(1, link=None, guid="101")), NOW)
    record(session, other, told(item(2, link=None, guid="101")), NOW)
    assert len(rows(session)) == 2


def test_only_its_own_feed_s_articles_are_looked_up_by_their_guids(engine: Engine) -> None:
    with writing(engine) as session:
        feeds = [a_source(f"cong-{number}") for number in range(3)]
        session.add_all(feeds)
        session.flush()
        for number, source in enumerate(feeds):
            record(session, source, told(item(number, guid="101")), NOW)
    loaded: list[int | None] = []
    with writing(engine) as session:
        event.listen(session, "loaded_as_persistent", lambda _, row: loaded.append(row.source_id))
        record(session, feeds[1], told(item(9, guid="101")), NOW + HOUR)
    assert loaded == [feeds[1].id]


def test_two_feeds_with_the_same_article_do_not_rewrite_each_other(session: Session, feed: PortalSource) -> None:
    other = a_source("cong-khac")
    session.add(other)
    session.flush()
    record(session, feed, told(item(1)), NOW)
    assert record(session, other, told(item(1, summary="Lời khác.")), NOW + HOUR).same == 1
    assert (only(session).source_id, only(session).updated_at) == (feed.id, NOW)


def test_a_pasted_article_that_a_feed_shows_later_is_the_same_one(session: Session, feed: PortalSource) -> None:
    record(session, None, told(item(1)), NOW, topic="h")
    assert record(session, feed, told(item(1)), NOW + HOUR).new == 0
    assert (only(session).source_id, only(session).topic) == (feed.id, "h")


def test_articles_beyond_the_limit_wait_for_the_next_reading(session: Session, feed: PortalSource) -> None:
    many = told(*(item(number) for number in range(7)))
    counts = [record(session, feed, many, NOW + n * HOUR, most=3) for n in range(3)]
    assert [(one.new, one.left) for one in counts] == [(3, 4), (3, 1), (1, 0)]


# Never opened again --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [TAKEN, DISMISSED])
def test_a_decided_suggestion_is_never_opened_again(session: Session, feed: PortalSource, state: str) -> None:
    record(session, feed, told(item(1)), NOW)
    only(session).state = state
    record(session, feed, told(item(1, title="Tiêu đề đã sửa")), NOW + HOUR)
    assert only(session).state == state


def test_the_editor_is_told_once_of_each_change_of_a_taken_article(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1)), NOW)
    only(session).state = TAKEN
    counts = []
    for number, title in enumerate(("Tiêu đề hai", "Tiêu đề hai", "Tiêu đề ba")):
        counts.append(record(session, feed, told(item(1, title=title)), NOW + number * HOUR).changed_after)
    assert counts == [1, 0, 1]
    assert [note for note in only(session).notes if note.startswith(CHANGED)] == [
        f"{CHANGED}, lúc 10:00 ngày 23/11/2026."
    ]
    assert only(session).published_at == PUBLISHED


def test_what_nobody_answers_is_put_away_and_not_deleted(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1)), NOW)
    record(session, feed, told(item(2)), NOW + timedelta(days=30))
    assert put_away(session, NOW + timedelta(days=59), 60) == 0
    assert put_away(session, NOW + timedelta(days=61), 60) == 1
    first, second = rows(session)
    assert (first.state, second.state) == (DISMISSED, NEW)
    assert "60 ngày" in first.notes[-1]
    assert record(session, feed, told(item(1)), NOW + timedelta(days=62)).new == 0
    assert first.state == DISMISSED


def test_dismissing_needs_a_name_and_a_reason_and_happens_once(session: Session, feed: PortalSource) -> None:
    [number] = record(session, feed, told(item(1)), NOW).ids
    for by, reason, field in (("  ", "Trùng", "by"), (LAN, " ", "reason")):
        with pytest.raises(ContentError, match=f"^{field}: "):
            dismiss(session, number, by=by, reason=reason, now=NOW)
    dismiss(session, number, by=LAN, reason="Bài đã cũ", now=NOW)
    assert (only(session).state, only(session).decided_by) == (DISMISSED, LAN)
    record(session, feed, told(item(1, title="Tiêu đề đã sửa")), NOW + HOUR)
    assert only(session).notes[-1] == "Bỏ qua: Bài đã cũ"
    with pytest.raises(ContentError, match=f"bỏ qua bởi {LAN}"):
        dismiss(session, number, by=LAN, reason="Bài đã cũ", now=NOW)
    with pytest.raises(ContentError, match="999"):
        dismiss(session, 999, by=LAN, reason="Bài đã cũ", now=NOW)


# What an editor should look at ---------------------------------------------------------------------------


def test_what_is_odd_about_an_article_is_noted(session: Session, feed: PortalSource) -> None:
    record(
        session,
        feed,
        told(
            item(1, title="THÔNG BÁO NGHỈ LỄ", shouting=True),
            item(2, link=None),
            item(3, published=None, published_raw="hôm qua"),
            item(4, date_only=True),
        ),
        NOW,
    )
    capitals, no_link, no_date, only_day = (row.notes for row in rows(session))
    assert (capitals, no_link, only_day) == ([CAPITALS], [NO_LINK], [ONLY_DAY])
    assert rows(session)[0].title == "THÔNG BÁO NGHỈ LỄ"
    assert "“hôm qua”" in no_date[0]


# Hostile text --------------------------------------------------------------------------------------------


def test_long_texts_end_at_a_word_with_an_ellipsis(session: Session, feed: PortalSource) -> None:
    record(session, feed, told(item(1, title="tiếng " * 400, summary="hồ sơ, " * 900)), NOW)
    row = only(session)
    assert len(row.title) <= TITLE_MAX and len(row.summary) <= SUMMARY_MAX
    assert row.title.endswith("tiếng…") and row.summary.endswith(("hồ…", "sơ…"))


@pytest.mark.parametrize(
    ("text", "most", "wanted"),
    [
        ("một hai", 7, "một hai"),
        ("một hai ba", 8, "một hai…"),
        ("một hai ba", 7, "một…"),
        ("một, hai", 6, "một…"),
        ("dàiquákhôngcóchỗcắt", 5, "dàiq…"),
    ],
)
def test_a_text_is_cut_at_a_word(text: str, most: int, wanted: str) -> None:
    assert cut(text, most) == wanted
    assert len(cut(text, most)) <= most


def test_what_databases_refuse_does_not_reach_them(session: Session, feed: PortalSource) -> None:
    ugly = item(1, title="Bài\x00 số\ud800 một\u202e", summary="a\x01b", guid="g\x00", categories=("\x00",))
    record(session, feed, told(ugly), NOW)
    session.commit()
    row = only(session)
    assert (row.title, row.summary, row.categories) == ("Bài số một", "a b", [])


def test_text_is_kept_in_nfc_and_a_link_as_it_was_told(session: Session, feed: PortalSource) -> None:
    decomposed = unicodedata.normalize("NFD", "Tiếng Việt")
    link = f"https://cong.tinhvidu.example/{unicodedata.normalize('NFD', 'bài')}.htm"
    record(session, feed, told(item(1, title=decomposed, link=link)), NOW)
    row = only(session)
    assert (row.title, row.link) == ("Tiếng Việt", link)
    assert unicodedata.is_normalized("NFC", row.dedupe_key)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://a.example/b", "https://", "https://a.example/b c", "http://[", "x" * 3000]
)
def test_a_link_that_no_browser_should_follow_is_none(session: Session, feed: PortalSource, link: str) -> None:
    record(session, feed, told(item(1, link=link, image=link)), NOW)
    assert (only(session).link, only(session).image) == ("", "")


def test_an_endless_key_fits_the_index(session: Session, feed: PortalSource) -> None:
    long = "https://cong.tinhvidu.example/" + "".join(chr(0x4E00 + n) for n in range(1900))
    endless = told(item(1, link=long), item(2, link=None, guid="g" * 9000))
    record(session, feed, endless, NOW)
    session.commit()
    assert all(len(row.dedupe_key.encode()) <= KEY_MAX_BYTES for row in rows(session))
    assert record(session, feed, endless, NOW).same == 2


def test_an_article_with_no_words_at_all_is_none(session: Session, feed: PortalSource) -> None:
    assert record(session, feed, told(item(1, title=" ", summary="\u200b")), NOW).ids == []
    assert record(session, feed, told(item(1, title=" ", summary="Chỉ có tóm tắt")), NOW).new == 1
    assert only(session).title == "Chỉ có tóm tắt"


# Finding -------------------------------------------------------------------------------------------------


def test_suggestions_are_found_without_marks_new_ones_first(engine: Engine, session: Session) -> None:
    with writing(engine) as first:
        record(first, None, told(item(1, title="Đề án Một cửa"), item(2, title="Cải cách"), item(3)), NOW)
        record(first, None, told(item(4, title="Một cửa ở xã", summary="Đề án mới")), NOW + HOUR)
        dismiss(first, 1, by=LAN, reason="Cũ", now=NOW)
    assert [row.id for row in suggestions(session)] == [4, 3, 2]
    assert [row.id for row in suggestions(session, "de an")] == [4]
    assert [row.id for row in suggestions(session, "ĐỀ ÁN", everything=True)] == [4, 1]
    assert [row.id for row in suggestions(session, limit=2, everything=True)] == [4, 3]


@pytest.mark.parametrize("page", [1, 3, 7, 8])
def test_a_search_reads_on_from_where_a_page_ended(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    with writing(engine) as first:
        record(first, None, told(*(item(number) for number in range(4))), NOW)
        record(first, None, told(*(item(number) for number in range(4, 7))), NOW + HOUR)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    monkeypatch.setattr("content.suggestions.PAGE", page)
    assert [row.id for row in suggestions(session)] == [7, 6, 5, 4, 3, 2, 1]
    _, *others = [statement for statement in asked if "ORDER BY" in statement]
    assert len(others) == 7 // page
    assert all("(suggestion.seen_at, suggestion.id) < (" in statement for statement in others)


def test_a_search_ends(engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(engine) as first:
        record(first, None, told(*(item(number) for number in range(9))), NOW)
    monkeypatch.setattr("content.suggestions.SEARCHED_MAX", 4)
    assert [row.id for row in suggestions(session, "một cửa")] == [9, 8, 7, 6]
