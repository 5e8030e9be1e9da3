"""Which addresses may be asked at all, and at which machine exactly (SSRF).

People paste addresses, and portals redirect. Whatever the name says, the machine behind it must be one of the public
Internet, or one that the office has allowed. A name is resolved here, once; the connection is then made to the very
address that was checked, so a name that points elsewhere a moment later changes nothing (DNS rebinding).

With an office proxy the connection is made by the proxy, which resolves names for itself. Then everything that can be
told from the address holds (scheme, port, spelling, addresses written as numbers), and a name that resolves here is
checked here; where a name leads when it is the proxy that asks is the proxy's own matter.
"""

import contextlib
import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Thread
from urllib.parse import quote, urlsplit

import idna

from portal.errors import Refused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]
"""Host and port -> its addresses as text, in the order to try. Raises OSError when there is none."""

PORTS = {"http": 80, "https": 443}
_LONGEST = 4096
_PATIENCE = 10.0
"""Seconds for the look-up of a name."""
_NEVER = re.compile(r"[\x00-\x1f\\\x7f\ud800-\udfff]")
"""Control characters, the backslash that browsers read as a slash, halves of letters."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")
_INSIDE = re.compile(r"(?:\A|\.)(?:localhost|localdomain|local|internal|intranet|lan|home|corp|arpa|onion)\Z")
"""Names that are never found on the public Internet."""

_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""What is not the public Internet (IANA's registries of special addresses), whatever this Python knows of them."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.169.254/32", "169.254.170.2/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
        "fd00:ec2::254/128", "fd20:ce::254/128",
    )
)  # fmt: skip
"""Where clouds hand out keys to whoever asks from inside; no setting opens these."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An address that may be asked, taken apart once and for all."""

    scheme: str
    host: str
    """In ASCII and small letters, without a trailing dot; IPv6 without brackets."""
    port: int
    target: str
    """Path and query as the server wrote them; only what cannot be sent is percent-encoded."""
    addresses: tuple[str, ...]
    """The machines that were checked; empty only where a proxy will look the name up."""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if PORTS[self.scheme] == self.port else f":{self.port}")

    @property
    def address(self) -> str:
        """The whole address, as it is asked for."""
        return self.origin + self.target


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The computer's own resolver."""
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(str(error)) from None
    return list(dict.fromkeys(str(one[4][0]) for one in told))


def _look_up(resolve: Resolver, host: str, port: int, seconds: float) -> list[str]:
    """What `resolve` finds within `seconds`; nothing when it fails or takes longer."""
    found: list[str] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            found.extend(resolve(host, port))

    # it cannot be interrupted, so it is left behind
    thread = Thread(target=look, daemon=True, name="resolve")
    thread.start()
    thread.join(max(seconds, 0.0))
    return list(found)


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be asked. `allow_hosts` and `allow_networks` may be inside; `allow_ports` are open beside 80 and 443."""

    resolve: Resolver = system_resolver
    allow_hosts: frozenset[str] = frozenset()
    allow_networks: tuple[Network, ...] = ()
    allow_ports: frozenset[tuple[str, int]] = frozenset()
    """(host, port); host "" is any."""
    by_proxy: bool = False
    """Whether an office proxy makes the connections."""

    @classmethod
    def of(cls, allow: str = "", *, resolve: Resolver | None = None, by_proxy: bool = False) -> "Guard":
        """A guard that lets through what `allow` lists besides the public Internet.

        Commas or blanks between; a host ("portal.noibo"), a host with its port ("10.1.2.3:8080", "tin.vidu.vn:8443"),
        or a network ("10.1.0.0/16"). Raises ValueError, in Vietnamese, for anything else.
        """
        hosts, networks, ports = set(), [], set()
        for word in re.split(r"[\s,;]+", allow.strip()):
            if not word:
                continue
            if "/" in word:
                try:
                    networks.append(ipaddress.ip_network(word, strict=False))
                except ValueError:
                    raise ValueError(f"“{word}” không phải dải địa chỉ mạng như 10.1.0.0/16") from None
                continue
            host, port = _host_and_port(word)
            hosts.add(host)
            if port:
                ports.add((host, port))
        return cls(resolve or system_resolver, frozenset(hosts), tuple(networks), frozenset(ports), by_proxy)

    def check(self, address: str, *, within: float = _PATIENCE) -> Checked:
        """`address` with the machines it may be asked at. Raises `Refused` with words for staff.

        A look-up that takes longer than `within` seconds, or than ten, has found nothing.
        """
        scheme, host, port, target = _take_apart(address)
        if port != PORTS[scheme] and not {(host, port), ("", port)} & self.allow_ports:
            raise Refused(
                "port",
                f"Không đọc được số cổng {port} của {host}; chỉ dùng cổng 80, 443, hoặc nhờ người quản trị thêm "
                f"{host}:{port} vào danh sách được phép (CCHC_PORTAL_ALLOW, --allow).",
            )
        literal = _literal(host)
        if literal is None and (_INSIDE.search(host) or "." not in host) and not self._names(host):
            raise Refused("private_address", f"{host} là tên trong mạng nội bộ nên không được đọc. {_WAY_OUT}")
        addresses = [str(literal)] if literal else self._look_up(host, port, within)
        for one in addresses:
            self._check_machine(host, one)
        return Checked(scheme, host, port, target, tuple(addresses))

    def _names(self, host: str) -> bool:
        return host in self.allow_hosts

    def _look_up(self, host: str, port: int, within: float) -> list[str]:
        found = _look_up(self.resolve, host, port, min(within, _PATIENCE))
        if not found and not self.by_proxy:
            raise Refused("unknown_host", f"Không tìm thấy máy chủ {host}; hãy kiểm tra lại địa chỉ hoặc kết nối mạng.")
        return found

    def _check_machine(self, host: str, address: str) -> None:
        try:
            machine = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            raise Refused("unknown_host", f"Máy chủ {host} có địa chỉ mạng không hợp lệ.") from None
        behind = _behind(machine)
        if any(_within(one, _METADATA) for one in (machine, *behind)):
            raise Refused("private_address", f"{host} dẫn tới địa chỉ quản trị của máy chủ nên không bao giờ được đọc.")
        if self._names(host) or _within(machine, self.allow_networks):
            return
        if any(_is_inside(one) for one in (machine, *behind)):
            raise Refused("private_address", f"{host} dẫn tới mạng nội bộ nên không được đọc. {_WAY_OUT}")


_WAY_OUT = (
    "Nếu cổng của cơ quan nằm trong mạng nội bộ, hãy nhờ người quản trị thêm vào danh sách được phép "
    "(CCHC_PORTAL_ALLOW, --allow)."
)


def shown(address: str) -> str:
    """Host and path of an address for people: a query may hold a secret."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") + parts.path[:200]
    except ValueError:
        return "địa chỉ này"


def _take_apart(address: str) -> tuple[str, str, int, str]:
    """Scheme, host, port, and path with query. There is one reading of an address, and this is it."""
    address = address.strip()
    words = "Địa chỉ không hợp lệ; hãy dán đúng địa chỉ http:// hoặc https:// của cổng."
    if len(address) > _LONGEST or _NEVER.search(address):
        raise Refused("bad_address", words)
    try:
        parts = urlsplit(address)
        scheme, name, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        raise Refused("bad_address", words) from None
    if scheme not in PORTS:
        raise Refused("scheme", "Chỉ đọc được địa chỉ bắt đầu bằng http:// hoặc https://.")
    if "@" in parts.netloc:
        raise Refused("credentials", "Địa chỉ không được chứa tên đăng nhập hoặc mật khẩu; hãy bỏ phần trước dấu @.")
    if port == 0 or parts.netloc.endswith(":"):
        raise Refused("bad_address", words)
    host = _ascii(name)
    target = quote(parts.path or "/", safe=_SENDABLE) + (
        f"?{quote(parts.query, safe=_SENDABLE)}" if parts.query else ""
    )
    return scheme, host, port or PORTS[scheme], target if target.startswith("/") else f"/{target}"


_SENDABLE = "".join(chr(code) for code in range(0x21, 0x7F))


def _ascii(name: str) -> str:
    """A host name as the network knows it. Raises `Refused` for spellings that programs read differently."""
    words = "Tên máy chủ trong địa chỉ không hợp lệ; hãy dán lại địa chỉ của cổng."
    if ":" in name or "[" in name:
        if "%" in name:
            raise Refused("bad_address", words)
        try:
            return str(ipaddress.IPv6Address(name))
        except ValueError:
            raise Refused("bad_address", words) from None
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise Refused("bad_address", words) from None
    name = name.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        raise Refused("bad_address", words)
    # 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 are addresses to some programs and names to others
    last = name.rpartition(".")[2]
    if (last.isdecimal() or re.fullmatch(r"0x[0-9a-f]*", last)) and _literal(name) is None:
        raise Refused("bad_address", "Địa chỉ mạng viết bằng số không đúng dạng a.b.c.d nên không được đọc.")
    return name


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host_and_port(word: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{word}")
        if parts.path or parts.query or parts.fragment or "@" in word:
            raise ValueError
        return _ascii(parts.hostname or ""), parts.port or 0
    except (ValueError, Refused):
        raise ValueError(f"“{word}” không phải tên máy chủ, máy:cổng hoặc dải địa chỉ mạng") from None


def _behind(machine: IPAddress) -> list[IPAddress]:
    """The IPv4 addresses that an IPv6 one carries: mapped, compatible, 6to4, NAT64, Teredo, ISATAP."""
    if machine.version == 4:
        return []
    whole = int(machine)
    found: list[int] = []
    if whole >> 32 in (0xFFFF, 0) and whole > 0xFFFF:  # ::ffff:a.b.c.d, ::a.b.c.d
        found.append(whole & 0xFFFFFFFF)
    if whole >> 32 == 0xFFFF0000:  # ::ffff:0:a.b.c.d
        found.append(whole & 0xFFFFFFFF)
    if whole >> 112 == 0x2002:
        found.append((whole >> 80) & 0xFFFFFFFF)
    if whole >> 32 == 0x0064FF9B << 64 or whole >> 80 == 0x0064FF9B0001:
        found.append(whole & 0xFFFFFFFF)
    if whole >> 96 == 0x20010000:
        found += [(whole >> 64) & 0xFFFFFFFF, ~whole & 0xFFFFFFFF]
    if (whole >> 32) & 0xFDFFFFFF == 0x00005EFE:  # an interface named after an IPv4 address
        found.append(whole & 0xFFFFFFFF)
    return [ipaddress.IPv4Address(one) for one in found]


def _is_inside(machine: IPAddress) -> bool:
    if machine in _TRANSLATED:
        return False  # a provider's NAT64: only the machine behind it counts
    return (
        _within(machine, _CLOSED)
        or not machine.is_global
        or machine.is_multicast
        or machine.is_reserved
        or machine.is_unspecified
    )


def _within(machine: IPAddress, networks: Iterable[Network]) -> bool:
    return any(machine.version == network.version and machine in network for network in networks)
