"""`cchc summary`: every paper of a week, and its way into the readers' mailboxes, by hand and by the Monday job."""

from datetime import timedelta
from pathlib import Path

import pytest

from cli.settings import load
from cli.wiring import JOB_WORDS, build
from content.vietnamese import LOCAL
from scheduler.clock import SystemClock
from scheduler.db import reading
from scheduler.notices import open_notices
from tests.cli.conftest import Cchc
from tests.cli.test_notices import opened
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, SENDER, Mailbox, mailbox

PAPERS = {"summary.pdf", "summary.docx", "summary.xlsx", "summary.html", "summary.txt", "summary.json"}


def listed(office: Cchc, box: Mailbox) -> Cchc:
    """The office with a list of readers, and nobody who is mailed notices."""
    office.env |= {
        "CCHC_SMTP_HOST": "127.0.0.1", "CCHC_SMTP_PORT": str(box.port), "CCHC_SMTP_SECURITY": "none",
        "CCHC_MAIL_FROM": SENDER, "CCHC_SUMMARY_TO": f"{LAN_MAIL}, {MINH_MAIL}",
    }  # fmt: skip
    return office


def test_every_paper_of_a_week_is_written(office: Cchc) -> None:
    out = office.ok("summary")
    files = {Path(line).name for line in out.splitlines() if "/" in line and Path(line).suffix}
    assert files >= PAPERS
    [folder] = (office.folder / "data" / "summaries").iterdir()
    assert {path.name for path in folder.iterdir()} >= PAPERS
    assert (folder / "summary.pdf").read_bytes().startswith(b"%PDF")


def test_a_week_is_sent_once_however_often_it_is_asked_for(office: Cchc) -> None:
    with mailbox() as box:
        listed(office, box)
        out = office.ok("summary", "--send")
        assert out.count("Đã gửi: 1 bản tổng hợp tuần") == 2 and LAN_MAIL in out
        assert "đã gửi tới mọi địa chỉ" in office.ok("summary", "--send")
        assert len(box.letters) == 2


def test_a_server_that_says_no_is_told_and_nothing_is_lost(office: Cchc) -> None:
    with mailbox() as box:
        listed(office, box)
        box.answers["MAIL"] = "451 try later"
        told = office("summary", "--send")
        assert told.code == 1 and "Chưa gửi được, sẽ thử lại" in told.out and "451" in told.out
        box.answers.clear()
        assert office("summary", "--send").code == 0, "each letter waits for its own hour"
        assert box.letters == []


def test_without_a_list_it_says_what_to_fill_in(office: Cchc) -> None:
    assert "CCHC_SUMMARY_TO" in office("summary", "--send").sentence


@pytest.mark.parametrize("value", ["lan@hue.example, minh", ", ".join(f"a{n}@b.c" for n in range(30)), "a@b.c; x@y.z"])
def test_a_list_that_cannot_work_is_named(cchc: Cchc, value: str) -> None:
    assert cchc("status", CCHC_SUMMARY_TO=value).sentence.startswith("Cấu hình chưa đúng (tệp .env): CCHC_SUMMARY_TO")


def test_the_doctor_tells_of_a_list_that_no_server_carries_to(office: Cchc) -> None:
    told = office("doctor", CCHC_SUMMARY_TO=LAN_MAIL)
    assert "Có CCHC_SUMMARY_TO nhưng thiếu CCHC_SMTP_HOST, CCHC_MAIL_FROM" in told.out
    whole = {"CCHC_SMTP_HOST": "10.0.0.7", "CCHC_MAIL_FROM": SENDER, "CCHC_SUMMARY_TO": LAN_MAIL}
    assert "thiếu" not in office("doctor", **whole).out, "mail may be there for the summary alone"


def test_the_monday_job_sends_the_week_once_and_the_watch_tells_of_what_did_not_arrive(office: Cchc) -> None:
    with mailbox() as box, opened(office) as engine:
        settings = load(
            _env_file=None, data_dir=office.folder / "data", smtp_host="127.0.0.1", smtp_port=box.port,
            smtp_security="none", mail_from=SENDER, summary_to=f"{LAN_MAIL}, {MINH_MAIL}",
        )  # fmt: skip
        service = build(settings, engine=engine)
        jobs = {job.name: job for job in service.jobs}
        now = SystemClock().now()
        slot = now.astimezone(LOCAL)
        assert "Gửi 2 thư." in jobs["summary"].run(slot, now)
        box.hangs_up = "after"
        assert [told.state.value for told in service.tell()] == ["unknown"]
        box.hangs_up = ""
        assert [told.state.value for told in service.tell()] == ["sent"]
        assert "Gửi 0 thư." in jobs["summary"].run(slot, now + timedelta(minutes=31))
        assert service.tell() == [] and len(box.letters) == 2
        jobs["watch"].run(slot, now)
        with reading(engine) as session:
            words = [one.words for one in open_notices(session) if one.subject.startswith("summary:")]
        assert len(words) == 1 and LAN_MAIL in words[0] and "chưa rõ đã đến chưa" in words[0]
        assert set(jobs) <= set(JOB_WORDS)
        service.close()
