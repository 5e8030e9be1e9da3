"""Nobody is told twice by mail, and nobody is left out: real SMTP, real HTTP, clocks that race, processes that die."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from postbox.webhook import Hook, verify
from scheduler.calendar_tables import Notice
from scheduler.db import reading, writing
from scheduler.deliveries import LEASE, MAIL_MOST, Sending, Way, claim_hook, claim_mail, pause_after
from scheduler.notices import Grade, Kind, raise_notice
from scheduler.telling import Mailing, Telling, mark_of
from tests.conftest import NOW
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, Receiver, mailbox, receiver
from tests.postbox.test_webhook import SECRET
from tests.scheduler.telling_case import DESK, EVERY, HOUR, MINUTE, Office


@pytest.fixture
def office(engine: Engine) -> Iterator[Office]:
    with mailbox() as box:
        yield Office(engine, box)


def letters(office: Office) -> int:
    assert office.box is not None
    return len(office.box.letters)


# The digest ------------------------------------------------------------------------------------------------


def test_one_mail_tells_many_events_by_grade_with_links(office: Office) -> None:
    office.happens("tin", Grade.NEWS, "Lệnh tạm dừng số 1 đã tự kết thúc.")
    office.happens("canh-bao", Grade.WARNING, "Thứ Ba, ngày 24/11/2026, kênh “Zalo OA” chưa có bài nào.")
    office.happens("bao-dong", Grade.ALARM, "Bài “Giấy hẹn” không đăng được.", path="/muc/12")
    assert office.turn() == [("sent", 3)]
    assert office.box is not None
    (letter,) = office.box.letters
    body = letter.get_content().replace("\r\n", "\n")
    assert letter["Subject"] == "[CCHC] 3 thông báo, 1 báo động: Bài “Giấy hẹn” không đăng được."
    assert body.index("BÁO ĐỘNG") < body.index("Giấy hẹn") < body.index("CẢNH BÁO") < body.index("\nTIN\n")
    assert f"{DESK}/muc/12" in body and f"{DESK}/thong-bao" in body
    assert office.box.envelopes[0].rcpt_tos == [LAN_MAIL, MINH_MAIL]
    assert office.states() == ["sent"] * 3


def test_an_event_is_never_mailed_twice(office: Office) -> None:
    office.happens("a")
    for _ in range(5):
        office.turn(HOUR)
        office.happens("a", words="Vẫn còn, lời khác.")
    assert letters(office) == 1


def test_there_is_at_most_one_mail_in_half_an_hour(office: Office) -> None:
    office.happens("a")
    assert office.turn() == [("sent", 1)]
    office.happens("b")
    office.happens("c")
    assert office.turn(29 * MINUTE) == []
    assert office.turn(MINUTE) == [("sent", 2)]


def test_an_alarm_goes_at_once_and_the_rest_is_gathered(office: Office) -> None:
    office.happens("a", Grade.WARNING)
    assert office.turn(10 * MINUTE) == []
    office.happens("b", Grade.NEWS)
    assert office.turn(20 * MINUTE) == [("sent", 2)]
    office.happens("c", Grade.WARNING)
    office.clock.set(office.clock.now() + HOUR - EVERY)
    office.happens("d", Grade.ALARM)
    assert office.turn() == [("sent", 2)]


def test_what_is_over_before_the_mail_goes_is_not_told(office: Office) -> None:
    office.happens("a", Grade.WARNING)
    office.over("a")
    assert office.turn(HOUR) == [] and office.rows() == []


def test_more_than_fits_into_one_mail_comes_with_the_next(office: Office) -> None:
    for number in range(130):
        office.happens(f"{number:03}")
    assert office.turn() == [("sent", 100)]
    assert office.turn(EVERY) == [("sent", 30)]
    assert all(f"Việc {number:03} " in office.told() for number in range(130))


def test_an_alarm_does_not_wait_behind_hundreds_of_older_warnings(office: Office) -> None:
    with writing(office.engine) as session:
        for count in range(5 * MAIL_MOST):
            subject = f"canh-bao:{count}"
            session.add(
                Notice(kind=Kind.QUIET, subject=subject, grade=Grade.WARNING, words="Cũ.", raised_at=NOW, seen_at=NOW)
            )
    office.clock.set(NOW + MINUTE)
    office.happens("bao-dong", Grade.ALARM, "Bài “Giấy hẹn” không đăng được.")
    assert office.turn() == [("sent", MAIL_MOST)]
    assert "Giấy hẹn" in office.told()


def test_other_recipients_do_not_get_what_was_told_before(office: Office) -> None:
    office.happens("a")
    office.turn()
    assert office.box is not None
    other = Telling(
        office.engine, office.clock, mail=Mailing(office.box.server(), SENDER, ("moi@hue.example",), EVERY), desk=""
    )
    office.clock.set(NOW + 2 * HOUR)
    assert other.run() == []


def test_a_hostile_title_makes_no_header_no_recipient_and_no_second_line(office: Office) -> None:
    office.happens("a", words="Bài “Tên\r\nBcc: ke-xau@xa.example\r\n\r\n- Kênh giả” không đăng được.\u2028X")
    office.turn()
    assert office.box is not None
    (letter,) = office.box.letters
    assert letter["Bcc"] is None and office.box.envelopes[0].rcpt_tos == [LAN_MAIL, MINH_MAIL]
    assert [line for line in letter.get_content().splitlines() if line.startswith("- ")] == [
        "- Bài “Tên Bcc: ke-xau@xa.example - Kênh giả” không đăng được. X"
    ]


def test_a_clock_that_was_put_back_silences_nothing(office: Office) -> None:
    office.happens("a")
    office.turn()
    office.clock.set(NOW - HOUR)
    office.happens("b")
    assert office.turn() == [("sent", 1)]
    assert letters(office) == 2


# Never twice -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_hangs_up_after_the_message_gets_no_second_one(office: Office, when: str) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.hangs_up = when
    assert office.turn() == [("unknown", 1)]
    office.box.hangs_up = ""
    for _ in range(4):
        assert office.turn(HOUR) == []
    assert letters(office) == (when == "after") and office.states() == ["unknown"]
    assert "chưa rõ" in office.rows()[0].words


def test_two_clocks_send_one_mail(office: Office) -> None:
    for number in range(20):
        office.happens(f"{number}")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: office.teller().run(), range(6)))
    assert letters(office) == 1 and office.states() == ["sent"] * 20


def test_a_process_that_dies_while_it_sends_leaves_an_unknown_and_no_second_mail(office: Office) -> None:
    office.happens("a")
    with writing(office.engine) as session:  # killed after the claim was committed
        assert claim_mail(session, LAN_MAIL, EVERY, now=NOW) is not None
    assert office.turn(LEASE) == [] and office.states() == ["sending"]
    assert office.turn(MINUTE) == [] and office.states() == ["unknown"]
    assert office.turn(10 * HOUR) == [] and letters(office) == 0


def test_a_process_that_dies_before_its_claim_is_committed_has_told_nothing(office: Office) -> None:
    office.happens("a")
    with Session(office.engine) as session:
        claim_mail(session, LAN_MAIL, EVERY, now=NOW)
        session.rollback()
    assert office.turn() == [("sent", 1)] and letters(office) == 1


def test_the_claim_is_committed_before_the_server_is_spoken_to(office: Office) -> None:
    seen: list[str] = []
    assert office.box is not None
    office.box.on_data = lambda: seen.extend(office.states())
    office.happens("a")
    office.turn()
    assert seen == ["sending"]


def test_an_answer_that_comes_after_the_lease_still_counts(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    teller = office.teller()

    def meanwhile() -> None:
        office.clock.set(NOW + LEASE + MINUTE)
        Telling(office.engine, office.clock, mail=None, hooks=(Hook("http://127.0.0.1:1/", SECRET),)).run()
        assert office.states()[0] == "unknown"

    office.box.on_data = meanwhile
    teller.run()
    assert office.rows()[0].state == "sent"


# Safe to try again -----------------------------------------------------------------------------------------


def test_what_was_surely_not_accepted_waits_and_goes_with_the_next_mail(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.answers["DATA"] = "451 bận"
    assert office.turn() == [("waiting", 1)]
    assert office.turn(MINUTE) == [], "not before its time"
    office.box.answers.clear()
    office.happens("b", Grade.WARNING)
    assert office.turn(5 * MINUTE) == [("sent", 2)]
    assert letters(office) == 1 and [one.attempts for one in office.rows()] == [2, 1]


def test_a_no_leaves_time_to_mend_the_settings(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.answers["MAIL"] = "550 không nhận"
    assert office.turn() == [("waiting", 1)]
    assert office.rows()[0].next_at == NOW + HOUR and "550" in office.rows()[0].words


def test_tries_end(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.answers["RCPT"] = "450 để sau"
    for _ in range(12):
        office.turn(timedelta(hours=17))
    assert office.states() == ["failed"] and office.rows()[0].attempts == 9
    assert pause_after(Way.MAIL, 9) is None and pause_after(Way.WEBHOOK, 9) is None


def test_what_is_over_while_it_waits_is_not_sent_any_more(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.answers["DATA"] = "451 bận"
    office.turn()
    office.over("a")
    office.box.answers.clear()
    assert office.turn(HOUR + MINUTE) == [] and letters(office) == 0 and office.states() == ["failed"]


def test_an_event_that_flickers_while_the_mail_server_is_away_is_mailed_when_it_is_back(office: Office) -> None:
    assert office.box is not None
    office.happens("a")
    office.box.answers["DATA"] = "451 bận"
    assert office.turn() == [("waiting", 1)]
    office.over("a")
    assert office.turn(20 * MINUTE) == []
    office.happens("a")
    office.box.answers.clear()
    assert office.turn(20 * MINUTE) == [("sent", 1)], "the same event, which nobody was told of yet"
    assert letters(office) == 1


# Webhooks --------------------------------------------------------------------------------------------------


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def at(there: Receiver, path: str = "/a") -> Hook:
    return Hook(there.url(path), SECRET)


def test_each_notice_is_one_signed_message_with_its_own_id(engine: Engine, there: Receiver) -> None:
    office = Office(engine, None, at(there))
    office.happens("a", path="/muc/1")
    office.happens("b")
    assert office.turn() == [("sent", 1), ("sent", 1)]
    ids = [verify(SECRET, came.headers, came.body, now=NOW) for came in there.came]
    with reading(engine) as session:
        assert ids == [mark_of(one) for one in session.exec(select(Notice).order_by(col(Notice.id)))]
    assert b'"kind":"not_sent"' in there.came[0].body and f"{DESK}/muc/1".encode() in there.came[0].body
    assert office.turn(HOUR) == []


def test_a_webhook_is_tried_again_with_the_same_id_and_then_given_up(engine: Engine, there: Receiver) -> None:
    office = Office(engine, None, at(there))
    office.happens("a")
    there.statuses = [503] * 50
    for _ in range(20):
        office.turn(timedelta(days=1))
    assert office.states() == ["failed"] and len(there.came) == office.rows()[0].attempts == 9
    assert len({came.headers["webhook-id"] for came in there.came}) == 1


def test_a_lost_answer_is_repeated_because_receivers_drop_doubles(engine: Engine, there: Receiver) -> None:
    office = Office(engine, None, at(there))
    office.happens("a")
    there.hangs_up = True
    assert office.turn() == [("waiting", 1)]
    there.hangs_up = False
    assert office.turn(MINUTE) == [("sent", 1)]
    assert len({came.headers["webhook-id"] for came in there.came}) == 1 and len(there.came) == 2


def test_one_address_that_fails_holds_up_neither_the_other_nor_the_mail(engine: Engine, there: Receiver) -> None:
    with mailbox() as box:
        office = Office(engine, box, Hook("http://127.0.0.1:1/khong-co", SECRET), at(there))
        for number in range(3):
            office.happens(f"{number}")
        assert sorted(office.turn()) == [*[("sent", 1)] * 3, ("sent", 3), ("waiting", 1)]
    assert len(there.came) == 3 and len(box.letters) == 1


def test_a_process_that_dies_while_it_posts_lets_the_next_one_repeat(engine: Engine, there: Receiver) -> None:
    office = Office(engine, None, at(there))
    office.happens("a")
    office.turn()  # so that the address has its name in the rows
    office.happens("b")
    with writing(engine) as session:
        assert claim_hook(session, office.rows()[0].target, now=NOW) is not None
    assert office.turn(LEASE) == []
    assert office.turn(MINUTE) == [("sent", 1)]


def test_clocks_that_race_post_each_notice_once(engine: Engine, there: Receiver) -> None:
    office = Office(engine, None, at(there))
    for number in range(12):
        office.happens(f"{number}")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: office.teller().run(), range(4)))
    ids = [came.headers["webhook-id"] for came in there.came]
    assert len(ids) == len(set(ids)) == 12


def test_no_transaction_is_open_while_the_server_is_spoken_to(office: Office) -> None:
    """It answers only after somebody else has written to the same table."""

    def writes() -> None:
        with writing(office.engine) as session:
            raise_notice(session, Kind.PORTAL, "meanwhile", Grade.NEWS, "Lời.", now=NOW)

    assert office.box is not None
    office.box.on_data = writes
    office.happens("a")
    assert office.turn() == [("sent", 1)]


def test_a_trial_goes_everywhere_at_once_and_leaves_no_row(engine: Engine, there: Receiver) -> None:
    with mailbox() as box:
        office = Office(engine, box, at(there), Hook("http://127.0.0.1:1/", SECRET))
        states = [one.state for one in office.teller().test()]
    assert states == [Sending.SENT, Sending.SENT, Sending.FAILED]
    assert "thư thử" in box.letters[0].get_content() and b"notice.test" in there.came[0].body
    assert office.rows() == []


def test_nothing_is_asked_of_the_database_but_what_is_due(office: Office) -> None:
    from tests.web.desk import counted

    office.happens("a")
    office.turn()
    with counted(office.engine) as statements:
        office.turn(datetime.resolution)
    assert len(statements) <= 5, statements
