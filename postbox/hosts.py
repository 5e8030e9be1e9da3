"""Which machines may be spoken to in clear: this one, and those inside the office's own network."""

import ipaddress
import re
import socket
from typing import Any

_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_INSIDE = re.compile(r"(?:\A|\.)(?:localhost|localdomain|local|internal|intranet|lan|home|corp|noibo)\Z")
"""Names that are never found on the public Internet, or that offices give to machines of their own."""


def is_host(name: str) -> bool:
    """Whether it is an address or the name of a machine, in ASCII."""
    return _literal(name) is not None or bool(_HOST.fullmatch(name.lower()))


def is_number(name: str) -> bool:
    """Whether some programs would read this name as an address: 2852039166, 0xa9fea9fe, 0251.0376.1, 127.1."""
    last = name.lower().removesuffix(".").rpartition(".")[2]
    return _literal(name) is None and bool(last.isdecimal() or re.fullmatch(r"0x[0-9a-f]*", last))


def hands_out_keys(address: str) -> bool:
    """Whether this is an address at which clouds hand out keys to whoever asks from inside; never a receiver's."""
    machine = _literal(address.partition("%")[0])
    machine = getattr(machine, "ipv4_mapped", None) or machine
    return machine is not None and (machine.is_link_local or machine.is_unspecified or machine in _KEYS)


_KEYS = frozenset(
    map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)


def is_inside(name: str) -> bool:
    """Whether, by its name alone, this is our own machine or one of the office's network."""
    machine = _literal(name)
    if machine is not None:
        return _private(machine)
    name = name.lower().removesuffix(".")
    return "." not in name or bool(_INSIDE.search(name))


def leads_inside(name: str, port: int) -> bool:
    """Whether every machine behind the name is inside. Asks the resolver; False when it knows none."""
    machine = _literal(name)
    if machine is not None:
        return _private(machine)
    try:
        found = {str(one[4][0]).partition("%")[0] for one in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False
    return all(_private(ipaddress.ip_address(one)) for one in found)


def _literal(name: str) -> Any:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _private(machine: Any) -> bool:
    """Loopback or a private network; never the link-local addresses, where clouds hand out keys."""
    mapped = getattr(machine, "ipv4_mapped", None)
    machine = mapped or machine
    return bool(
        (machine.is_loopback or machine.is_private) and not machine.is_link_local and not machine.is_unspecified
    )
