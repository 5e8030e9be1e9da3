"""The guard: whatever an address calls itself, only public machines and those the office allowed are asked."""

import ipaddress
from collections.abc import Sequence

import pytest

from portal.errors import Refused
from portal.guard import Guard, shown

PUBLIC = "93.184.215.14"


def always(*addresses: str) -> Guard:
    """A guard whose every name leads to these machines."""
    return Guard.of(resolve=lambda _host, _port: addresses)


def refused(guard: Guard, address: str) -> str:
    with pytest.raises(Refused) as caught:
        guard.check(address)
    assert caught.value.words
    return caught.value.code


INSIDE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.9.9.9", "169.254.1.1",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "::ffff:169.254.1.1",
    "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:a00:1::1",
    "2001:db8::1", "2002:a00:1::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "2001:4860::5efe:10.0.0.1",
)  # fmt: skip
METADATA = ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254")


@pytest.mark.parametrize("machine", INSIDE)
def test_a_name_that_leads_inside_is_refused(machine: str) -> None:
    assert refused(always(machine), "https://cong.vidu.example/rss") == "private_address"


@pytest.mark.parametrize("machine", INSIDE)
def test_one_machine_inside_among_public_ones_is_enough_to_refuse(machine: str) -> None:
    assert refused(always(PUBLIC, machine), "https://cong.vidu.example/rss") == "private_address"


@pytest.mark.parametrize("machine", [one for one in INSIDE if "%" not in one])
def test_a_machine_inside_is_refused_when_it_is_written_as_a_number(machine: str) -> None:
    host = f"[{machine}]" if ":" in machine else machine
    assert refused(always(PUBLIC), f"http://{host}/") == "private_address"


@pytest.mark.parametrize("machine", ["93.184.215.14", "2606:2800:21f::1", "64:ff9b::93.184.215.14", "172.32.0.1"])
def test_a_public_machine_is_let_through_and_is_the_one_to_connect_to(machine: str) -> None:
    assert always(machine).check("https://cong.vidu.example/rss").addresses == (machine,)


@pytest.mark.parametrize("machine", METADATA)
def test_no_setting_opens_where_clouds_hand_out_keys(machine: str) -> None:
    guard = Guard.of("cong.vidu.example 0.0.0.0/0 ::/0", resolve=lambda _host, _port: [machine])
    assert refused(guard, "http://cong.vidu.example/") == "private_address"


SPELLINGS = (
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/",
    "http://127.1/", "http://127.0.1/", "http://127.0.0.1./", "http://127.0.0.01/", "http://0x7f.1/", "http://0/",
    "http://１２７.０.０.１/", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://[::1]/", "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[::1%25lo]/", "http://[::1%lo]/", "http://[fe80::1%25eth0]/",
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://a.localhost/",
    "http://portal/", "http://cong.noibo.local/", "http://metadata.google.internal/", "http://may.lan/",
    "http://cong.vidu.example@127.0.0.1/", "http://127.0.0.1@cong.vidu.example/", "http://a:b@cong.vidu.example/",
    "http://@cong.vidu.example/", "http://cong.vidu.example:pw@10.0.0.1:80/",
    "http://cong.vidu.example\\@127.0.0.1/", "http://cong.vidu.example\\.vidu.example/",
    "http:\\\\cong.vidu.example/", "http://cong.vidu.example\t/", "http://cong.vidu\n.example/",
    "http://cong.vidu.example\r\nHost: x/", "http://cong%2evidu.example/", "http://cong.vidu.example%00.x/",
    "http://cong vidu.example/", "http:///rss", "http:/cong.vidu.example/", "http://", "http://.cong.vidu.example/",
    "http://cong..vidu.example/", "http://-a.example/", "http://[::1/", "http://::1/",
    "http://[cong.vidu.example]/", "http://" + "a." * 200 + "example/", "http://cong.vidu.example:/",
    "//cong.vidu.example/", "http://cong.vidu.example:0/", "http://cong.vidu.example:99999/",
    "http://cong.vidu.example:80:80/", "http://cong.vidu.example:٨٠٨٠/", "http://cong.vidu.example:+80/",
    "http://cong.vidu.example:22/", "http://cong.vidu.example:6379/", "https://cong.vidu.example:8443/",
    "ftp://cong.vidu.example/", "file:///etc/passwd", "gopher://cong.vidu.example/", "data:text/xml,<rss/>",
    "javascript:alert(1)", "jar:http://cong.vidu.example!/", "cong.vidu.example/rss", "", "   ",
    "http://cong.vidu.example/" + "a" * 5000, "http://cong.vidu.example/\ud800",
    "http://cong.vidu.example\u2044rss/", "http://cong.vidu.example\uff0f@10.0.0.1/", "http://xn--/",
)  # fmt: skip


@pytest.mark.parametrize("address", SPELLINGS)
def test_an_odd_spelling_is_refused_though_every_name_led_to_a_public_machine(address: str) -> None:
    assert refused(always(PUBLIC), address)


@pytest.mark.parametrize(
    ("address", "host", "target"),
    [
        ("HTTPS://Cong.Vidu.Example/RSS?a=%c3%a1&b=%7e", "cong.vidu.example", "/RSS?a=%c3%a1&b=%7e"),
        ("https://cong.vidu.example./rss", "cong.vidu.example", "/rss"),
        ("https://cong.vidu.example:443", "cong.vidu.example", "/"),
        ("https://cong.vidu.example?x=1#y", "cong.vidu.example", "/?x=1"),
        (
            "https://cổng.vidu.example/tin tức/ảnh.jpg",
            "xn--cng-qmz.vidu.example",
            "/tin%20t%E1%BB%A9c/%E1%BA%A3nh.jpg",
        ),
        (f"https://{PUBLIC}/rss", PUBLIC, "/rss"),
        ("http://[2606:2800:21f:0:0::1]/rss", "2606:2800:21f::1", "/rss"),
    ],
)
def test_an_honest_address_is_taken_apart_and_its_path_is_not_rewritten(address: str, host: str, target: str) -> None:
    checked = always(PUBLIC).check(address)
    assert (checked.host, checked.target) == (host, target)


def test_a_name_is_looked_up_once_and_what_it_led_to_is_what_counts() -> None:
    asked: list[str] = []

    def changing(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    checked = Guard.of(resolve=changing).check("https://cong.vidu.example/")
    assert (checked.addresses, asked) == ((PUBLIC,), ["cong.vidu.example"])


def test_the_office_allows_a_host_a_network_or_a_port() -> None:
    guard = Guard.of(
        "portal, cong.noibo.local; 10.1.0.0/16 tin.vidu.example:8080", resolve=lambda _host, _port: ["10.1.2.3"]
    )
    for address in ("http://portal/", "http://cong.noibo.local/", "http://khac.vidu.example/", "http://10.1.9.9/",
                    "http://tin.vidu.example:8080/"):  # fmt: skip
        assert guard.check(address)
    other = Guard.of("portal 10.1.0.0/16 tin.vidu.example:8080", resolve=lambda _host, _port: ["10.2.0.1"])
    assert other.check("http://portal/")
    assert refused(other, "http://khac.vidu.example/") == "private_address"
    assert refused(other, "http://portal:8080/") == "port"
    assert refused(other, "http://10.2.9.9/") == "private_address"


@pytest.mark.parametrize("allow", ["10.1.0.0/99", "a/b", "http://portal/", "a@b", "portal:x", "0x7f.1", "*.vidu.vn"])
def test_an_allowance_that_is_none_is_named(allow: str) -> None:
    with pytest.raises(ValueError, match="“"):
        Guard.of(allow)


def test_a_name_that_is_not_found_is_said_to_be_so() -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    assert refused(Guard.of(resolve=nowhere), "https://cong.vidu.example/") == "unknown_host"
    # a proxy may know it; what the address itself tells still holds
    by_proxy = Guard.of(resolve=nowhere, by_proxy=True)
    assert by_proxy.check("https://cong.vidu.example/").addresses == ()
    assert refused(by_proxy, "http://10.0.0.1/") == "private_address"
    assert refused(by_proxy, "http://portal/") == "private_address"
    inside = Guard.of(resolve=lambda _host, _port: ["10.0.0.1"], by_proxy=True)
    assert refused(inside, "https://cong.vidu.example/") == "private_address"


def test_what_is_shown_of_an_address_has_no_query_and_no_password() -> None:
    assert shown("https://lan:bimat@cong.vidu.example:8443/rss?token=bimat#bimat") == "cong.vidu.example/rss"


def test_every_private_network_that_python_knows_is_inside() -> None:
    for network in ipaddress._IPv4Constants._private_networks + ipaddress._IPv6Constants._private_networks:
        for machine in (network[0], network[-1]):
            if not machine.is_global:
                assert refused(always(str(machine)), "https://cong.vidu.example/") == "private_address"
