"""A mail server and a receiver of webhooks of our own on loopback: what a test wants them to do, and what they got."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from postbox.mail import MailServer

PASSWORD = "mat-khau-bi-mat-9931"
LAN_MAIL, MINH_MAIL, SENDER = "lan@hue.example", "minh@hue.example", "cchc@hue.example"


@dataclass
class Mailbox:
    """What the server took, and how it behaves. `answers`: verb -> what it says instead of yes."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up: str = ""
    """ "before": without having kept it; "after": having kept it; the answer is lost either way."""
    on_data: Callable[[], None] = lambda: None
    """Called when a message has come, before it is answered."""

    def server(self, **facts: Any) -> MailServer:
        return MailServer(**{"host": "127.0.0.1", "port": self.port, "security": "none", **facts})

    # What aiosmtpd asks

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(f"RCPT {address}", self.answers.get("RCPT", "250 OK"))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.on_data()
        if self.hangs_up == "before":
            server.transport.abort()
            return "250 OK"
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.envelopes.append(envelope)
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hangs_up == "after":
            server.transport.abort()
        return answer


class _OnAnyPort(Controller):
    """A controller whose server listens where the system let it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox(tls: ssl.SSLContext | None = None, implicit: bool = False, login: bool = False) -> Iterator[Mailbox]:
    """A running mail server; `tls` with STARTTLS, or from the first byte on (`implicit`)."""
    made = Mailbox()

    def checks(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    options: dict[str, Any] = {"tls_context": tls} if tls and not implicit else {}
    if login:
        options |= {"authenticator": checks, "auth_required": True, "auth_require_tls": bool(tls)}
    controller = _OnAnyPort(
        made, hostname="127.0.0.1", port=0, ssl_context=tls if implicit else None, ready_timeout=20, **options
    )
    controller.start()
    made.port = controller.port
    try:
        yield made
    finally:
        controller.stop()


@dataclass
class Received:
    """One request that came to the receiver."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and what it is answered with: one status after the other, then 204 for ever."""

    port: int = 0
    scheme: str = "http"
    came: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    drips: bool = False

    def url(self, path: str = "/thong-bao", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """A running receiver."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append(Received(self.path, dict(self.headers), body))
            self.close_connection = True
            if made.hangs_up:
                return
            if made.drips:
                _drip(self)
                return
            self.send_response(made.statuses.pop(0) if made.statuses else 204)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_facts: object) -> None:
            """A client that hung up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            made.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


def _drip(handler: BaseHTTPRequestHandler) -> None:
    """A head that never ends, each drop well within any time-out between two bytes."""
    gone = threading.Event()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(1000):
        try:
            handler.wfile.write(b"a")
        except OSError:
            return
        gone.wait(0.02)


def certificate(folder: Path, host: str = "localhost") -> Path:
    """A certificate of our own for this name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def serving(file: Path) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
