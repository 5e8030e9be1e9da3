"""Where links lead: official domains, and no pretending (domain 2.7).

Betting pages carry "gov.vn" in their addresses and texts. So a host is held against the plan's list from its
end, and whatever makes an address look like another one blocks.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, urlsplit

from content.checks.blanks import is_blank
from content.checks.values import Drawn, Finding, Words, texts_of, warn
from content.plan import Plan

_SHORTENERS_WRITTEN = (
    "bit.ly bitly.com tinyurl.com goo.gl t.co is.gd v.gd ow.ly cutt.ly rebrand.ly buff.ly rb.gy t.ly tiny.cc "
    "shorturl.at shorturl.asia by.com.vn s.id lnkd.in adf.ly bom.so short.gy 1url.vn me2.do urlvn.net"
)
SHORTENERS = frozenset(_SHORTENERS_WRITTEN.split())
DOMAINS_SHOWN = 6
_LINK = re.compile(r"[a-z][a-z0-9+-]{0,19}://[^\s<>\"“”()\[\]]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@./-])(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:vn|com|net|org|info|biz|edu|top|xyz|site|online|shop|club|live|app|me|"
    r"io|co|cc|ly|gl|gd|gy|at|link|click|vip|win|bet)(?::\d+)?(?:/[^\s<>\"“”()\[\]]*)?(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_WEB = ("http", "https")
_LABEL_END = ".,;:!?…"


def find_link_faults(post: Words, plan: Plan, drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """Every address in the texts, the source, the links and the pictures."""
    fields = [*texts_of(post), ("source", post.source)]
    fields += [(f"assets ({picture.file})", text) for picture in drawn for text in picture.texts]
    for field, text in fields:
        for address in dict.fromkeys(_addresses(text)):
            yield from _judge(field, address, plan)
    single = [(f"variants.{platform}.link", str(one.get("link") or "")) for platform, one in post.variants.items()]
    for field, address in [("source_url", post.source_url), *single]:
        yield from _field(field, address.strip(), plan)


def _addresses(text: str) -> Iterator[str]:
    """Addresses with their scheme, then those that a platform makes a link of by itself."""
    for found in _LINK.finditer(text):
        yield found.group().rstrip(_LABEL_END)
    for found in _BARE.finditer(_LINK.sub(" ", text)):
        yield found.group().rstrip(_LABEL_END)


def _field(field: str, address: str, plan: Plan) -> Iterator[Finding]:
    """A field that is one address and nothing else."""
    if not address or is_blank(address):
        return
    if not (_LINK.fullmatch(address) and address.lower().startswith(("http://", "https://"))):
        yield Finding(field, f"“{address}” không phải địa chỉ trang; hãy viết đủ https://…")
        return
    yield from _judge(field, address, plan)


def _judge(field: str, address: str, plan: Plan) -> Iterator[Finding]:
    parts = _split(address)
    host = (parts.hostname or "").rstrip(".") if parts else ""
    if parts is None or not host:
        yield Finding(field, f"không đọc được địa chỉ “{address}”; hãy mở trang rồi chép lại địa chỉ.")
        return
    if parts.scheme not in _WEB:
        yield warn(field, f"“{address}” không phải liên kết trang mạng; hãy dùng địa chỉ bắt đầu bằng https://.")
        return
    disguise = _disguise(parts, host, plan)
    if disguise:
        yield Finding(field, disguise)
        return
    yield from _doubts(field, parts, host, plan)


def _split(address: str) -> SplitResult | None:
    """The parts of an address; a bare host is read as people mean it. None when it cannot be read."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        return parts if parts.port is None or parts.port > 0 else None
    except ValueError:
        return None


def _disguise(parts: SplitResult, host: str, plan: Plan) -> str:
    """Why the address pretends to be another one; "" when it does not."""
    if "@" in parts.netloc or "\\" in parts.netloc:
        return f"liên kết che địa chỉ thật ({host}) sau một tên khác; hãy bỏ phần đứng trước dấu @."
    if host.startswith("xn--") or ".xn--" in host:
        return f"tên miền {host} viết bằng mã xn-- nên người đọc không thấy tên thật; hãy dùng địa chỉ chính thức."
    if any(letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN ") for letter in host):
        return f"tên miền {host} có chữ của hệ chữ khác, trông giống mà không phải; hãy gõ lại địa chỉ chính thức."
    domains = [domain for domain in _domains(plan) if "/" not in domain]  # a page's host is not the office's own
    for domain in [] if any(_is_below(host, domain) for domain in domains) else domains:
        if _imitates(host, domain):
            return (
                f"tên miền {host} giả dạng {domain}; hãy dùng địa chỉ chính thức. Bài cảnh báo trang giả thì viết "
                f"tách dấu chấm, như {host.replace('.', '[.]')}, để không ai bấm nhầm."
            )
    return ""


def _imitates(host: str, domain: str) -> bool:
    """Whether the domain stands in the host as a part of its own: gov.vn.example.com, x-gov.vn, gov-vn.com, govvn.com.

    Another name that only ends alike ("egov.vn") is another domain, not a disguise.
    """
    parts = "|".join(re.escape(domain.replace(".", joint)) for joint in (".", "-", ""))
    return re.search(rf"(?:^|[.-])(?:{parts})(?:[.-]|$)", host) is not None


def _doubts(field: str, parts: SplitResult, host: str, plan: Plan) -> Iterator[Finding]:
    if host in SHORTENERS:
        yield warn(field, f"liên kết rút gọn ({host}) giấu trang đích; hãy dùng địa chỉ đầy đủ.")
    elif not _is_allowed(parts, host, plan):
        domains = _domains(plan)
        allowed = ", ".join(domains[:DOMAINS_SHOWN]) + ("…" if len(domains) > DOMAINS_SHOWN else "")
        yield warn(
            field,
            f"liên kết tới {host} nằm ngoài danh sách tên miền cho phép ({allowed}); hãy dùng trang chính thức, "
            "hoặc nhờ quản trị thêm tên miền vào link_domains trong plan.yml; trang riêng của cơ quan trên một mạng xã "
            "hội thì thêm cả phần sau dấu / (như example.com/ten-trang).",
        )
    if parts.scheme == "http":
        yield warn(field, f"liên kết tới {host} dùng http; hãy dùng https.")
    if parts.port not in (None, 443, 80):
        yield warn(field, f"liên kết tới {host} dùng cổng lạ ({parts.port}); hãy hỏi lại địa chỉ chính thức.")


def _domains(plan: Plan) -> list[str]:
    """What may be linked to: domains, and single pages of others ("example.com/ten-trang")."""
    written = (domain.casefold().strip(". ").removeprefix("https://").rstrip("/") for domain in plan.link_domains)
    return [domain for domain in written if domain]


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_allowed(parts: SplitResult, host: str, plan: Plan) -> bool:
    path = parts.path.casefold() + "/"
    is_plain = ".." not in path and "%" not in path  # else it may lead out of the page again
    for domain in _domains(plan):
        name, slash, page = domain.partition("/")
        if _is_below(host, name) and (not slash or (is_plain and path.startswith(f"/{page}/"))):
            return True
    return False
