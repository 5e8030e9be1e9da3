"""Signed messages to other programs, as Standard Webhooks has it: id, timestamp and body under one signature.

The receiver computes the same signature with the shared secret and drops what it has seen by `webhook-id`; so a
message may come twice and is acted on once. Redirects are not followed, and nothing of the answer's body is read.
"""

import base64
import binascii
import hashlib
import hmac
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors import errors as wire
from connectors.deadline import Deadline, OwnPools
from connectors.http import call, new_session
from postbox.errors import Refused, Unavailable, Unknown
from postbox.hosts import hands_out_keys, is_host, is_inside, is_number, leads_inside

PREFIX = "whsec_"
SECRET_LEAST, SECRET_MOST = 24, 64
"""Bytes of the key itself."""
TOLERANCE = timedelta(minutes=5)
"""How old or how early a message may be when it is received."""
ANSWER_SECONDS, WHOLE_SECONDS = 10.0, 20.0
_RETRY_MOST = timedelta(days=1)


class BadSignature(Exception):
    """A message that was not sent by whoever knows the secret, or is too old to be acted on."""


@dataclass(frozen=True)
class Hook:
    """Where messages go, and the secret they are signed with ("whsec_…"). `proxy`: the office's way to the Internet."""

    address: str
    secret: str = field(repr=False)
    proxy: str = ""
    trust: str = ""
    """A file with certificate authorities; "": the usual ones."""
    answer_seconds: float = ANSWER_SECONDS
    whole_seconds: float = WHOLE_SECONDS


def check_address(address: str) -> str:
    """The address, when messages may go there. Raises ValueError, in Vietnamese."""
    shown = f"“{address[:100]}”"
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{shown} không phải địa chỉ https://…") from None
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    if not plain or parts.scheme not in ("http", "https") or not is_host(host):
        raise ValueError(f"{shown} không phải địa chỉ https://…")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("địa chỉ webhook không được chứa tên đăng nhập, mật khẩu hoặc dấu #")
    if is_number(host):
        raise ValueError(f"{shown}: địa chỉ mạng viết bằng số phải có dạng a.b.c.d")
    if hands_out_keys(host):
        raise ValueError(f"{shown} là địa chỉ quản trị của máy chủ nên không được dùng")
    if parts.scheme == "http" and not is_inside(host):
        raise ValueError(f"{shown} phải là https://…; http:// chỉ dùng cho máy này hoặc máy trong mạng nội bộ")
    return address


def key_of(secret: str) -> bytes:
    """The bytes of a secret "whsec_…". Raises ValueError, in Vietnamese, without the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SECRET_LEAST <= len(key) <= SECRET_MOST:
        raise ValueError(
            f"khóa ký webhook phải có dạng {PREFIX} rồi {SECRET_LEAST}–{SECRET_MOST} byte viết theo base64; "
            f'tạo bằng lệnh: echo "{PREFIX}$(openssl rand -base64 32)"'
        )
    return key


def sign(secret: str, mark: str, timestamp: int, body: bytes) -> str:
    """The header "webhook-signature" of a message."""
    signed = f"{mark}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """What a receiver does with a message: the id to remember. Raises `BadSignature`. `now` is aware."""
    told = {name.lower(): value for name, value in headers.items()}
    mark, sent, signatures = (told.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not mark or not sent.isascii() or not sent.isdigit() or len(sent) > 12:
        raise BadSignature("headers are missing")
    if abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        raise BadSignature("the message is too old, or from a clock that is wrong")
    wanted = sign(secret, mark, int(sent), body)
    if not any(hmac.compare_digest(one.encode(), wanted.encode()) for one in signatures.split(" ")):
        raise BadSignature("the signature is not the secret's")
    return mark


def post(hook: Hook, mark: str, kind: str, data: Mapping[str, Any], *, now: datetime) -> None:
    """Send one message once. `mark` is its id, the same at every try; `kind` its type, such as "notice.raised".

    Raises `Refused`, `Unavailable` or `Unknown`.
    """
    parts = urlsplit(hook.address)
    host = parts.hostname or ""
    if parts.scheme == "http" and not leads_inside(host, parts.port or 80):
        raise Refused(f"{shown(hook.address)} không mã hóa và không ở trong mạng nội bộ; hãy dùng địa chỉ https://….")
    body = json.dumps(
        {"type": kind, "timestamp": now.isoformat(), "data": dict(data)}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    stamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": mark,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(hook.secret, mark, stamp, body),
    }
    with Deadline(hook.whole_seconds) as deadline, _session(hook, host, deadline) as session:
        try:
            answer = call(
                session, "POST", hook.address, timeout=(hook.answer_seconds, hook.answer_seconds), changes=True,
                data=body, headers=headers, stream=True,
            )  # fmt: skip
        except wire.Unavailable as error:
            raise Unavailable(f"Chưa kết nối được tới {shown(hook.address)} ({error.evidence}).") from None
        except wire.Unconfirmed as error:
            raise _broke_off(hook, error.evidence) from None
        with answer:
            if deadline.passed:  # a head that was cut off looks like a whole one
                raise Unknown(f"{shown(hook.address)} trả lời quá chậm.")
            _judge(hook, answer)


def _broke_off(hook: Hook, evidence: str) -> Refused | Unknown:
    if evidence == "SSLError":
        return Refused(
            f"Chứng thư của {shown(hook.address)} không được tin cậy; hãy sửa ở máy nhận hoặc CCHC_WEBHOOKS."
        )
    return Unknown(f"Đã gửi tới {shown(hook.address)} nhưng không nhận được trả lời ({evidence}).")


def _judge(hook: Hook, answer: requests.Response) -> None:
    """Only 2xx is a yes."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    words = f"{shown(hook.address)} trả lời mã {status}"
    if 300 <= status < 400:
        raise Refused(f"{words} (chuyển hướng, không đi theo); hãy ghi địa chỉ cuối cùng vào CCHC_WEBHOOKS.")
    if status == 410:
        raise Refused(f"{words}: nơi nhận không còn dùng nữa; hãy bỏ địa chỉ này khỏi CCHC_WEBHOOKS.")
    if status in (401, 403):
        raise Refused(f"{words}: nơi nhận không chấp nhận chữ ký; hãy so khóa CCHC_WEBHOOK_SECRET ở hai bên.")
    told = answer.headers.get("Retry-After", "")
    wait = timedelta(seconds=int(told)) if told.isascii() and told.isdigit() and len(told) < 8 else None
    raise Unavailable(f"{words}.", retry_after=min(wait, _RETRY_MOST) if wait else None)


def shown(address: str) -> str:
    """Host and path of an address, for people: its query may hold a secret."""
    parts = urlsplit(address)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "") + parts.path[:100]


def label(address: str) -> str:
    """The same, told apart from others of the same host and path; what tells them apart gives no secret away."""
    told = shown(address)
    return f"{told}?…{hashlib.sha256(address.encode()).hexdigest()[:8]}" if urlsplit(address).query else told


def _session(hook: Hook, host: str, deadline: Deadline) -> requests.Session:
    """One message's session; what is inside the office's network is not asked for at its proxy."""
    session = new_session(proxy="" if is_inside(host) else hook.proxy)
    if hook.trust:
        session.verify = hook.trust
    for scheme in ("https://", "http://"):
        session.mount(scheme, OwnPools(_pools(deadline)))
    return session


def _no_place_of_keys(line: socket.socket) -> socket.socket:
    """The connection, unless the name leads where clouds hand out keys, whatever it led to when it was written down."""
    if hands_out_keys(str(line.getpeername()[0])):
        line.close()
        raise ConnectionRefusedError("a place that is never a receiver")
    return line


def _pools(deadline: Deadline) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_no_place_of_keys(super()._new_conn()))

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(_no_place_of_keys(super()._new_conn()))

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
