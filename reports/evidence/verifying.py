"""Whether an evidence file is what was made: every file held against the manifest, nothing trusted on the way.

The file comes from anybody. Nothing is unpacked to the disk, no name is followed, and nothing is read beyond what the
manifest allows, so that a small file that swells to terabytes is told and not suffered.
"""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content.errors import ContentError
from content.vietnamese import number
from reports.evidence.making import canonical
from reports.evidence.values import FORMATS, MANIFEST, SUMS

FILES_MOST = 300_000
MANIFEST_MOST = 100 * 1024**2
_STEP = 1 << 20
_END = 22
"""Bytes of the record that ends a ZIP without a comment."""
_ZIP64 = 20
"""Bytes by which the head of a very large file is longer."""
_NAME = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))(?!.*/$)[A-Za-z0-9_][A-Za-z0-9._/-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass
class Verdict:
    """What was found; `problems` are whole Vietnamese sentences."""

    problems: list[str] = field(default_factory=list)
    manifest_sha256: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    files: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(file: Path, expected: str = "") -> Verdict:
    """Hold the file against its own manifest, and the manifest against the hash in the office's book (`expected`).

    Raises `ContentError` when there is no such file, or `expected` is no hash.
    """
    expected = expected.strip().lower()
    if expected and not _SHA256.fullmatch(expected):
        raise ContentError("--hash: mã kiểm chứng gồm 64 chữ số và chữ cái a-f; hãy chép lại từ sổ.")
    if not file.is_file():
        raise ContentError(f"{file}: không có tệp này.")
    found = Verdict()
    try:
        with zipfile.ZipFile(file) as archive:
            _look(archive, file, expected, found)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, struct.error, NotImplementedError, UnicodeDecodeError):
        found.problems.append("Tệp không phải là gói ZIP nguyên vẹn: bị cắt cụt, bị hỏng hoặc không phải ZIP.")
    except OSError as error:
        found.problems.append(f"Không đọc hết được tệp ({error.strerror or error}).")
    return found


def _look(archive: zipfile.ZipFile, file: Path, expected: str, found: Verdict) -> None:
    infos = archive.infolist()
    if len(infos) > FILES_MOST:
        found.problems.append(f"Gói có {number(len(infos))} tệp, nhiều hơn mọi hồ sơ kiểm chứng; không kiểm tra tiếp.")
        return
    found.problems += _container(archive, infos, file)
    told = _manifest(archive, infos, found)
    if told is None:
        return
    if expected and expected != found.manifest_sha256:
        found.problems.append(
            f"Mã kiểm chứng của gói là {found.manifest_sha256}, khác mã trong sổ: danh mục đã bị thay hoặc là gói khác."
        )
    _files(archive, infos, told, found)


# The container ---------------------------------------------------------------------------------------------


def _container(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], file: Path) -> Iterator[str]:
    """What is wrong with the ZIP itself, whatever is inside."""
    with file.open("rb") as opened:
        opened.seek(-min(_END, file.stat().st_size), 2)
        if archive.comment or not opened.read().startswith(b"PK\x05\x06"):
            yield "Cuối gói có lời ghi chú hoặc dữ liệu lạ."
    if infos and min(one.header_offset for one in infos) != 0:
        yield "Trước tệp đầu tiên của gói có dữ liệu lạ."
    for info in infos:
        shown = _shown(info.orig_filename)
        if not _NAME.fullmatch(info.orig_filename) or info.orig_filename != info.filename:
            yield f"{shown}: tên tệp không được phép (đường dẫn ra ngoài, ký tự lạ hoặc quá dài)."
        if info.flag_bits & 0x1:
            yield f"{shown}: tệp bị khóa bằng mật khẩu."
        elif info.compress_type not in _KINDS:
            yield f"{shown}: nén bằng cách lạ."
        if info.external_attr >> 28 not in (0, 8):
            yield f"{shown}: không phải tệp thường (liên kết hoặc thư mục)."
        if info.comment or (info.extra and not _is_zip64(info.extra)):
            yield f"{shown}: có phần ghi thêm lạ."
    for name, times in Counter(one.filename.casefold() for one in infos).items():
        if times > 1:
            yield f"{_shown(name)}: tên này có {times} lần trong gói."
    end = max((one.header_offset + one.compress_size for one in infos), default=0)
    if end > file.stat().st_size:
        yield "Gói bị cắt cụt hoặc mục lục của gói đã bị sửa."
    elif _overlap(infos):
        yield "Các tệp trong gói chồng lên nhau; gói được làm giả để phình to khi giải nén."
    elif _hides(archive, infos):
        yield "Giữa các tệp của gói có dữ liệu lạ, không thuộc tệp nào."


def _is_zip64(extra: bytes) -> bool:
    return extra[:2] == b"\x01\x00" and len(extra) == 4 + int.from_bytes(extra[2:4], "little")


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether two files share bytes: each takes at least its header, its name and what it is packed to."""
    ends = 0
    for one in sorted(infos, key=lambda info: info.header_offset):
        if one.header_offset < ends:
            return True
        ends = one.header_offset + 30 + len(one.orig_filename.encode()) + one.compress_size
    return False


def _hides(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> bool:
    """Whether bytes lie between two files, or between the last one and the table of contents.

    Programs that read a package from its beginning would unpack what is hidden there.
    """
    begins = [*sorted(one.header_offset for one in infos), archive.start_dir]
    for one, after in zip(sorted(infos, key=lambda info: info.header_offset), begins[1:], strict=True):
        ends = one.header_offset + 30 + len(one.orig_filename.encode()) + one.compress_size
        if not 0 <= after - ends <= _ZIP64:
            return True
    return False


# The manifest ----------------------------------------------------------------------------------------------


def _manifest(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], found: Verdict
) -> dict[str, tuple[str, int]] | None:
    """Path -> (hash, bytes) of everything that has to be there, in order; None when it cannot be read."""
    there = [one for one in infos if one.filename == MANIFEST]
    if not there:
        found.problems.append(f"Gói thiếu {MANIFEST} nên không kiểm tra được.")
        return None
    data = _content(archive, there[-1], MANIFEST_MOST)
    if data is None:
        found.problems.append(f"{MANIFEST}: không giải nén được hoặc quá lớn.")
        return None
    found.manifest_sha256 = hashlib.sha256(data).hexdigest()
    try:
        facts = json.loads(data)
        if facts["format"] not in FORMATS:
            found.problems.append(
                f"{MANIFEST}: dạng {_shown(str(facts['format']))} do phiên bản khác lập; cần phiên bản đó."
            )
            return None
        files = {str(one["path"]): (str(one["sha256"]), int(one["size"])) for one in facts["files"]}
        whole = canonical(facts) == data and len(files) == len(facts["files"])
    except (ValueError, TypeError, KeyError, RecursionError):
        found.problems.append(f"{MANIFEST}: không đọc được; danh mục đã bị sửa.")
        return None
    if not whole:
        found.problems.append(f"{MANIFEST}: không đúng dạng chuẩn hoặc ghi một tệp hai lần; danh mục đã bị sửa.")
    found.manifest, found.files = facts, len(files)
    return files


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    """The whole small file; None when it cannot be read or is more than `most`."""
    if info.flag_bits & 0x1 or info.compress_type not in _KINDS:
        return None
    try:
        with archive.open(info) as opened:
            data = opened.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, NotImplementedError):
        return None
    return data if len(data) <= most else None


# The files -------------------------------------------------------------------------------------------------


def _files(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], told: dict[str, tuple[str, int]], found: Verdict
) -> None:  # fmt: skip
    say, there = found.problems.append, {one.filename: one for one in infos}
    for name in told:
        if name not in there:
            say(f"{_shown(name)}: có trong danh mục nhưng thiếu trong gói.")
    for name in there:
        if name not in told and name != MANIFEST:
            say(f"{_shown(name)}: có trong gói nhưng không có trong danh mục; tệp đã bị thêm vào hoặc đổi tên.")
    if [one.filename for one in infos if one.filename in told] != [name for name in told if name in there]:
        say("Thứ tự các tệp trong gói khác danh mục; gói đã được đóng lại.")
    if infos and infos[-1].filename != MANIFEST:
        say(f"{MANIFEST} không đứng cuối gói; gói đã được đóng lại.")
    for name, (digest, size) in told.items():
        if name in there and (words := _differs(archive, there[name], digest, size)):
            say(f"{_shown(name)}: {words}")
    _sums(archive, there, told, found)


def _differs(archive: zipfile.ZipFile, info: zipfile.ZipInfo, digest: str, size: int) -> str:
    """What is wrong with one file; "" when it is as it was. Never more than `size` bytes are read of it."""
    if info.flag_bits & 0x1 or info.compress_type not in _KINDS:
        return "không đọc được."
    if info.file_size != size:
        return f"dài {number(info.file_size)} byte, danh mục ghi {number(size)} byte; tệp đã bị thay đổi."
    hashed, left = hashlib.sha256(), size + 1
    try:
        with archive.open(info) as opened:
            while left > 0 and (piece := opened.read(min(_STEP, left))):
                hashed.update(piece)
                left -= len(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, NotImplementedError):
        return "không giải nén được; tệp đã bị thay đổi hoặc bị hỏng."
    if left != 1:
        return "không dài như danh mục ghi; tệp đã bị thay đổi."
    return "" if hashed.hexdigest() == digest else "nội dung không đúng mã băm trong danh mục; tệp đã bị thay đổi."


def _sums(
    archive: zipfile.ZipFile, there: Mapping[str, zipfile.ZipInfo], told: Mapping[str, tuple[str, int]], found: Verdict
) -> None:  # fmt: skip
    """What people check without us has to say the same as the manifest."""
    data = _content(archive, there[SUMS], MANIFEST_MOST) if SUMS in there else None
    wanted = "".join(f"{digest}  {name}\n" for name, (digest, _size) in told.items() if name != SUMS)
    if data is not None and data != wanted.encode():
        found.problems.append(f"{SUMS} nói khác {MANIFEST}.")


def _shown(name: str) -> str:
    """A name as it may be printed: no control characters, no end of it that fills the screen."""
    clean = "".join(sign if sign.isprintable() else "�" for sign in name)
    return clean if len(clean) <= 150 else f"{clean[:149]}…"
