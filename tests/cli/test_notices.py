"""Notices by command: settings that are wrong, what the doctor says, a turn by hand that tells, and a trial."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from cli.settings import load
from cli.wiring import JOB_WORDS, build
from postbox.webhook import verify
from scheduler.clock import SystemClock
from scheduler.db import open_engine, writing
from scheduler.notices import raise_notice
from scheduler.ticker import TELLING, Ticker
from tests.cli.conftest import Cchc
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, PASSWORD, SENDER, Mailbox, Receiver, mailbox, receiver
from tests.postbox.test_webhook import SECRET


@contextmanager
def opened(office: Cchc) -> Iterator[Engine]:
    """The office's database."""
    engine = open_engine(f"sqlite:///{office.folder / 'data' / 'cchc.sqlite3'}")
    try:
        yield engine
    finally:
        engine.dispose()


def post(office: Cchc, box: Mailbox | None = None, there: Receiver | None = None) -> Cchc:
    """The office with its ways out."""
    if box is not None:
        office.env |= {
            "CCHC_SMTP_HOST": "127.0.0.1", "CCHC_SMTP_PORT": str(box.port), "CCHC_SMTP_SECURITY": "none",
            "CCHC_MAIL_FROM": SENDER, "CCHC_MAIL_TO": f"{LAN_MAIL}, {MINH_MAIL}",
        }  # fmt: skip
    if there is not None:
        office.env |= {"CCHC_WEBHOOKS": there.url("/a?khoa=bi-mat-7712"), "CCHC_WEBHOOK_SECRET": SECRET}
        office.secrets |= {SECRET, "bi-mat-7712"}
    return office


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CCHC_SMTP_HOST", "smtp://thu.hue.example"),
        ("CCHC_SMTP_PORT", "0"),
        ("CCHC_SMTP_SECURITY", "ssl"),
        ("CCHC_MAIL_FROM", "Hệ thống <cchc@hue.example>"),
        ("CCHC_MAIL_FROM", "a@b.c\nBcc: x@y.z"),
        ("CCHC_MAIL_TO", "lan@hue.example, minh"),
        ("CCHC_MAIL_TO", ", ".join(f"a{number}@b.c" for number in range(30))),
        ("CCHC_MAIL_EVERY_MINUTES", "0"),
        ("CCHC_WEBHOOKS", "http://hook.example/a"),
        ("CCHC_WEBHOOKS", "https://ten:mat-khau@hook.example/a"),
        ("CCHC_EMPTY_DAY_AT", "24:00"),
    ],
)
def test_a_setting_that_cannot_work_is_named(cchc: Cchc, name: str, value: str) -> None:
    assert cchc("status", **{name: value}).sentence.startswith(f"Cấu hình chưa đúng (tệp .env): {name}")


def test_a_secret_of_the_wrong_form_is_named_and_not_shown(cchc: Cchc) -> None:
    cchc.secrets.add("whsec_khong-dung-9911")
    assert "CCHC_WEBHOOK_SECRET" in cchc("status", CCHC_WEBHOOK_SECRET="whsec_khong-dung-9911").sentence


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CCHC_SMTP_HOST": "thu.hue.example"}, "thiếu CCHC_MAIL_FROM, CCHC_MAIL_TO"),
        ({"CCHC_MAIL_TO": "lan@hue.example"}, "thiếu CCHC_SMTP_HOST, CCHC_MAIL_FROM"),
        ({"CCHC_SMTP_HOST": "thu.hue.example", "CCHC_SMTP_SECURITY": "none"}, "không mã hóa tới thu.hue.example"),
        ({"CCHC_SMTP_USER": "cchc"}, "phải có cả hai"),
        ({"CCHC_WEBHOOKS": "https://hook.example/a"}, "thiếu CCHC_WEBHOOK_SECRET"),
    ],
)
def test_the_doctor_tells_what_would_reach_nobody(office: Cchc, settings: dict[str, str], words: str) -> None:
    told = office("doctor", **settings)
    assert told.code == 1 and words in told.out


def test_the_doctor_has_nothing_against_a_mail_server_and_a_receiver_in_the_house(office: Cchc) -> None:
    settings = {
        "CCHC_SMTP_HOST": "10.0.0.7", "CCHC_SMTP_SECURITY": "none", "CCHC_MAIL_FROM": SENDER, "CCHC_MAIL_TO": LAN_MAIL,
        "CCHC_WEBHOOKS": "http://10.0.0.8:5678/hook", "CCHC_WEBHOOK_SECRET": SECRET,
    }  # fmt: skip
    assert "Không thấy vấn đề" in office.ok("doctor", **settings)


def test_a_turn_by_hand_looks_and_tells_once(office: Cchc) -> None:
    with mailbox() as box, receiver() as there:
        post(office, box, there)
        office.ok("library", "load")
        with opened(office) as engine, writing(engine) as session:
            raise_notice(session, "campaign", "campaign:1", "alarm", "Chiến dịch chậm.", now=SystemClock().now())
        told = office.ok("tick")
        assert "Đã gửi: 1 thông báo, thư tới" in told and "webhook 127.0.0.1" in told
        again = office.ok("tick")
    assert "Đã gửi" not in again and len(box.letters) == len(there.came) == 1
    came = there.came[0]
    assert verify(SECRET, came.headers, came.body, now=SystemClock().now()).startswith("notice-1-")
    listed = office.ok("notices", COLUMNS="240")
    assert "Chiến dịch chậm." in listed and "Thư đã gửi" in listed


def test_a_trial_says_what_came_of_it_and_fails_where_one_did_not_arrive(office: Cchc) -> None:
    with mailbox() as box, receiver() as there:
        post(office, box, there)
        told = office.ok("notices", "test")
        assert told.count("Đã gửi") == 2 and "thư thử" in box.letters[0].get_content()
        box.answers["MAIL"] = "550 không nhận"
        failed = office("notices", "test", CCHC_SMTP_PASSWORD=PASSWORD, CCHC_SMTP_USER="")
        assert failed.code == 1 and "Không gửi được" in failed.out and PASSWORD not in failed.out + failed.err


def test_a_trial_without_any_way_out_says_what_to_fill_in(office: Cchc) -> None:
    assert "CCHC_SMTP_HOST" in office("notices", "test").sentence
    assert "Không có thông báo nào" in office.ok("notices", "--all")


def test_the_clock_tells_in_a_lane_of_its_own_only_where_there_is_a_way(office: Cchc) -> None:
    with mailbox() as box:
        for settings, lanes in (({}, 0), ({"smtp_host": "127.0.0.1", "mail_from": SENDER, "mail_to": LAN_MAIL}, 1)):
            loaded = load(_env_file=None, data_dir=office.folder / "data", smtp_port=box.port, **settings)
            service = build(loaded)
            ticker = Ticker(service, tick_seconds=60)
            ticker.start()
            try:
                assert len([one for one in ticker._scheduler.get_jobs() if one.id == TELLING]) == lanes
            finally:
                ticker.stop()
                service.engine.dispose()


def test_the_watch_runs_through_the_day_and_at_the_hour_of_empty_days(office: Cchc) -> None:
    loaded = load(_env_file=None, data_dir=office.folder / "data", empty_day_at="16:40")
    service = build(loaded)
    try:
        hours = [f"{at:%H:%M}" for job in service.jobs if job.name == "watch" for at in job.timetable.at]
        assert hours[0] == "06:00" and hours[-1] == "22:00" and "16:40" in hours and len(hours) == 34
        assert {job.name for job in service.jobs} <= set(JOB_WORDS)
    finally:
        service.close()
        service.engine.dispose()
