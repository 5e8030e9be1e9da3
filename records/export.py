"""The audit log handed out: a folder that whoever gets it can check without this product.

JSONL holds every entry with the row that it seals, for checking; CSV the entries alone, for reading in a table program.
"""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import col

from connectors.http import redact
from content.exchange.values import harmless
from content.vietnamese import moment, number
from records.canonical import read_rows, text_of
from records.chain import NAMES, PROVEN, entries_after
from records.chain_tables import AuditEntry
from records.sources import BY_TABLE, Row, Stage
from scheduler.db import looking

BATCH = 500
JSONL, CSV, MANIFEST, README, CHECK = "nhat-ky.jsonl", "nhat-ky.csv", "manifest.json", "DOC-TRUOC.txt", "kiem_tra.py"
Line = tuple[Row, Row | None]
"""An entry and the row it seals; None where the row is gone."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    files: tuple[Path, ...]
    entries: int
    first: int
    last: int


def export(engine: Engine, folder: Path, since: datetime, until: datetime, *, now: datetime) -> Exported:
    """Write the entries of [since, until) into `folder`, which is made; all times are aware.

    From the first to the last entry of that time the chain is handed out whole, so that it can be checked. Raises
    `FileExistsError` when there is such an export already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, last = _span(engine, since, until)
    count = 0
    with (folder / JSONL).open("x", encoding="utf-8", newline="\n") as lines, (
        folder / CSV
    ).open("x", encoding="utf-8-sig", newline="") as rows:  # fmt: skip
        table = csv.writer(rows, lineterminator="\r\n")
        table.writerow(NAMES)
        for entry, row in _read(engine, first, last):
            lines.write(text_of(_line(entry, row)) + "\n")
            table.writerow([harmless(entry[name]) for name in NAMES])
            count += 1
    (folder / CHECK).write_text(_CHECK, encoding="utf-8", newline="\n")
    done = Exported((folder / JSONL, folder / CSV, folder / CHECK), count, first, last)
    facts = {
        "format": 1, "made_at": now.isoformat(), "from": since.isoformat(), "until": until.isoformat(),
        "entries": count, "first": first, "last": last, "head": _hash_of(engine, last),
        "files": {path.name: _sha256(path) for path in done.files},
    }  # fmt: skip
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")
    readme = folder / README
    readme.write_text(_readme(facts, _sha256(manifest), since, until), encoding="utf-8", newline="\n")
    return Exported((*done.files, manifest, readme), count, first, last)


def _span(engine: Engine, since: datetime, until: datetime) -> tuple[int, int]:
    """The first and the last entry of that time; (1, 0) when there is none."""
    sequence = col(AuditEntry.sequence)
    among = (col(AuditEntry.at) >= since, col(AuditEntry.at) < until)
    with looking(engine) as connection:
        first, last = connection.execute(select(func.min(sequence), func.max(sequence)).where(*among)).one()
    return (first, last) if first is not None else (1, 0)


def _read(engine: Engine, first: int, last: int) -> Iterator[Line]:
    after = first - 1
    while after < last:
        with looking(engine) as connection:
            entries = entries_after(connection, after, min(BATCH, last - after))
            rows = _rows_of(connection, entries)
        for entry in entries:
            yield entry, rows.get((str(entry["source"]), str(entry["stage"]), str(entry["source_id"])))
        if not entries:
            return
        after = int(str(entries[-1]["sequence"]))


def _rows_of(connection: Connection, entries: Sequence[Row]) -> Mapping[tuple[str, str, str], Row]:
    of_stage: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for entry in entries:
        is_known = str(entry["source"]) in BY_TABLE and str(entry["stage"]) in set(Stage)
        if is_known and isinstance(entry["source_id"], int):
            of_stage[str(entry["source"]), str(entry["stage"])].append(entry["source_id"])
    found: dict[tuple[str, str, str], Row] = {}
    for (name, stage), numbers in of_stage.items():
        rows = read_rows(connection, name, BY_TABLE[name].names(Stage(stage)), numbers)
        found |= {(name, stage, str(number_)): row for number_, row in rows.items()}
    return found


def _line(entry: Row, row: Row | None) -> dict[str, Any]:
    """An entry with its row; a row that bears a secret stands apart, with the secret blotted out: no hash fits it."""
    safe = {name: redact(value) if isinstance(value, str) else value for name, value in row.items()} if row else row
    return {"entry": entry, "row": row} if safe == row else {"entry": entry, "row": None, "blotted": safe}


def _hash_of(engine: Engine, sequence: int) -> str:
    with looking(engine) as connection:
        found = connection.scalar(select(col(AuditEntry.hash)).where(col(AuditEntry.sequence) == sequence))
    return f"{sequence}:{found}" if found else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readme(facts: Mapping[str, Any], manifest: str, since: datetime, until: datetime) -> str:
    files = "\n".join(f"{hash_}  {name}" for name, hash_ in facts["files"].items())
    return f"""NHẬT KÝ KIỂM TOÁN, TỪ {moment(since)} ĐẾN TRƯỚC {moment(until)}

Gồm {number(facts["entries"])} mục, từ mục {facts["first"]} đến mục {facts["last"]}.
Giờ trong tệp là giờ UTC (giờ Việt Nam trừ 7 giờ).

{JSONL}: mỗi dòng một mục, kèm dòng gốc mà mục đó niêm phong.
{CSV}: các mục để đọc bằng phần mềm bảng tính.

1. Tệp còn nguyên: chạy sha256sum trên từng tệp rồi so với danh sách sau.

{files}
{manifest}  {MANIFEST}

2. Chuỗi không bị sửa: chạy python3 {CHECK}. Chương trình chỉ dùng thư viện chuẩn của Python; mỗi mục phải có đúng
mã băm của mình, nối tiếp mục đứng trước và đúng với dòng gốc. So đầu chuỗi mà chương trình in ra với đầu chuỗi cơ quan
đã lưu ở nơi khác (bản sao lưu, gói lưu trữ tháng).

Dòng gốc ghi null là dòng đã hết thời hạn lưu hoặc chứa bí mật không được đưa ra ngoài; mã băm của nó vẫn nằm trong
chuỗi. Dòng chứa bí mật được chép ở “blotted”, chỗ bí mật ghi ***; so dòng này với mã băm thì chạy cchc audit verify tại
cơ quan.
"""


_CHECK = f'''import hashlib
import json

PROVEN = {sorted(PROVEN)!r}


def sha256(facts):
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


previous, without = None, 0
for line in open("{JSONL}", encoding="utf-8"):
    told = json.loads(line)
    entry, row = told["entry"], told["row"]
    number, sealed = entry["sequence"], {{"table": entry["source"], "stage": entry["stage"], "row": row}}
    if sha256({{name: entry[name] for name in PROVEN}}) != entry["hash"]:
        raise SystemExit(f"SAI: mục {{number}} không đúng mã băm của mình.")
    if previous not in (None, (number - 1, entry["previous"])):
        raise SystemExit(f"SAI: mục {{number}} không nối tiếp mục đứng trước.")
    if row is not None and sha256(sealed) != entry["leaf"]:
        raise SystemExit(f"SAI: dòng gốc của mục {{number}} không phải dòng đã niêm phong.")
    without += row is None
    previous = (number, entry["hash"])
print("Đúng. Đầu chuỗi:", f"{{previous[0]}}:{{previous[1]}}" if previous else "không có mục nào")
print(f"{{without}} mục không kèm dòng gốc nên chỉ có mã băm của dòng đó.")
'''
