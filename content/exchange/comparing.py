"""A table beside the library: which rows are new, the same, or left alone, and what exactly a row would change."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session

from content.checks import AssetPlace
from content.editorial import STATE_WORDS
from content.exchange.columns import VARIANT_COLUMNS, Header, Place, header_of
from content.exchange.keeping import FIELDS, Stored, has_column, placed_as, with_kept
from content.exchange.rows import Compared, Problem, Row, findings_of
from content.exchange.shelf import places_of
from content.exchange.values import LATE, yes_no_cell
from content.library import Placed, digest_of, is_of_the_desk, posts_by_key
from content.plan import Plan
from content.postfile import Head, Late, PostFile
from content.tables import Editorial, LateRule, Post

_COUNTS = ("repeat_days", "repeat_most", "series_part")
"""Numbers of which zero means that nothing was said."""
_DEFAULTS: dict[str, Any] = {"series": "", "late_rule": LateRule.EXPIRE, "late_minutes": Late().minutes} | {
    name: one.get_default(call_default_factory=True) for name, one in Head.model_fields.items() if not one.is_required()
}
_LEFT = "{key}: bài đã được soạn hoặc sửa trên trang Soạn bài nên giữ nguyên, không lấy lời ở dòng này."
_NOTHING: tuple[Any, ...] = ("", None, [], {})
_APPROVAL_ENDS = {
    Editorial.APPROVED: "sửa thì trở lại bản nháp, lần duyệt hết hiệu lực và phải trình duyệt lại.",
    Editorial.SUBMITTED: "sửa thì trở lại bản nháp và phải trình duyệt lại.",
}


def compare(session: Session, rows: Sequence[Row], header: Header, plan: Plan) -> None:
    """Say of each row whether it is new, changed or the same, and of a change all it does; may be asked again."""
    have = posts_by_key(session, [row.key for row in rows])
    stored: defaultdict[int, list[Any]] = defaultdict(list)
    for place, asset in places_of(session, sorted(post.id or 0 for post in have.values())):
        stored[place.post_id].append((place, asset))
    for row in rows:
        if row.post is None:
            continue
        old = have.get(row.key)
        if old is None:
            row.compared = Compared("new", row.post, row.placed, row.findings)
        else:
            row.compared = _beside(row, row.post, old, stored[old.id or 0], header, plan)


def _beside(row: Row, post: PostFile, old: Post, stored: Stored, header: Header, plan: Plan) -> Compared:
    whole, placed = with_kept(post, row.placed, old, stored, header)
    findings = row.findings
    if (whole, placed) != (post, row.placed):
        places = [AssetPlace(one.role, one.alt, one.file.name) for one in placed]
        findings = findings_of(row, whole, places, header, plan)
    if old.content_hash == digest_of(whole, placed):
        return Compared("same", whole, placed, findings)
    if is_of_the_desk(old):
        words = _LEFT.format(key=old.key) + ("" if row.named else " Nếu là bài khác, hãy ghi mã riêng.")
        return Compared("left", whole, placed, findings, [Problem(row.number, header.name(Place("key")), words, False)])
    told = [Problem(row.number, "", _told(whole, placed, old, stored, header), False)]
    told += [Problem(row.number, header.name(Place("key")), *one) for one in _warnings(row, old)]
    return Compared("changed", whole, placed, findings, told)


def _warnings(row: Row, old: Post) -> Iterator[tuple[str, bool]]:
    """What a person should know before the post in the library is overwritten, and whether it may not be."""
    assert row.post is not None
    if not row.named and old.file != row.post.file:
        yield (
            f"mã tự đặt “{row.key}” trùng với một bài đã có (từ {old.file or 'nguồn khác'}); "
            "nếu là bài khác, hãy ghi mã riêng; nếu muốn sửa bài đó, hãy ghi đúng mã này vào cột.",
            True,
        )
    if words := _APPROVAL_ENDS.get(Editorial(old.state)):
        yield f"bài đang ở trạng thái “{STATE_WORDS[Editorial(old.state)]}”; {words}", False
    if row.named and old.file.endswith(".md"):
        yield f"bài đang lấy từ tệp {old.file}; lần nạp thư viện sau sẽ trở lại lời trong tệp đó.", False


# What changes, in words ----------------------------------------------------------------------------------


def _told(post: PostFile, placed: Sequence[Placed], old: Post, stored: Stored, header: Header) -> str:
    """ "d-giay-hen, sửa: tiêu đề; trở lại mặc định: nhạy cảm (Không); bỏ: …; giữ nguyên vì bảng không có cột: …" """
    before = _values(old, [placed_as(*one) for one in stored])
    after = _values(post, placed)
    changed: list[str] = []
    default: list[str] = []
    gone: list[str] = []
    kept: list[str] = []
    for place in dict.fromkeys((*before, *after)):
        had, has, usual = before.get(place), after.get(place), _usual(place)
        name = header_of(place) if place.platform else header_of(place).lower()
        if had == has:
            if has != usual and has not in _NOTHING and not has_column(header, place.field, place.platform):
                kept.append(name)
        elif has == usual and has not in _NOTHING:
            default.append(f"{name} ({_shown(place, has)})")
        elif has in _NOTHING:
            gone.append(name)
        else:
            changed.append(name)
    groups = {
        "sửa": changed,
        "trở lại mặc định": default,
        "bỏ": gone,
        "giữ nguyên vì bảng không có cột": kept,
    }
    return f"{post.key}, " + "; ".join(f"{word}: {', '.join(names)}" for word, names in groups.items() if names) + "."


def _values(post: PostFile | Post, placed: Sequence[Placed]) -> dict[Place, Any]:
    """Every value of a post by the column it stands in."""
    found: dict[Place, Any] = {Place(name): getattr(post, name) for name in FIELDS}
    found |= {Place(name): getattr(post, name) or None for name in _COUNTS}
    for platform, variant in post.variants.items():
        found |= {Place(one.field, platform): variant[one.field] for one in VARIANT_COLUMNS if one.field in variant}
    for one in sorted(placed, key=lambda one: one.role):  # pictures and films share a column; the order is each one's
        names, alts = ("cover", "cover_alt") if one.role == "cover" else ("image", "alt")
        found.setdefault(Place(names, one.platform), []).append(one.file.sha256)
        found.setdefault(Place(alts, one.platform), []).append(one.alt)
    return found


def _usual(place: Place) -> Any:
    return None if place.platform else _DEFAULTS.get(place.field)


def _shown(place: Place, value: Any) -> str:
    if isinstance(value, bool):
        return yes_no_cell(value)
    return LATE[str(value)] if place.field == "late_rule" else str(value)
