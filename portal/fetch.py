"""Getting a feed, a page or a picture from an address that somebody gave.

One request after another, each checked by the guard and made to the very machine it checked. Bounded in bytes (as
sent and as unpacked), in time (each step and the whole) and in redirects. What goes wrong is a `PortalError` with
words; never a trace, never the address's query.
"""

import contextlib
import http.client
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from connectors.deadline import Deadline
from content.vietnamese import number
from portal.errors import PortalError, Refused
from portal.guard import Checked, Guard, shown
from portal.wire import open_session

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LASTING = frozenset({301, 308})
_CHUNK = 65536
_GZIP = b"\x1f\x8b\x08"
_MEMBERS = 100
"""Packed pieces behind one another in one answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one address may cost."""

    size: int = 5_000_000
    """Bytes, as sent and as unpacked."""
    connect: float = 10.0
    """Seconds to reach one machine."""
    read: float = 15.0
    """Seconds between two pieces of an answer."""
    whole: float = 45.0
    """Seconds for everything together, redirects and all."""
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave."""

    address: str
    """Where it came from in the end, after redirects."""
    data: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    """What to tell the server next time."""
    not_modified: bool = False
    """Whether the server said that nothing has changed; `data` is empty then."""
    moved_to: str = ""
    """The new address, when every redirect was a lasting one; the old one should be replaced."""


def fetch(
    address: str,
    *,
    guard: Guard,
    limits: Limits = Limits(),
    etag: str = "",
    last_modified: str = "",
    accept: str = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5",
    proxy: str = "",
) -> Fetched:
    """What stands at `address`; nothing is read into it. Raises `PortalError`, of which the guard's `Refused` is one.

    `etag` and `last_modified` are what the last `Fetched` told; they go to the first address only.
    `proxy` is the office's proxy, where it has one; the guard then is one made with `by_proxy`.
    """
    headers = {"Accept": accept, "Accept-Encoding": "gzip, deflate", "Connection": "close"}
    asked = {"If-None-Match": _sendable(etag), "If-Modified-Since": _sendable(last_modified)}
    asked = {name: value for name, value in asked.items() if value}
    lasting, here = True, address
    with Deadline(limits.whole) as deadline:
        for turn in range(limits.redirects + 1):
            checked = _check(guard, here, deadline)
            with open_session(checked, deadline, proxy) as session:
                found = _once(session, checked, headers if turn else headers | asked, limits, deadline)
            if isinstance(found, Fetched):
                return replace(found, moved_to=checked.address if turn and lasting else "")
            status, here = found
            lasting = lasting and status in _LASTING
    raise PortalError("redirects", f"{shown(address)} chuyển hướng quá {limits.redirects} lần nên không đọc tiếp.")


def _check(guard: Guard, address: str, deadline: Deadline) -> Checked:
    try:
        return guard.check(address, within=deadline.left)
    except Refused:
        if deadline.left > 0:
            raise
    raise _too_slow(shown(address))


def _once(
    session: requests.Session, checked: Checked, headers: dict[str, str], limits: Limits, deadline: Deadline
) -> Fetched | tuple[int, str]:
    """What one request gave, or the status and the address of a redirect."""
    try:
        with _ask(session, checked, headers, limits) as answer:
            if answer.status_code in _REDIRECTS:
                return answer.status_code, _next(answer, checked)
            found = _take(
                answer, checked, limits, conditional="If-None-Match" in headers or "If-Modified-Since" in headers
            )
            if deadline.passed:  # what was cut off then looks like an end
                raise TimeoutError
            return found
    except (
        requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError
    ) as error:  # fmt: skip
        raise _lost(error, checked, deadline) from None


def _ask(session: requests.Session, checked: Checked, headers: dict[str, str], limits: Limits) -> requests.Response:
    # `wire` puts the path in: what is sent is what the server wrote, not what a library makes of it
    return session.request(
        "GET", checked.origin + "/", headers=headers, stream=True, allow_redirects=False,
        timeout=(limits.connect, limits.read),
    )  # fmt: skip


def _take(answer: requests.Response, checked: Checked, limits: Limits, *, conditional: bool) -> Fetched:
    fresh = answer.status_code != 304 or not conditional
    if fresh and answer.status_code != 200:
        raise _refused(answer, checked)
    return Fetched(
        checked.address,
        data=_read(answer, checked, limits.size) if fresh else b"",
        content_type=_kept(answer, "Content-Type"),
        etag=_kept(answer, "ETag"),
        last_modified=_kept(answer, "Last-Modified"),
        not_modified=not fresh,
    )


def _read(answer: requests.Response, checked: Checked, most: int) -> bytes:
    told = answer.headers.get("Content-Length", "")
    if told.isdecimal() and len(told) < 20 and int(told) > most:
        raise _too_large(checked, most)
    sent = b"".join(_bounded(answer.raw.stream(_CHUNK, decode_content=False), checked, most))
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("", "identity"):
        # a file that was packed on disk and is told to be what is in it
        return _unpack(sent, "gzip", checked, most) if sent.startswith(_GZIP) else sent
    if coding in ("gzip", "x-gzip", "deflate"):
        return _unpack(sent, coding, checked, most)
    raise PortalError(
        "coding", f"{shown(checked.address)} trả về dữ liệu nén kiểu {coding[:20]!r}, kiểu này không được hỗ trợ."
    )


def _bounded(pieces: Iterator[bytes], checked: Checked, most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise _too_large(checked, most)
        yield piece


def _unpack(sent: bytes, coding: str, checked: Checked, most: int) -> bytes:
    """The unpacked bytes; never more of them are made than are allowed, whatever the bomb promises."""
    kind = 31 if "gzip" in coding else 15
    if coding == "deflate" and (len(sent) < 2 or sent[0] & 0x0F != 8 or int.from_bytes(sent[:2], "big") % 31):
        kind = -15  # without the head that the standard asks for
    made = bytearray()
    try:
        for _ in range(_MEMBERS):
            if not sent:
                break
            unpacker = zlib.decompressobj(kind)
            made += unpacker.decompress(sent, most - len(made) + 1)
            if len(made) > most:
                raise _too_large(checked, most)
            if not unpacker.eof:
                raise _cut(checked)
            sent = unpacker.unused_data if kind == 31 and unpacker.unused_data.startswith(_GZIP) else b""
    except zlib.error:
        raise PortalError("coding", f"{shown(checked.address)} trả về dữ liệu nén bị hỏng; hãy thử lại sau.") from None
    if sent:
        raise PortalError("coding", f"{shown(checked.address)} trả về dữ liệu nén bị hỏng; hãy thử lại sau.")
    return bytes(made)


def _next(answer: requests.Response, checked: Checked) -> str:
    where = answer.headers.get("Location", "").strip()
    with contextlib.suppress(UnicodeError):
        where = where.encode("latin-1").decode("utf-8")  # servers write Vietnamese paths as they are
    try:
        # an address that is whole already is not rewritten
        found = where if urlsplit(where).netloc and urlsplit(where).scheme else urljoin(checked.address, where)
    except ValueError:
        found = ""
    if not where or not found:
        raise PortalError(
            "redirects",
            f"{shown(checked.address)} chuyển hướng nhưng không cho biết đi đâu.",
            status=answer.status_code,
        )
    return found.replace(" ", "%20")


def _refused(answer: requests.Response, checked: Checked) -> PortalError:
    """What a status says, in words."""
    status, place = answer.status_code, shown(checked.address)
    wait = retry_after(answer.headers.get("Retry-After", ""))
    code, words = {
        401: ("forbidden", f"{place} đòi đăng nhập nên không đọc được; hãy dùng địa chỉ công khai."),
        403: ("forbidden", f"{place} từ chối cho đọc (403); hãy đề nghị đơn vị quản trị cổng mở quyền."),
        404: ("not_found", f"Không có gì ở {place} (404); hãy kiểm tra lại địa chỉ."),
        410: ("gone", f"{place} đã bị bỏ hẳn (410); hãy tìm địa chỉ mới hoặc ngừng theo dõi."),
        429: ("limited", f"{place} yêu cầu chờ vì bị hỏi quá nhiều (429); hệ thống sẽ hỏi lại sau."),
    }.get(status, ("status", f"{place} trả về mã {status}; hãy kiểm tra lại địa chỉ."))
    if status >= 500:
        code, words = "server", f"Máy chủ của {place} đang gặp lỗi ({status}); hãy thử lại sau."
    return PortalError(code, words, status=status, retry_after=wait)


def retry_after(told: str) -> timedelta | datetime | None:
    """How long or until when (aware UTC) a Retry-After asks to wait; None when it says nothing that can be read."""
    told = told.strip()
    if told.isascii() and told.isdecimal() and len(told) < 9:
        return timedelta(seconds=int(told))
    try:
        until = parsedate_to_datetime(told)
        return (until if until.tzinfo else until.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _lost(error: Exception, checked: Checked, deadline: Deadline) -> PortalError:
    """What stopped a request on its way, without the library's own words, which show the whole address."""
    place = shown(checked.address)
    kinds: set[str] = set()
    waiting: list[object] = [error]
    while waiting and len(kinds) < 100:
        seen = waiting.pop(0)
        if isinstance(seen, BaseException):
            kinds |= {kind.__name__ for kind in type(seen).__mro__}
            waiting += [*seen.args, getattr(seen, "reason", None)]
    # urllib3 counts a refused connection among its time-outs
    if deadline.passed or ("NewConnectionError" not in kinds and kinds & {"Timeout", "TimeoutError"}):
        return _too_slow(place)
    if kinds & {"SSLError", "CertificateError"}:
        return PortalError("certificate", f"Chứng thư số (HTTPS) của {place} không hợp lệ nên không đọc.")
    if kinds & {"ProxyError"}:
        return PortalError(
            "proxy", "Máy chủ proxy của cơ quan không cho đi hoặc không trả lời; hãy báo người quản trị."
        )
    if kinds & {"IncompleteRead"}:
        return _cut(checked)
    return PortalError("unreachable", f"Không kết nối được tới {place}; hãy thử lại sau.")


def _too_slow(place: str) -> PortalError:
    return PortalError("timeout", f"{place} trả lời quá chậm nên đã dừng; hãy thử lại sau.")


def _too_large(checked: Checked, most: int) -> PortalError:
    return PortalError(
        "too_large", f"{shown(checked.address)} lớn hơn {number(most / 1_000_000)} MB nên không được đọc."
    )


def _cut(checked: Checked) -> PortalError:
    return PortalError("incomplete", f"{shown(checked.address)} bị ngắt giữa chừng; hãy thử lại sau.")


def _kept(answer: requests.Response, name: str) -> str:
    return str(answer.headers.get(name, ""))[:500]


def _sendable(value: str) -> str:
    """A value that a server told, fit to be sent back; what could start a header of its own is not sent at all."""
    return value if value.isascii() and value.isprintable() else ""
