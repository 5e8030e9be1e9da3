"""The pages inside an evidence file: HTML without scripts that opens from a folder, without any server."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment

from content.vietnamese import MISSING, day, number
from reports.evidence.outside import Outside
from reports.evidence.tables import ROLES
from reports.evidence.values import BASIS_WORDS, MANIFEST, SUMS, Asked, Basis, Counts, Item, Listed
from reports.phrases import METRIC_WORDS
from reports.templating import environment as environment_of

README_WORDS = """{heading} - CÁCH KIỂM TRA KHÔNG CẦN CHƯƠNG TRÌNH CỦA CHÚNG TÔI

Kỳ {label}.

1. Giải nén toàn bộ gói vào một thư mục. Mở index.html để đọc; không cần mạng, không có tập lệnh.

2. Kiểm tra từng tệp còn nguyên:
   - Linux, macOS: mở cửa sổ lệnh trong thư mục đó, chạy
         sha256sum -c {sums}
     Mọi dòng phải ghi OK (trên máy dùng tiếng Việt có thể là THÀNH CÔNG).
   - Windows: certutil -hashfile "tên tệp" SHA256
     rồi so với dòng của tệp đó trong {sums}.

3. Kiểm tra danh mục không bị thay:
         sha256sum {manifest}          (Windows: certutil -hashfile {manifest} SHA256)
   Kết quả phải đúng bằng mã kiểm chứng đã ghi vào sổ của cơ quan khi lập hồ sơ. {manifest} ghi mã băm SHA-256 và
   số byte của mọi tệp khác trong gói, kể cả {sums}. Mã này không nằm trong gói: phải lấy từ sổ.

4. Có chương trình thì chạy: {command}

Cùng kỳ, cùng thời điểm chốt, cùng phiên bản chương trình thì lập lại cho ra đúng gói này.
Phần chữ ở thư mục bai/ được dựng lại từ nội dung lưu dưới mã băm đã gửi; cột “Căn cứ của nội dung” nói rõ từng mục.
Gói không có thông tin cá nhân của người theo dõi, người bình luận; tên cán bộ chỉ theo nhiệm vụ.
"""
DATA_WORDS = """
Thư mục du-lieu/ là dữ liệu để đọc lại bằng chương trình khác: mỗi tệp .jsonl là văn bản UTF-8, mỗi dòng là một đối
tượng JSON; thời gian có kèm múi giờ, chỗ không có số liệu là null. Mở được bằng mọi trình soạn thảo văn bản.
"""


def readme(asked: Asked, name: str = "") -> str:
    """How to check the file without this program. `name`: of another kind of package than an evidence file."""
    command = "cchc records check TỆP.zip" if name else "cchc evidence verify TỆP.zip --hash MÃ_TRONG_SỔ"
    words = README_WORDS + (DATA_WORDS if name else "")
    return words.format(
        heading=(name or "Hồ sơ kiểm chứng").upper(), command=command, label=asked.label, sums=SUMS, manifest=MANIFEST
    )


def item_page(item: Item) -> bytes:
    """One publication's page."""
    template = _environment().get_template("evidence_item.html.j2")
    basis = BASIS_WORDS[Basis(item.basis)]
    return template.render(item=item, basis=basis, roles=ROLES, metrics=METRIC_WORDS).encode()


def style() -> bytes:
    """The style sheet that the publications' pages share."""
    return _environment().get_template("evidence.css").render().encode()


def index(
    asked: Asked, counts: Counts, items: Iterable[Item],
    activities: Sequence[tuple[Outside, Sequence[tuple[str, str]]]], notes: Sequence[str], *, name: str = "",
    listed: Sequence[Listed] = (),
) -> Iterator[bytes]:  # fmt: skip
    """The front page, piece by piece."""
    stream = _environment().get_template("evidence_index.html.j2").stream(
        asked=asked, counts=counts, items=items, activities=activities, notes=notes, name=name or "Hồ sơ kiểm chứng",
        listed=listed,
    )  # fmt: skip
    stream.enable_buffering(200)
    return (piece.encode() for piece in stream)


@cache
def _environment() -> Environment:
    environment = environment_of()
    environment.filters |= {"number": number, "shown": _shown, "address": _address, "figure": _figure}
    environment.filters["day"] = lambda text: day(date.fromisoformat(text))
    return environment


def _shown(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%H:%M:%S %d/%m/%Y") if text else MISSING


def _address(link: str) -> str:
    """A link that a reader may follow: nothing but the web's own."""
    try:
        return link if urlsplit(link).scheme in ("http", "https") else "#"
    except ValueError:
        return "#"


def _figure(item: Item, metric: str) -> str:
    return number(next((one.value for one in item.figures if one.metric == metric), None))
