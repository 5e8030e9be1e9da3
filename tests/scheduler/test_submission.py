"""Nothing reaches the approver unchecked, and what was accepted is written down with the name of who did so."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from connectors import CONNECTORS, connector_class
from connectors.http import new_session
from content.checks import Grade
from content.editorial import content_hash, give_back, is_approved
from content.errors import ContentError
from content.library import load_library
from content.plan import LegalState, load_plan
from content.store import AssetStore
from content.tables import Asset, Editorial, Post, PostAsset, Review
from scheduler.access import Platforms
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.submission import NotReady, Submissions, recent_posts
from tests.architecture.sources import PRODUCT, python_files, short
from tests.conftest import LAN, MINH, NOW
from tests.content.exchange.tables import bring_in, row, write_csv
from tests.content.shelf import POST, draw, plan, png
from tests.scheduler.house import HOUR, House

DAY = timedelta(days=1)
BODY = """Từ nay bà con nộp hồ sơ tại một nơi và nhận kết quả tại chính nơi đó.
Hãy mang theo giấy tờ gốc để đối chiếu, giữ giấy hẹn và mã hồ sơ cẩn thận.
Nguồn: Cổng Thông tin điện tử tỉnh."""
REPEALED = BODY.replace("Từ nay", "Theo Nghị định 61/2018/NĐ-CP,")


class Office(House):
    """Posts in a database with a plan, and the checks in front of the approver."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine)
        self.http = new_session()
        settings = {name: connector_class(name).Settings.model_construct() for name in CONNECTORS}
        self.store = AssetStore(folder / "assets")
        self.library = folder / "library"
        self.library.mkdir()
        self.checked = Submissions(engine, self.store, Platforms(settings, lambda _: self.http), self.library)
        with writing(engine) as session:
            load_plan(session, plan(), NOW)

    def draft(self, key: str = "d-mot-cua", **facts: Any) -> Post:
        """A draft that is good for the first platform."""
        values = {
            "key": key, "title": "Nộp hồ sơ ở một nơi", "body": BODY, "platforms": ["facebook"],
            "state": Editorial.DRAFT, **facts,
        }  # fmt: skip
        return self.post(**values)

    def out(self, post: Post, ago: timedelta, state: State = State.PUBLISHED, **facts: Any) -> None:
        """The post on a channel, some time ago (or ahead)."""
        at = NOW - ago
        told = {"published_at": at} if state == State.PUBLISHED else {}
        self.publication(post_id=post.id, due_at=at, state=state, **told, **facts)

    def state(self, key: str = "d-mot-cua") -> str:
        with reading(self.engine) as session:
            return session.exec(select(Post.state).where(Post.key == key)).one()

    def history(self) -> list[tuple[str, str, str]]:
        with reading(self.engine) as session:
            return [
                (row.action, row.actor, row.reason) for row in session.exec(select(Review).order_by(col(Review.id)))
            ]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    made = Office(engine, tmp_path)
    yield made
    made.http.close()


def refused(office: Office, *keys: str, accept_warnings: bool = False) -> NotReady:
    with pytest.raises(NotReady) as caught:
        office.checked.submit(keys, LAN, now=NOW, accept_warnings=accept_warnings)
    return caught.value


def test_a_good_post_is_submitted_and_approved_without_a_word(office: Office) -> None:
    post = office.draft()
    office.checked.submit([post.key], LAN, now=NOW)
    office.checked.approve([post.key], MINH, now=NOW)
    assert office.state() == Editorial.APPROVED
    assert office.history() == [("submitted", LAN, ""), ("approved", MINH, "")]


@pytest.mark.parametrize(
    ("facts", "grade", "words"),
    [
        ({"source": ""}, Grade.ERROR, "thiếu nguồn"),
        ({"title": "Cách làm hay tại [đơn vị]"}, Grade.TO_FILL, "chưa điền: “[đơn vị]”"),
        ({"body": "dài " * 20_000 + "\nNguồn: Cổng."}, Grade.ERROR, "cần rút gọn"),
        ({"platforms": ["facebook", "youtube"]}, Grade.ERROR, "không đăng được loại bài này"),
        ({"platforms": ["myspace"]}, Grade.ERROR, "không có nền tảng “myspace”"),
    ],
)
def test_errors_and_places_to_fill_in_are_refused_though_warnings_are_accepted(
    office: Office, facts: dict[str, Any], grade: Grade, words: str
) -> None:
    post = office.draft(**facts)
    told = refused(office, post.key, accept_warnings=True)
    assert any(one.grade is grade and words in one.words for one in told.findings[post.key]), told.words
    assert words in told.words and "--accept-warnings" not in told.words
    assert office.state() == Editorial.DRAFT and office.history() == []


def test_warnings_are_refused_until_they_are_accepted_and_the_history_keeps_what_was(office: Office) -> None:
    post = office.draft(body=REPEALED)
    told = refused(office, post.key)
    assert "Hãy dùng 118/2025/NĐ-CP" in told.words and "--accept-warnings" in told.words
    assert office.state() == Editorial.DRAFT
    office.checked.submit([post.key], LAN, now=NOW, accept_warnings=True)
    [(action, actor, reason)] = office.history()
    assert (action, actor) == ("submitted", LAN)
    assert reason.startswith("Chấp nhận cảnh báo (1): body: văn bản trích dẫn đã hết hiệu lực: Nghị định 61/2018/NĐ-CP")


def test_everything_about_every_post_is_told_at_once_and_none_is_submitted(office: Office) -> None:
    office.draft("a-tot", title="Bài tốt")
    office.draft("b-loi", title="[Tên]", source="", body=OTHER)
    told = refused(office, "a-tot", "b-loi")
    assert list(told.findings) == ["b-loi"] and len(told.findings["b-loi"]) >= 2
    assert "b-loi: chưa trình duyệt được." in told.words
    assert office.state("a-tot") == Editorial.DRAFT


OTHER = """Mùa mưa lũ đã đến, hãy bật cảnh báo trên điện thoại để biết sớm hơn.
Sạc đầy pin, chuẩn bị đèn và nước sạch trước khi bão vào bờ.
Nguồn: Cổng Thông tin điện tử tỉnh."""


def test_the_state_and_the_person_are_looked_at_before_the_words(office: Office) -> None:
    post = office.draft(body=REPEALED)
    with pytest.raises(ContentError, match="không có bài đăng này"):
        office.checked.submit(["khong-co"], LAN, now=NOW)
    with pytest.raises(ContentError, match="“Bản nháp” nên không duyệt được"):
        office.checked.approve([post.key], MINH, now=NOW)
    office.checked.submit([post.key], LAN, now=NOW, accept_warnings=True)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        office.checked.approve([post.key], LAN, now=NOW, accept_warnings=True)


def test_a_decree_that_expired_while_the_post_waited_is_told_to_the_approver(office: Office) -> None:
    post = office.draft(body=BODY.replace("Từ nay", "Theo Nghị định 118/2025/NĐ-CP,"))
    office.checked.submit([post.key], LAN, now=NOW)
    ended = [
        ref.model_copy(update={"state": LegalState.IN_FORCE, "effective_to": date(2026, 11, 23)})
        if ref.code == "118/2025/NĐ-CP"
        else ref
        for ref in plan().legal_refs
    ]
    with writing(office.engine) as session:
        load_plan(session, plan().model_copy(update={"legal_refs": tuple(ended)}), NOW)
    with pytest.raises(NotReady, match="đã hết hiệu lực: Nghị định 118/2025/NĐ-CP"):
        office.checked.approve([post.key], MINH, now=NOW + DAY)
    assert office.state() == Editorial.SUBMITTED
    office.checked.approve([post.key], MINH, now=NOW + DAY, accept_warnings=True)
    action, actor, reason = office.history()[-1]
    assert (action, actor) == ("approved", MINH) and "đã hết hiệu lực" in reason


def test_the_same_words_on_a_channel_within_sixty_days_are_told(office: Office) -> None:
    office.out(office.draft("cu", title="Khác", state=Editorial.APPROVED), 59 * DAY)
    post = office.draft()
    told = refused(office, post.key)
    assert "bài “cu” (đã đăng ngày 25/09/2026 trên kênh facebook-" in told.words


@pytest.mark.parametrize(
    ("ago", "state", "told"),
    [
        (59 * DAY, State.PUBLISHED, True),
        (61 * DAY, State.PUBLISHED, False),
        (-3 * DAY, State.SCHEDULED, True),
        (2 * DAY, State.NEEDS_PERSON, True),
        (2 * DAY, State.HELD, True),
        (2 * DAY, State.CANCELLED, False),
        (2 * DAY, State.WITHDRAWN, False),
        (2 * DAY, State.MISSED, False),
    ],
)
def test_only_what_is_public_or_may_become_so_counts(office: Office, ago: timedelta, state: State, told: bool) -> None:
    office.out(office.draft("cu", title="Khác", state=Editorial.APPROVED), ago, state)
    with reading(office.engine) as session:
        assert [one.key for one in recent_posts(session, NOW)] == ["cu"] * told


def test_an_evergreen_post_may_run_again(office: Office) -> None:
    post = office.draft()
    office.out(post, 40 * DAY)
    office.checked.submit([post.key], LAN, now=NOW)
    assert office.state() == Editorial.SUBMITTED


def test_each_channels_own_limits_are_asked_and_an_unconnected_platforms_declared_ones(office: Office) -> None:
    post = office.draft(title="Dài " * 40, platforms=["zalo"], variants={"zalo": {"summary": "Tóm tắt."}})
    alone = [one.field for one in refused(office, post.key).findings[post.key] if one.keeps_out]
    assert "title" in alone
    office.channel("zalo")
    office.channel("zalo")
    connected = [one.field for one in refused(office, post.key).findings[post.key] if one.keeps_out]
    assert connected == alone, "what two channels say alike is told once"
    with reading(office.engine) as session:
        row = session.exec(select(Post).where(Post.key == post.key)).one()
        own = {"zalo": {"title": "Dài " * 40}}
        row.variants = own
        assert "variants.zalo.title" in [one.field for one in office.checked.findings(session, row, now=NOW)]


def test_the_link_of_a_shared_article_is_told_by_the_field_it_stands_in(office: Office) -> None:
    office.draft(form="lien_ket", source_url="[địa chỉ bài gốc]")
    with pytest.raises(NotReady, match=r"(?s)\A(?!.*\.link: ).*source_url: "):
        office.checked.submit(["d-mot-cua"], LAN, now=NOW + HOUR)


def test_a_channel_that_was_switched_off_does_not_matter(office: Office) -> None:
    office.channel("facebook", state="off")
    post = office.draft()
    office.checked.submit([post.key], LAN, now=NOW)
    assert office.state() == Editorial.SUBMITTED


def test_a_picture_that_is_lost_is_told(office: Office) -> None:
    post = office.draft()
    file = office.store.put_bytes(png(), "hinh.png")
    with writing(office.engine) as session:
        session.add(Asset(sha256=file.sha256, mime=file.mime, size=9_000_000, name="hinh.png", created_at=NOW))
        session.flush()
        session.add(PostAsset(post_id=post.id or 0, sha256=file.sha256, role="image", alt="Người dân ở quầy một cửa."))
    office.store.path(file.sha256, file.mime).unlink()
    assert "đã mất khỏi kho tư liệu" in refused(office, post.key).words


SPEC = "template: quote\ntitle: Một cửa tại [tên phường]\nsource: Nghị định 61/2018/NĐ-CP\n"
IN_PICTURE = ("assets (hinh.yml): còn chỗ chưa điền: “[tên phường]”", "assets (hinh.yml): văn bản trích dẫn đã hết")


def with_picture(office: Office, folder: Path, spec: str = SPEC) -> Path:
    """A post from a Markdown file in that folder with a drawn picture, loaded; the file is returned."""
    folder.mkdir(exist_ok=True)
    (folder / "hinh.yml").write_text(spec, encoding="utf-8")
    file = folder / "d-giay-hen.md"
    file.write_text(POST.replace("image: giay-hen.png", "infographic: hinh.yml"), encoding="utf-8")
    with writing(office.engine) as session:
        load_library(session, folder, plan(), office.store, NOW, draw)
    return file


def nothing_happens(office: Office, file: Path) -> None:
    """The files stay as they were loaded."""


def the_text_is_gone(office: Office, file: Path) -> None:
    file.unlink()


def the_text_is_broken(office: Office, file: Path) -> None:
    file.write_text("hỏng", encoding="utf-8")


def the_description_is_mended_but_not_loaded(office: Office, file: Path) -> None:
    mended = "template: quote\ntitle: Một cửa tại phường Thuận Hóa\n"
    (file.parent / "hinh.yml").write_text(mended, encoding="utf-8")


def the_library_is_elsewhere(office: Office, file: Path) -> None:
    shutil.move(file.parent, file.parent.with_name("noi-khac"))


def there_is_no_library(office: Office, file: Path) -> None:
    office.checked = replace(office.checked, library=None)


@pytest.mark.parametrize(
    "what",
    [
        nothing_happens,
        the_text_is_gone,
        the_text_is_broken,
        the_description_is_mended_but_not_loaded,
        the_library_is_elsewhere,
        there_is_no_library,
    ],
)
def test_the_words_of_the_stored_picture_are_checked_whatever_became_of_its_files(
    office: Office, what: Callable[[Office, Path], None]
) -> None:
    what(office, with_picture(office, office.library))
    told = refused(office, "d-giay-hen", accept_warnings=True).words
    assert all(words in told for words in IN_PICTURE)


def test_the_words_in_the_pictures_of_an_imported_post_are_checked(office: Office, tmp_path: Path) -> None:
    (tmp_path / "hinh.yml").write_text(SPEC, encoding="utf-8")
    path = write_csv(tmp_path, [row(**{"Ảnh/Video": "hinh.yml", "Văn bản thay thế": "Lời nhắn của phường."})])
    with writing(office.engine) as session:
        bring_in(session, path, office.store, tmp_path)
    told = refused(office, "d-giay-hen", accept_warnings=True).words
    assert all(words in told for words in IN_PICTURE)


def test_a_picture_that_was_drawn_without_a_name_stays_unsigned_though_the_plan_has_one_now(office: Office) -> None:
    with_picture(office, office.library, "template: quote\ntitle: Đúng hẹn\n")
    with writing(office.engine) as session:
        for use in session.exec(select(PostAsset)):
            use.drawn = {**(use.drawn or {}), "signed": False}
    assert plan().signing("").filled
    assert "hinh.yml chưa có tên cơ quan ký ở chân ảnh" in refused(office, "d-giay-hen", accept_warnings=True).words


def forget_words(office: Office) -> None:
    """The rows as a program before this one left them."""
    with writing(office.engine) as session:
        session.execute(update(PostAsset).values(drawn=None))


def test_a_picture_from_before_its_words_were_kept_is_read_from_the_library(office: Office) -> None:
    with_picture(office, office.library)
    forget_words(office)
    told = refused(office, "d-giay-hen", accept_warnings=True).words
    assert all(words in told for words in IN_PICTURE)


@pytest.mark.parametrize("what", [the_text_is_gone, the_text_is_broken, the_library_is_elsewhere, there_is_no_library])
def test_a_picture_from_before_whose_words_nobody_can_read_is_refused_until_it_is_loaded_again(
    office: Office, what: Callable[[Office, Path], None]
) -> None:
    good = "template: quote\ntitle: Một cửa tại phường Thuận Hóa\n"
    what(office, with_picture(office, office.library, good))
    forget_words(office)
    told = refused(office, "d-giay-hen", accept_warnings=True)
    assert "hinh-portrait.png" in told.words and "hãy nạp lại thư viện" in told.words
    assert all("hinh-wide.png" in one.words for one in told.findings["d-giay-hen"] if "không đọc được" in one.words)
    with_picture(office, office.library, good)
    office.checked.submit(["d-giay-hen"], LAN, now=NOW, accept_warnings=True)
    assert office.state("d-giay-hen") == Editorial.SUBMITTED


def test_a_file_of_the_same_name_that_draws_nothing_does_not_answer_for_an_older_picture(office: Office) -> None:
    file = with_picture(office, office.library)
    forget_words(office)
    file.write_text(POST, encoding="utf-8")
    assert "hãy nạp lại thư viện" in refused(office, "d-giay-hen", accept_warnings=True).words


def test_what_was_checked_is_what_is_submitted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    post = office.draft()
    look = Submissions._look

    def and_then_somebody_edits(self: Submissions, *arguments: Any) -> Any:
        found = look(self, *arguments)
        with writing(office.engine) as session:
            row = session.get_one(Post, post.id)
            row.body = "Lời khác [chưa điền]."
            row.content_hash = content_hash(row, [])
            session.add(row)
        return found

    monkeypatch.setattr(Submissions, "_look", and_then_somebody_edits)
    with pytest.raises(ContentError, match="vừa được người khác thay đổi"):
        office.checked.submit([post.key], LAN, now=NOW)
    assert office.state() == Editorial.DRAFT


def test_a_returned_post_is_checked_again(office: Office) -> None:
    post = office.draft()
    office.checked.submit([post.key], LAN, now=NOW)
    with writing(office.engine) as session:
        give_back(session, post.key, MINH, "Thêm ngày.", NOW)
        row = session.exec(select(Post).where(Post.key == post.key)).one()
        row.title = "[Tên]"
    assert "chưa điền" in refused(office, post.key).words


def test_naming_a_post_twice_submits_it_once(office: Office) -> None:
    post = office.draft()
    office.checked.submit([post.key, post.key], LAN, now=NOW + HOUR)
    assert [action for action, *_ in office.history()] == ["submitted"]
    with reading(office.engine) as session:
        assert not is_approved(session.get_one(Post, post.id))


def test_no_other_part_of_the_product_submits_or_approves() -> None:
    calls = re.compile(r"\beditorial\.(submit|approve)\(|from content\.editorial import[^)\n]*\b(submit|approve)\b")
    found = {short(path) for path in python_files(*PRODUCT) if calls.search(path.read_text(encoding="utf-8"))}
    assert found == {"scheduler/submission.py"}
