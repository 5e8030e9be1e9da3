"""One message in Vietnamese to one mail server (RFC 5321, RFC 5322). Never repeats, never sleeps.

What matters is when a conversation breaks off: before the message was handed over nothing was accepted; once its
bytes are on the way only the server knows, and then nobody may send it again.
"""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_RULES
from email.utils import format_datetime
from typing import Any, Literal

from connectors.deadline import Deadline
from content.articles import cut, printable
from content.vietnamese import LOCAL, nfc
from postbox.addresses import is_address as is_address
from postbox.errors import PostError, Refused, Unavailable, Unknown

Security = Literal["starttls", "tls", "none"]

SUBJECT_MOST = 180
ANSWER_SECONDS, WHOLE_SECONDS = 20.0, 120.0
_REPLY_MOST = 160


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `trust`: a file with the office's own certificate authority; "" is the system's."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    trust: str = ""
    answer_seconds: float = ANSWER_SECONDS
    """For one answer…"""
    whole_seconds: float = WHOLE_SECONDS
    """… and for all of it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `mark` becomes its Message-ID: the same mark, the same message."""

    sender: str
    recipients: Sequence[str]
    subject: str
    body: str
    """The plain text, which every letter has."""
    mark: str
    html: str = ""
    """The same as a page; its pictures are named as "cid:<name>"."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """PNG files that the page shows, by name."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """PDF files that come with it, by file name."""
    unsubscribe: str = ""
    """Where somebody writes who does not want such letters any more: a mail address."""


def one_line(text: str, most: int) -> str:
    """The text as one line: NFC, nothing unseen in it, so that it can begin no header of its own."""
    return cut(" ".join(printable(nfc(text)).split()), most)


def as_message(letter: Letter, now: datetime) -> EmailMessage:
    """The message as it goes over the wire; `now` (aware) is its date."""
    made = EmailMessage(policy=SMTP_RULES)
    made["From"] = letter.sender
    made["To"] = ", ".join(letter.recipients)
    made["Subject"] = one_line(letter.subject, SUBJECT_MOST)
    made["Date"] = format_datetime(now.astimezone(LOCAL))
    made["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9.-]', '-', letter.mark)}@{letter.sender.rpartition('@')[2]}>"
    # so that nobody's absence notice answers a machine
    made["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        made["List-Unsubscribe"] = f"<mailto:{letter.unsubscribe}?subject=Thoi%20nhan%20thu>"
    lines = "\n".join(printable(line).rstrip() for line in nfc(letter.body).splitlines())
    made.set_content(lines + "\n", charset="utf-8", cte="quoted-printable")
    if letter.html:
        _add_page(made, letter)
    for name, content in letter.files.items():
        made.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return made


def _add_page(made: EmailMessage, letter: Letter) -> None:
    """The page beside the text, its pictures within it: a reader shows the last form that it can."""
    made.add_alternative(nfc(letter.html), subtype="html", charset="utf-8", cte="quoted-printable")
    page = made.get_payload(1)
    assert isinstance(page, EmailMessage), "the text was the first part, this is the second"
    for name, content in letter.pictures.items():
        page.add_related(
            content, maintype="image", subtype="png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline"
        )


def send(server: MailServer, letter: Letter, *, now: datetime) -> tuple[str, ...]:
    """Hand the letter in, once. The addresses the server would not take, where it took others.

    Raises `Refused`, `Unavailable` or `Unknown`.
    """
    if not letter.recipients or not all(map(is_address, (letter.sender, *letter.recipients))):
        raise Refused("Địa chỉ gửi hoặc nhận thư không hợp lệ; hãy sửa CCHC_MAIL_FROM, CCHC_MAIL_TO, CCHC_SUMMARY_TO.")
    message = as_message(letter, now).as_bytes()
    with Deadline(server.whole_seconds) as deadline, _before_handing_over(server):
        smtp = _connect(server, letter.sender, deadline)
        with contextlib.closing(smtp):
            _sign_in(smtp, server)
            refused = _envelope(smtp, server, letter)
            _expect(smtp.docmd("DATA"), server, "bắt đầu gửi nội dung", 354)
            _expect(_hand_over(smtp, message, server), server, "nhận thư", 250)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
    return refused


def _hand_over(smtp: smtplib.SMTP, message: bytes, server: MailServer) -> tuple[int, bytes]:
    """The message itself and the server's answer to it. From the first byte on, a silence says nothing."""
    try:
        smtp.send(re.sub(rb"(?m)^\.", b"..", message) + b".\r\n")
        code, reply = smtp.getreply()
        why = f"mã {code}"
    except (smtplib.SMTPException, OSError) as error:
        code, reply, why = -1, b"", type(error).__name__
    if 200 <= code < 300:
        return 250, reply
    if not 400 <= code < 600:
        raise Unknown(
            f"Mất kết nối với máy chủ thư {_name(server)} khi đang gửi nội dung ({why}); chưa rõ thư có đến hay không "
            "nên hệ thống không gửi lại. Hãy xem hộp thư và trang Thông báo."
        )
    return code, reply


@contextmanager
def _before_handing_over(server: MailServer) -> Iterator[None]:
    """What breaks off before the message was handed over: nothing was accepted."""
    try:
        yield
    except PostError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            f"Chứng thư của máy chủ thư {_name(server)} không được tin cậy ({error.verify_message}); hãy kiểm tra "
            "CCHC_SMTP_HOST, hoặc cài chứng thư gốc của cơ quan vào máy này."
        ) from None
    except ssl.SSLError:
        raise Refused(
            f"Không bắt tay mã hóa được với máy chủ thư {_name(server)}; hãy kiểm tra CCHC_SMTP_PORT và "
            "CCHC_SMTP_SECURITY (thường là 587 với starttls, 465 với tls)."
        ) from None
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise Unavailable(
            f"Chưa gửi được thư qua {_name(server)} ({type(error).__name__}); hệ thống sẽ gửi lại sau. Nếu lặp lại, "
            "hãy kiểm tra CCHC_SMTP_HOST, CCHC_SMTP_PORT và đường truyền."
        ) from None


def _connect(server: MailServer, sender: str, deadline: Deadline) -> smtplib.SMTP:
    name = sender.rpartition("@")[2]
    if server.security == "tls":
        return _tls(server, name, deadline)
    smtp = _watched(smtplib.SMTP, deadline, lambda made: made)(
        server.host, server.port, local_hostname=name, timeout=server.answer_seconds
    )
    if server.security == "starttls":
        smtp.ehlo_or_helo_if_needed()
        if not smtp.has_extn("starttls"):
            smtp.close()
            raise Refused(
                f"Máy chủ thư {_name(server)} không hỗ trợ STARTTLS; hãy đặt CCHC_SMTP_SECURITY=tls, hoặc none nếu máy "
                "chủ nằm trong mạng nội bộ."
            )
        _expect(smtp.starttls(context=_context(server)), server, "bắt đầu mã hóa", 220)
    return smtp


def _tls(server: MailServer, name: str, deadline: Deadline) -> smtplib.SMTP:
    context = _context(server)
    wrapped = _watched(smtplib.SMTP, deadline, lambda made: context.wrap_socket(made, server_hostname=server.host))
    return wrapped(server.host, server.port, local_hostname=name, timeout=server.answer_seconds)


def _watched(
    kind: type[smtplib.SMTP], deadline: Deadline, wrap: Callable[[socket.socket], socket.socket]
) -> type[smtplib.SMTP]:
    """A client whose socket ends in time; it is watched before TLS takes it over."""

    class Watched(kind):  # type: ignore[misc, valid-type]  # a class made for one conversation
        def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
            return wrap(deadline.watch(socket.create_connection((host, port), timeout)))

    return Watched


def _context(server: MailServer) -> ssl.SSLContext:
    """Checks the certificate and the name in it."""
    return ssl.create_default_context(cafile=server.trust or None)


def _sign_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp.ehlo_or_helo_if_needed()
    if not server.user:
        return
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPNotSupportedError:
        raise Refused(
            f"Máy chủ thư {_name(server)} không nhận đăng nhập theo cách này; hãy bỏ trống CCHC_SMTP_USER, hoặc đặt "
            "CCHC_SMTP_SECURITY=starttls."
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise
        raise Refused(
            f"Máy chủ thư {_name(server)} không nhận tên đăng nhập hoặc mật khẩu (mã {error.smtp_code}); hãy sửa "
            "CCHC_SMTP_USER, CCHC_SMTP_PASSWORD."
        ) from None


def _envelope(smtp: smtplib.SMTP, server: MailServer, letter: Letter) -> tuple[str, ...]:
    """Sender and recipients; those that were not taken, when at least one was."""
    _expect(smtp.mail(letter.sender), server, f"nhận người gửi {letter.sender}", 250)
    answers = {one: smtp.rcpt(one) for one in dict.fromkeys(letter.recipients)}
    refused = [one for one, (code, _reply) in answers.items() if code not in (250, 251)]
    if len(refused) == len(answers):
        # one of them may be a matter of time: then so is the letter
        first = min(refused, key=lambda one: answers[one][0])
        _expect(answers[first], server, f"nhận người nhận {first}", 250)
    return tuple(refused)


def _expect(answer: tuple[int, Any], server: MailServer, what: str, wanted: int) -> None:
    """Raises what another answer means: 5xx is a no, everything else a not yet."""
    code, reply = answer
    if code == wanted:
        return
    told = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    if server.password:
        told = told.replace(server.password, "***")
    words = f"Máy chủ thư {_name(server)} không {what} (mã {code}: {one_line(told, _REPLY_MOST)})"
    if 500 <= code < 600:
        raise Refused(f"{words}; hãy sửa cấu hình thư trong tệp .env hoặc hỏi người quản trị máy chủ thư.")
    raise Unavailable(f"{words}; hệ thống sẽ gửi lại sau.")


def _name(server: MailServer) -> str:
    return f"{server.host}:{server.port}"
