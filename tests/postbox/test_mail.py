"""One letter to one real mail server: how it looks, when it is safe to send again, and what is never said."""

import socket
import ssl
from email.utils import parsedate_to_datetime
from pathlib import Path
from unicodedata import normalize

import pytest

from postbox.errors import Refused, Unavailable, Unknown
from postbox.mail import Letter, MailServer, is_address, send
from tests.conftest import NOW
from tests.postbox.servers import LAN_MAIL, MINH_MAIL, PASSWORD, SENDER, certificate, mailbox, serving

SUBJECT = "2 thông báo, 1 báo động: Kênh “Cải cách hành chính” đang dừng"
BODY = "BÁO ĐỘNG\n- Kênh “Zalo OA” đang dừng.\n.\n. dấu chấm đầu dòng\nHết."


def letter(subject: str = SUBJECT, body: str = BODY, to: tuple[str, ...] = (LAN_MAIL,)) -> Letter:
    return Letter(SENDER, to, subject, body, "cchc-1")


def test_a_letter_arrives_as_it_was_written_with_its_marks_and_dots() -> None:
    with mailbox() as box:
        assert send(box.server(), letter(to=(LAN_MAIL, MINH_MAIL)), now=NOW) == ()
    (came,), (envelope,) = box.letters, box.envelopes
    assert came["Subject"] == SUBJECT
    assert came.get_content().splitlines() == BODY.splitlines()
    assert came.get_content_type() == "text/plain" and came.get_content_charset() == "utf-8"
    assert (came["From"], came["To"]) == (SENDER, f"{LAN_MAIL}, {MINH_MAIL}")
    assert parsedate_to_datetime(came["Date"]) == NOW and came["Message-ID"] == "<cchc-1@hue.example>"
    assert came["Auto-Submitted"] == "auto-generated"
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [LAN_MAIL, MINH_MAIL])
    assert all(len(line) <= 998 for line in bytes(envelope.content or b"").split(b"\r\n"))


def test_text_is_nfc_whatever_form_it_came_in() -> None:
    with mailbox() as box:
        send(box.server(), letter(normalize("NFD", SUBJECT), normalize("NFD", BODY)), now=NOW)
    assert box.letters[0]["Subject"] == SUBJECT and box.letters[0].get_content().startswith(BODY[:8])


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: ke-xau@xa.example\r\n\r\nlời khác", "\nX-Evil: 1", "\u2028Bcc: a@b.c", "\x00\x0b"]
)
def test_a_title_with_line_breaks_begins_no_header_and_no_second_recipient(evil: str) -> None:
    with mailbox() as box:
        send(box.server(), letter(f"Tiêu đề{evil}", f"Nội dung{evil}"), now=NOW)
    came = box.letters[0]
    assert came["Bcc"] is None and came["X-Evil"] is None
    assert box.envelopes[0].rcpt_tos == [LAN_MAIL] and came["Subject"].startswith("Tiêu đề")


@pytest.mark.parametrize(
    "wrong", ["", "lan", "a@b\r\nRCPT TO:<x@y>", "Lan <lan@hue.example>", "a b@c", "á@hue.example", "a..b@c"]
)
def test_what_is_no_plain_address_is_never_given_to_a_server(wrong: str) -> None:
    assert not is_address(wrong)
    with mailbox() as box, pytest.raises(Refused):
        send(box.server(), letter(to=(LAN_MAIL, wrong)), now=NOW)
    assert box.letters == []


# What became of it -----------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_has_surely_not_accepted() -> None:
    with mailbox() as box:
        gone = box.server()
    with pytest.raises(Unavailable, match="gửi lại sau"):
        send(gone, letter(), now=NOW)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("answer", "kind"), [("451 thử lại sau", Unavailable), ("550 không nhận", Refused)])
def test_a_no_is_for_a_person_and_a_not_yet_for_later(verb: str, answer: str, kind: type[Exception]) -> None:
    with mailbox() as box:
        box.answers[verb] = answer
        with pytest.raises(kind, match=answer[:3]):
            send(box.server(), letter(), now=NOW)
    assert box.letters == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_lost_after_the_message_leaves_nobody_knowing(when: str) -> None:
    with mailbox() as box:
        box.hangs_up = when
        with pytest.raises(Unknown, match="chưa rõ"):
            send(box.server(), letter(), now=NOW)
    assert len(box.letters) == (when == "after")


def test_one_address_that_is_refused_does_not_keep_the_others_from_their_letter() -> None:
    with mailbox() as box:
        box.answers[f"RCPT {MINH_MAIL}"] = "550 không có người này"
        assert send(box.server(), letter(to=(LAN_MAIL, MINH_MAIL)), now=NOW) == (MINH_MAIL,)
    assert box.envelopes[0].rcpt_tos == [LAN_MAIL]


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quiet = MailServer("127.0.0.1", silent.getsockname()[1], "none", answer_seconds=30.0, whole_seconds=0.3)
        with pytest.raises(Unavailable):
            send(quiet, letter(), now=NOW)


# Secrets and certificates ----------------------------------------------------------------------------------


def test_user_and_password_open_the_door_over_tls(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with mailbox(serving(file), login=True) as box:
        good = box.server(host="localhost", security="starttls", user="cchc", password=PASSWORD, trust=str(file))
        send(good, letter(), now=NOW)
        with pytest.raises(Refused, match="CCHC_SMTP_PASSWORD") as wrong:
            send(
                box.server(host="localhost", security="starttls", user="cchc", password="sai-8812", trust=str(file)),
                letter(), now=NOW,
            )  # fmt: skip
    assert len(box.letters) == 1
    assert "sai-8812" not in str(wrong.value) and "sai-8812" not in repr(good) and PASSWORD not in repr(good)


def test_tls_from_the_first_byte_works_too(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with mailbox(serving(file), implicit=True) as box:
        send(box.server(host="localhost", security="tls", trust=str(file)), letter(), now=NOW)
    assert box.letters[0]["Subject"] == SUBJECT


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_unknown_certificate_and_a_wrong_name_are_refused(tmp_path: Path, security: str) -> None:
    file = certificate(tmp_path, "mail.khac.example")
    context: ssl.SSLContext = serving(file)
    with mailbox(context, implicit=security == "tls") as box:
        for trust in ("", str(file)):
            with pytest.raises(Refused, match="Chứng thư"):
                send(box.server(host="localhost", security=security, trust=trust), letter(), now=NOW)
    assert box.letters == []


def test_a_server_without_starttls_is_not_spoken_to_in_clear() -> None:
    with mailbox() as box, pytest.raises(Refused, match="STARTTLS"):
        send(box.server(security="starttls", user="cchc", password=PASSWORD), letter(), now=NOW)
    assert box.letters == []


def test_what_a_server_says_is_told_without_the_password() -> None:
    with mailbox() as box:
        box.answers["MAIL"] = f"550 you said {PASSWORD}"
        with pytest.raises(Refused) as told:
            send(box.server(password=PASSWORD), letter(), now=NOW)
    assert PASSWORD not in str(told.value) and "***" in str(told.value)
