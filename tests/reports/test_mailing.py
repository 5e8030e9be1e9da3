"""The weekly summary reaches each mailbox once: real SMTP, servers that fail, processes that die and race."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from reports.deliveries import LEASE, claim, enlist, seen, send_again, unsent
from reports.mailing import Readers, SummaryMail
from reports.stored import row_of
from reports.tables import Summary, SummaryDelivery
from scheduler.db import reading, writing
from scheduler.deliveries import Sending, Way, pause_after
from scheduler.notices import Grade
from scheduler.telling import Telling, told_words
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, mailbox
from tests.reports.mailing_case import DESK, HOUR, MINUTE, Post


@pytest.fixture
def post(engine: Engine, tmp_path: Path) -> Iterator[Post]:
    with mailbox() as box:
        yield Post(engine, box, tmp_path)


def test_everybody_on_the_list_gets_the_week_in_a_letter_of_their_own(post: Post) -> None:
    assert post.enlisted() == 2
    assert post.turn() == ["sent", "sent"]
    assert [envelope.rcpt_tos for envelope in post.box.envelopes] == [[LAN_MAIL], [MINH_MAIL]]
    assert all("Tổng hợp tương tác tuần 48 năm 2026" in letter["Subject"] for letter in post.box.letters)
    assert len({letter["Message-ID"] for letter in post.box.letters}) == 2
    assert all(row.sent_at and not row.problem for row in post.rows())


def test_the_job_run_again_sends_nothing_twice_though_it_closed_the_week_anew(post: Post) -> None:
    post.enlisted()
    post.turn()
    post.clock.set(post.clock.now() + 31 * MINUTE)
    assert post.enlisted() == 0
    assert post.turn() == []
    assert post.came() == [LAN_MAIL, MINH_MAIL]
    with reading(post.engine) as session:
        assert len(session.exec(select(Summary.id)).all()) == 2


def test_who_joins_the_list_later_gets_the_week_and_nobody_else_again(post: Post) -> None:
    post.enlisted()
    post.turn()
    post.readers = Readers(post.box.server(), SENDER, (LAN_MAIL, "tuan@hue.example", MINH_MAIL), DESK)
    post.clock.set(post.clock.now() + HOUR)
    assert post.enlisted() == 1
    post.turn()
    assert post.came() == [LAN_MAIL, MINH_MAIL, "tuan@hue.example"]


def test_an_address_written_in_other_letters_is_the_same_mailbox(post: Post) -> None:
    post.readers = Readers(post.box.server(), SENDER, (LAN_MAIL, LAN_MAIL.upper()), DESK)
    assert post.enlisted() == 1
    post.turn()
    post.readers = Readers(post.box.server(), SENDER, (LAN_MAIL.title(), MINH_MAIL), DESK)
    post.clock.set(post.clock.now() + HOUR)
    assert post.enlisted() == 1
    post.turn()
    assert [one.casefold() for one in post.came()] == [LAN_MAIL, MINH_MAIL]


def test_a_server_that_is_down_gets_the_letters_when_it_is_up_again(post: Post) -> None:
    post.enlisted()
    up, port = post.readers, post.box.port
    assert port
    post.readers = Readers(post.box.server(port=1), SENDER, up.addresses, DESK)
    assert post.turn() == ["waiting"]
    first, second = post.rows()
    assert (first.state, second.state) == ("waiting", "waiting") and first.problem and not second.problem
    assert first.next_attempt_at and second.next_attempt_at and first.next_attempt_at > post.clock.now()
    post.readers = up
    assert post.turn(MINUTE) == [], "each waits for its own hour"
    assert post.turn(10 * MINUTE) == ["sent", "sent"]
    assert sorted(post.came()) == [LAN_MAIL, MINH_MAIL]


def test_a_lost_answer_is_never_repeated_by_itself(post: Post) -> None:
    post.enlisted()
    post.box.hangs_up = "after"
    assert post.turn() == ["unknown"]
    post.box.hangs_up = ""
    for _ in range(6):
        post.turn(12 * HOUR)
    assert post.states() == ["unknown", "sent"]
    assert post.came() == [LAN_MAIL, MINH_MAIL]
    assert "chưa rõ thư có đến hay không" in post.rows()[0].problem


def test_a_process_that_dies_on_its_way_leaves_an_unknown_fate_and_no_second_letter(post: Post) -> None:
    post.enlisted()
    with writing(post.engine) as session:
        dead = claim(session, now=post.clock.now())
    assert dead is not None and dead.address == LAN_MAIL
    assert post.turn(MINUTE) == ["sent"], "the others are not held up"
    assert post.turn(LEASE) == [] and post.states() == ["unknown", "sent"]
    assert post.came() == [MINH_MAIL]


def test_a_process_that_dies_between_the_figures_and_the_rows_is_made_up_for_by_the_next_run(post: Post) -> None:
    post.summed()
    assert post.turn() == [] and post.rows() == []
    post.clock.set(post.clock.now() + 31 * MINUTE)
    assert post.enlisted() == 2
    assert post.turn() == ["sent", "sent"]


def test_the_row_is_committed_before_the_letter_is_handed_over_and_no_transaction_is_open(post: Post) -> None:
    post.enlisted()
    seen_then: list[list[str]] = []

    def look() -> None:
        with writing(post.engine) as session:  # a writer gets in at once: nobody holds the database
            rows = select(SummaryDelivery.state).order_by(col(SummaryDelivery.id))
            seen_then.append(list(session.exec(rows)))

    post.box.on_data = look
    post.turn()
    assert seen_then == [["sending", "waiting"], ["sent", "sending"]]


def test_a_refused_address_fails_after_its_tries_and_the_others_get_theirs(post: Post) -> None:
    post.enlisted()
    post.box.answers[f"RCPT {LAN_MAIL}"] = "550 no such mailbox"
    for _ in range(12):
        post.turn(24 * HOUR)
    first, second = post.rows()
    assert (first.state, second.state) == ("failed", "sent")
    assert "550" in first.problem and pause_after(Way.MAIL, first.attempts) is None


def test_several_clocks_send_each_letter_once(post: Post) -> None:
    post.readers = Readers(post.box.server(), SENDER, tuple(f"nguoi-{number}@hue.example" for number in range(8)), DESK)
    post.enlisted()
    together = Barrier(3)

    def one(_: int) -> None:
        mail = SummaryMail(post.engine, post.clock, post.readers)
        together.wait(20)
        mail.run()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    post.turn()
    assert sorted(post.came()) == sorted(post.readers.addresses)
    assert set(post.states()) == {"sent"}


def test_two_runs_that_enlist_the_same_week_at_once_make_one_row_for_each_address(post: Post) -> None:
    summaries = [post.summed()]
    post.clock.set(post.clock.now() + MINUTE)
    summaries.append(post.summed())
    together = Barrier(2)

    def one(place: int) -> int:
        together.wait(20)
        return post.mail.enlist(summaries[place])

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == 2
    assert sorted(row.address for row in post.rows()) == [LAN_MAIL, MINH_MAIL]


# A person ------------------------------------------------------------------------------------------------


def again(post: Post, what: dict[int, str]) -> int:
    with writing(post.engine) as session:
        return send_again(session, what, now=post.clock.now())


def test_a_person_sends_again_and_their_second_click_sends_nothing(post: Post) -> None:
    post.enlisted()
    post.box.hangs_up = "before"
    post.turn()
    post.box.hangs_up = ""
    post.turn(HOUR)
    first, second = post.rows()
    clicked = {first.id or 0: seen(first)}
    assert post.states() == ["unknown", "sent"]
    assert again(post, clicked) == 1 and again(post, clicked) == 0
    post.turn()
    assert again(post, clicked) == 0, "the page they look at is an older one"
    assert post.came() == [MINH_MAIL, LAN_MAIL] and post.states() == ["sent", "sent"]
    assert again(post, {second.id or 0: seen(second)}) == 1, "what was sent may be sent again, by a person"
    post.turn()
    assert post.came() == [MINH_MAIL, LAN_MAIL, MINH_MAIL]


def test_what_is_on_its_way_is_not_sent_again(post: Post) -> None:
    post.enlisted()
    with writing(post.engine) as session:
        claim(session, now=post.clock.now())
    row = post.rows()[0]
    assert again(post, {row.id or 0: seen(row)}) == 0


def test_a_person_may_send_a_later_cutoff_of_a_week_that_was_sent(post: Post) -> None:
    post.enlisted()
    post.turn()
    post.clock.set(post.clock.now() + HOUR)
    newer = post.summed()
    assert post.mail.enlist(newer, anew=True) == 2 and post.mail.enlist(newer, anew=True) == 0
    post.turn()
    assert post.came() == [LAN_MAIL, MINH_MAIL] * 2
    body = post.box.letters[-1].get_body(("plain",))
    assert body is not None and "08:00 ngày 30/11/2026" in body.get_content()


# What is told ----------------------------------------------------------------------------------------------


def test_a_letter_that_did_not_arrive_is_told_until_it_is_sent_again(post: Post) -> None:
    post.enlisted()
    with writing(post.engine) as session:
        lan = col(SummaryDelivery.address) == LAN_MAIL
        session.exec(update(SummaryDelivery).where(lan).values(state=Sending.FAILED, problem="Không có hộp thư."))
    with reading(post.engine) as session:
        [told] = unsent(session, now=post.clock.now())
    assert told.grade is Grade.ALARM and told.path == "/so-lieu/tuan/2026-W48"
    assert LAN_MAIL in told.words and "Không có hộp thư." in told.words and "không gửi được" in told.words
    with reading(post.engine) as session:
        assert unsent(session, now=post.clock.now() + 400 * HOUR) == [], "not for ever"
    row = post.rows()[0]
    again(post, {row.id or 0: seen(row)})
    post.turn()
    with reading(post.engine) as session:
        assert unsent(session, now=post.clock.now()) == []


def test_the_lane_of_the_notices_carries_it_and_says_what_it_carried(post: Post) -> None:
    post.enlisted()
    told = Telling(post.engine, post.clock, mail=None, more=(post.mail.run,)).run()
    assert [told_words(one) for one in told] == [
        f"Đã gửi: 1 bản tổng hợp tuần, thư tới {LAN_MAIL}.",
        f"Đã gửi: 1 bản tổng hợp tuần, thư tới {MINH_MAIL}.",
    ]


def test_a_lane_that_was_stopped_begins_nothing(post: Post) -> None:
    post.enlisted()
    assert post.mail.run(lambda: True) == []
    assert post.states() == ["waiting", "waiting"]


def test_an_address_that_is_twice_on_the_list_is_one(post: Post) -> None:
    summary = post.summed()
    with writing(post.engine) as session:
        row = row_of(session, summary)
        assert enlist(session, row, [LAN_MAIL, LAN_MAIL], now=post.clock.now()) == 1
