import hashlib
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from content.editing import AssetUse, Conflict, PostFields, as_post, fields_of, new_key, save
from content.editorial import CHANGED_AFTER_APPROVAL, approve, content_hash, give_back, is_approved, submit
from content.errors import ContentError
from content.exchange import importing
from content.library import LoadReport, load_library
from content.store import AssetStore
from content.tables import Asset, Editorial, Post, PostAsset, PostRevision, Review, Suggestion
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.exchange.tables import bring_in, row, write_csv
from tests.content.shelf import draw, plan, png, shelf

KEY = "d-giay-hen"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def library(session: Session, tmp_path: Path) -> Session:
    """A database with the post of one file, and a writing session on it."""
    load(session, tmp_path)
    session.commit()
    return session


def load(session: Session, folder: Path, text: str = "") -> LoadReport:
    shelf(folder, text) if text else shelf(folder)
    return load_library(session, folder, plan(), AssetStore(folder / "store"), NOW, draw)


def post(session: Session, key: str = KEY) -> Post:
    session.expire_all()
    return session.exec(select(Post).where(Post.key == key)).one()


def acts(session: Session, key: str = KEY) -> list[tuple[str, str, str]]:
    rows = select(Review).where(Review.post_id == post(session, key).id).order_by(col(Review.id))
    return [(one.action, one.actor, one.reason) for one in session.exec(rows)]


def assets(session: Session) -> list[PostAsset]:
    return list(session.exec(select(PostAsset).order_by(col(PostAsset.id))))


def change(session: Session, **changes: object) -> Post:
    row = post(session)
    fields = replace(fields_of(session, row), **changes)  # type: ignore[arg-type]  # names of PostFields, by keyword
    return save(session, KEY, fields, by=LAN, now=LATER, seen=row.content_hash)


def count(session: Session) -> int:
    tables = (Post, PostAsset, Review, PostRevision)
    return sum(session.exec(select(func.count()).select_from(table)).one() for table in tables)


# Apart and together ------------------------------------------------------------------------------------


def test_a_post_taken_apart_and_put_together_is_the_same_post(library: Session) -> None:
    row = post(library)
    again = as_post(fields_of(library, row), KEY)
    assert again.content_hash == row.content_hash
    assert (again.audiences, again.variants) == (row.audiences, row.variants)
    assert again.id is None and again not in library


def test_a_post_of_nothing_but_a_title_can_be_looked_at() -> None:
    made = as_post(PostFields(title="Giấy hẹn"), "~1")
    assert (made.key, made.body, made.state) == ("~1", "", Editorial.DRAFT)


# Saving ------------------------------------------------------------------------------------------------


def test_a_new_post_is_a_draft_of_its_author_that_belongs_to_the_desk(session: Session) -> None:
    fields = PostFields(title="Giấy hẹn", body="Có giấy hẹn trong tay.", agency="snv", valid_to=date(2026, 12, 31))
    made = save(session, "giay-hen", fields, by=LAN, now=NOW, seen="")
    session.commit()
    row = post(session, "giay-hen")
    assert (row.state, row.author, row.agency, row.file, row.created_at) == (Editorial.DRAFT, LAN, "snv", "", NOW)
    assert row.content_hash == content_hash(row, []) == made.content_hash
    assert acts(session, "giay-hen") == [("created", LAN, "")]
    assert fields_of(session, row) == fields


def test_a_changed_post_says_what_was_saved_and_who_did_it(library: Session) -> None:
    change(library, title="Giấy hẹn mới", valid_to=date(2026, 12, 31))
    library.commit()
    row = post(library)
    assert (row.title, row.valid_to, row.updated_at, row.file) == ("Giấy hẹn mới", date(2026, 12, 31), LATER, "")
    assert row.content_hash == content_hash(row, assets(library))
    assert acts(library)[-1] == ("changed", LAN, "")


def test_saving_what_is_there_already_writes_nothing_however_old_the_page_was(library: Session) -> None:
    before = count(library)
    fields = fields_of(library, post(library))
    save(library, KEY, fields, by=LAN, now=LATER, seen=post(library).content_hash)
    save(library, KEY, fields, by=LAN, now=LATER, seen="0" * 64)
    save(library, KEY, fields, by=LAN, now=LATER, seen="")
    assert count(library) == before
    assert (post(library).updated_at, post(library).file) == (NOW, f"{KEY}.md")


def test_who_did_not_see_the_post_as_it_is_writes_nothing(library: Session) -> None:
    seen = post(library).content_hash
    change(library, body="Lời của người thứ nhất.")
    library.commit()
    before = count(library)
    theirs = replace(fields_of(library, post(library)), body="Lời của người thứ hai.")
    for old in (seen, "", "0" * 64):
        with pytest.raises(Conflict):
            save(library, KEY, theirs, by=MINH, now=LATER, seen=old)
    assert post(library).body == "Lời của người thứ nhất." and count(library) == before


def test_a_post_that_is_gone_is_not_made_anew_by_an_old_page(session: Session) -> None:
    with pytest.raises(ContentError, match="không có bài đăng này"):
        save(session, "mat-roi", PostFields(title="Mất rồi"), by=LAN, now=NOW, seen="0" * 64)


def test_an_approval_ends_with_the_first_change_and_the_history_says_why(library: Session) -> None:
    submit(library, KEY, LAN, NOW)
    approve(library, KEY, MINH, NOW)
    change(library, body="Lời mới.")
    row = post(library)
    assert (row.state, row.approved_hash) == (Editorial.DRAFT, "")
    assert not is_approved(row)
    assert acts(library)[-1] == ("changed", LAN, CHANGED_AFTER_APPROVAL)


def test_a_returned_post_stays_returned_until_it_is_submitted_again(library: Session) -> None:
    submit(library, KEY, LAN, NOW)
    give_back(library, KEY, MINH, "Thiếu ngày.", NOW)
    change(library, body="Lời mới, có ngày.")
    assert post(library).state == Editorial.RETURNED


def test_another_agency_alone_does_not_end_an_approval_but_is_recorded(library: Session) -> None:
    submit(library, KEY, LAN, NOW)
    approve(library, KEY, MINH, NOW)
    change(library, agency="snv")
    row = post(library)
    assert is_approved(row) and row.agency == "snv" and row.file == f"{KEY}.md"
    assert acts(library)[-1] == ("changed", LAN, "Cơ quan, đơn vị: snv.")


def test_what_is_saved_is_composed_whatever_came(session: Session) -> None:
    apart = unicodedata.normalize("NFD", "Tiếng Việt đủ dấu")
    fields = PostFields(title=apart, hashtags=(f"#{apart}",), variants={"zalo": {"options": {"author": apart}}})
    row = save(session, "a", fields, by=unicodedata.normalize("NFD", "Hà"), now=NOW, seen="")
    assert row.title == "Tiếng Việt đủ dấu" and row.author == "Hà" and row.hashtags == ["#Tiếng Việt đủ dấu"]
    assert row.variants == {"zalo": {"options": {"author": "Tiếng Việt đủ dấu"}}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " \n"}, "title: "),
        ({"title": "x" * 301}, "title: dài hơn 300"),
        ({"body": "x" * 70_001}, "body: dài hơn 70.000"),
        ({"form": "tho"}, "form: không có hình thức “tho”"),
        ({"late_rule": "sometimes"}, "late_rule: "),
        ({"late_minutes": 0}, "late_rule: "),
        ({"assets": (AssetUse("0" * 64, "image"),)}, "assets: kho tư liệu không có tệp “000000000000”"),
        ({"assets": (AssetUse("0" * 64, "banner"),)}, "assets: không có vai trò “banner”"),
    ],
)
def test_what_the_table_cannot_take_is_told_and_nothing_is_written(
    library: Session, changes: dict[str, object], told: str
) -> None:
    before = count(library)
    with pytest.raises(ContentError, match=told):
        change(library, **changes)
    assert count(library) == before


def test_a_draft_may_lack_everything_else(session: Session) -> None:
    save(session, "a", PostFields(title="Chỉ có tiêu đề", topic="không có"), by=LAN, now=NOW, seen="")
    session.commit()
    assert post(session, "a").topic == "không có"


def test_a_letter_that_no_database_keeps_is_left_out(session: Session) -> None:
    save(session, "a", PostFields(title="Một\x00cửa", body="\x00"), by=LAN, now=NOW, seen="")
    session.commit()
    assert post(session, "a").title == "Mộtcửa"


# Pictures ----------------------------------------------------------------------------------------------


def test_what_a_drawn_picture_says_stays_with_it_wherever_it_is_moved(library: Session) -> None:
    facts = {"file": "hen.yml", "agency": "", "signed": True, "texts": ["Giấy hẹn"], "colours": [], "made_of": "x"}
    library.exec(select(PostAsset)).one().drawn = facts
    library.flush()
    other = store_picture(library, "red")
    drawn = fields_of(library, post(library)).assets[0]
    change(library, assets=(AssetUse(other, "image", alt="Ảnh đỏ"), replace(drawn, alt="Lời khác")))
    assert [(one.sha256, one.position, one.drawn) for one in assets(library)] == [
        (other, 0, {}),
        (drawn.sha256, 1, facts),
    ]
    made = save(library, "b", PostFields(title="Bài khác", assets=(drawn,)), by=LAN, now=NOW, seen="")
    rows = library.exec(select(PostAsset).where(PostAsset.post_id == made.id))
    assert [one.drawn for one in rows] == [facts], "a picture says the same in another post"


def test_a_picture_that_was_drawn_just_now_brings_its_words(session: Session) -> None:
    facts = {"file": "hen.yml", "texts": ["Giấy hẹn"]}
    use = AssetUse(store_picture(session, "red"), "image", drawn=facts)
    save(session, "a", PostFields(title="Bài", assets=(use,)), by=LAN, now=NOW, seen="")
    assert assets(session)[0].drawn == facts


def test_the_same_picture_may_stand_in_several_places(session: Session) -> None:
    sha256 = store_picture(session, "red")
    uses = tuple(AssetUse(sha256, role, platform) for role in ("image", "cover") for platform in ("", "zalo"))
    row = save(session, "a", PostFields(title="Bài", assets=(*uses, uses[0])), by=LAN, now=NOW, seen="")
    session.commit()
    assert len(assets(session)) == 5
    assert fields_of(session, row).assets.count(uses[0]) == 2
    assert as_post(fields_of(session, row), "a").content_hash == row.content_hash


def store_picture(session: Session, colour: str) -> str:
    data = png(colour)
    sha256 = hashlib.sha256(data).hexdigest()
    session.add(Asset(sha256=sha256, mime="image/png", size=len(data), created_at=NOW))
    session.flush()
    return sha256


# Keys --------------------------------------------------------------------------------------------------


def test_a_new_post_is_called_by_its_title_and_no_other_is(session: Session) -> None:
    assert new_key(session, "Đường dây nóng: 24/7!") == "duong-day-nong-24-7"
    for expected in ("giay-hen", "giay-hen-2", "giay-hen-3"):
        key = new_key(session, "Giấy hẹn")
        assert key == expected
        save(session, key, PostFields(title="Giấy hẹn"), by=LAN, now=NOW, seen="")
    assert new_key(session, "🎉🎉") == "bai-dang"


def test_a_key_that_a_suggestion_became_is_not_given_to_another_post(session: Session) -> None:
    row = Suggestion(
        dedupe_key="x", title="Giấy hẹn", categories=[], notes=[], post_key="giay-hen", seen_at=NOW, updated_at=NOW
    )
    session.add(row)
    session.flush()
    assert new_key(session, "Giấy hẹn") == "giay-hen-2"


# Revisions ---------------------------------------------------------------------------------------------


def test_every_saved_content_is_kept_whole_and_once(library: Session) -> None:
    loaded = post(library).content_hash
    first = change(library, body="Lời một.").content_hash
    second = change(library, body="Lời hai.").content_hash
    assert change(library, body="Lời một.").content_hash == first
    kept = list(library.exec(select(PostRevision).order_by(col(PostRevision.id))))
    assert [(one.content_hash, one.actor, one.at) for one in kept] == [
        (loaded, "Thư viện", NOW),
        (first, LAN, LATER),
        (second, LAN, LATER),
    ]
    data = kept[2].data
    assert (data["body"], data["platforms"], data["valid_to"]) == ("Lời hai.", ["facebook", "zalo"], None)
    assert [(one["role"], one["position"], one["alt"]) for one in data["assets"]] == [
        ("image", 0, "Một tờ giấy hẹn có mã hồ sơ.")
    ]


# What staff wrote is not written over by a file --------------------------------------------------------


def test_loading_a_file_leaves_a_post_of_the_desk_alone_and_says_so(library: Session, tmp_path: Path) -> None:
    change(library, body="Lời viết ở bàn.")
    library.commit()
    before = count(library)
    report = load(library, tmp_path)
    assert (report.left, report.changed, report.new) == ([KEY], [], [])
    assert any(KEY in note and "giữ nguyên" in note for note in report.notes)
    assert post(library).body == "Lời viết ở bàn." and count(library) == before


def test_a_file_that_says_the_same_as_the_desk_is_the_same(library: Session, tmp_path: Path) -> None:
    old = fields_of(library, post(library))
    change(library, body="Lời viết ở bàn.")
    change(library, body=old.body)
    assert load(library, tmp_path) == LoadReport(same=[KEY])


def test_a_table_leaves_a_post_of_the_desk_alone_and_says_so(session: Session, tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "store")
    path = write_csv(tmp_path, [row()])
    bring_in(session, path, store)
    change(session, body="Lời viết ở bàn.")
    session.commit()
    table = importing.read_import(path, plan(), ("facebook", "zalo", "youtube"))
    importing.place(table, store, draw)
    importing.compare(session, table)
    assert [one.outcome for one in table.rows] == ["left"]
    assert any("giữ nguyên" in one.words and not one.blocks for one in table.told())
    assert importing.write(session, table, NOW, LAN).left == [KEY]
    assert post(session).body == "Lời viết ở bàn."


# Two at once -------------------------------------------------------------------------------------------


def test_of_two_who_save_at_once_exactly_one_is_saved(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        load(session, tmp_path)
    with reading(engine) as session:
        row = session.exec(select(Post)).one()
        fields, seen = fields_of(session, row), row.content_hash

    def try_it(name: str) -> str:
        try:
            with writing(engine) as session:
                save(session, KEY, replace(fields, body=f"Lời của {name}."), by=name, now=LATER, seen=seen)
        except Conflict:
            return ""
        return name

    with ThreadPoolExecutor(8) as pool:
        saved = [name for name in pool.map(try_it, [f"người {n}" for n in range(8)]) if name]
    with reading(engine) as session:
        assert len(saved) == 1 and post(session).body == f"Lời của {saved[0]}."
        assert [actor for action, actor, _ in acts(session) if action == "changed"] == saved
        assert content_hash(post(session), assets(session)) == post(session).content_hash


def test_of_two_who_make_a_post_of_one_name_exactly_one_is_saved(engine: Engine) -> None:
    def try_it(name: str) -> str:
        try:
            with writing(engine) as session:
                save(session, "a", PostFields(title=f"Bài của {name}"), by=name, now=NOW, seen="")
        except Conflict:
            return ""
        return name

    with ThreadPoolExecutor(8) as pool:
        saved = [name for name in pool.map(try_it, [f"người {n}" for n in range(8)]) if name]
    with reading(engine) as session:
        assert len(saved) == 1 and post(session, "a").author == saved[0]


def test_who_read_the_post_before_somebody_else_saved_it_is_told_of_the_conflict(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("on SQLite nobody reads for writing while somebody else writes")
    with writing(engine) as first:
        seen = save(first, KEY, PostFields(title="Một"), by=LAN, now=NOW, seen="").content_hash
    with writing(engine) as slow:
        mine = fields_of(slow, post(slow))
        with writing(engine) as quick:
            save(quick, KEY, replace(mine, body="Lời của Minh."), by=MINH, now=NOW, seen=seen)
        with pytest.raises(Conflict):
            save(slow, KEY, replace(mine, title="Hai"), by=LAN, now=LATER, seen=seen)
    with reading(engine) as session:
        assert (post(session).title, post(session).body) == ("Một", "Lời của Minh.")
