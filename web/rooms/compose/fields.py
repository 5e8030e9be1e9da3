"""The form of a post: from what came to its fields, and from the fields to what the form shows.

Names: those of the table; per platform p `v.{p}.title|summary|text|link|first_comment` and `v.{p}.o.{option}`; the
assets `a.{n}.sha256|role|platform|alt`, in the order of n.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from connectors import CONNECTORS
from content.checks import FORMS
from content.editing import MOST, ROLES, AssetUse, PostFields
from content.plan import Plan
from content.vietnamese import nfc
from web.forms import Form, one_line
from web.options import options_of, read_options, shown
from web.rooms.compose import rules
from web.words import say

ASSETS_MOST = 60
LIST_MOST = 40
"""Entries of a list, at most: documents, hashtags."""
LINE_MOST = 500
VARIANT_TEXTS = {
    "title": ("Tiêu đề riêng", 300),
    "summary": ("Tóm tắt", 2_000),
    "text": ("Nội dung riêng", 70_000),
    "link": ("Liên kết", 2_000),
    "first_comment": ("Bình luận đầu tiên", 10_000),
}
"""What a platform may have of its own: label and most characters."""
ROLE_WORDS = {"image": "Ảnh trong bài", "cover": "Ảnh đại diện", "video": "Video"}
_ASSET = re.compile(r"a\.(\d{1,4})\.sha256")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_fields(
    form: Form, plan: Plan, platforms: Sequence[str] = tuple(CONNECTORS), *, before: PostFields | None = None
) -> PostFields:
    """What came, NFC and within its limits; what is wrong stands in `form.errors`, under the fields' names.

    `before` is the post as it stands: where a form shows the same words, they stay exactly as they are.
    """
    # an agency that has left the register stays with its post
    agencies = {one.code for one in plan.agencies} | ({before.agency} if before else set())
    chosen = form.choices("platforms", "Kênh đăng", platforms)
    told = rules.read_rules(form)
    read = PostFields(
        title=form.text("title", "Tiêu đề", most=MOST["title"]),
        body=form.long_text("body", "Nội dung", most=MOST["body"]),
        topic=form.choice("topic", "Nội dung tuyên truyền", plan.letters, required=False),
        form=form.choice("form", "Hình thức", FORMS, required=False) or "van_ban",
        audiences=tuple(form.choices("audiences", "Đối tượng", [one.code for one in plan.audiences])),
        source=form.text("source", "Nguồn", most=MOST["source"]),
        source_url=form.text("source_url", "Địa chỉ bài gốc", most=MOST["source_url"]),
        legal_refs=_legal_refs(form),
        hashtags=_hashtags(form),
        platforms=tuple(chosen),
        variants=_variants(form, chosen),
        sensitive=form.yes("sensitive"),
        evergreen=form.yes("evergreen"),
        allowed_in_pause=form.yes("allowed_in_pause"),
        valid_from=form.day("valid_from", "Dùng từ ngày"),
        valid_to=form.day("valid_to", "Dùng đến hết ngày"),
        **(told if before is None else rules.one_order(told, before)),
        agency=form.choice("agency", "Cơ quan, đơn vị", agencies, required=False),
        assets=_assets(form, platforms),
    )
    return read if before is None else _settled(read, before)


def start_of(fields: PostFields) -> dict[str, Any]:
    """What the form shows of these fields: `Form(**start_of(fields))`."""
    start: dict[str, Any] = {one.name: getattr(fields, one.name) for one in dataclass_fields(PostFields)}
    for name in ("assets", "variants", *rules.FIELDS):
        del start[name]
    start |= rules.start_of_rules(fields)
    for name in ("sensitive", "evergreen", "allowed_in_pause"):
        start[name] = "1" if start[name] else ""
    for name in ("valid_from", "valid_to"):
        start[name] = start[name].isoformat() if start[name] else ""
    start |= {"legal_refs": "\n".join(fields.legal_refs), "hashtags": " ".join(fields.hashtags)}
    for platform, variant in fields.variants.items():
        start |= {f"v.{platform}.{name}": variant[name] for name in VARIANT_TEXTS if variant.get(name)}
        if platform in CONNECTORS:
            start |= _options(platform, variant.get("options", {}))
    for place, use in enumerate(fields.assets):
        start |= {f"a.{place}.{name}": getattr(use, name) for name in ("sha256", "role", "platform", "alt")}
    return start


def _options(platform: str, chosen: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"v.{platform}.o.{one.name}": shown(one, chosen[one.name]) for one in options_of(platform) if one.name in chosen
    }


def _variants(form: Form, platforms: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Only of the platforms that are chosen, and only what says something."""
    found: dict[str, dict[str, Any]] = {}
    for platform in platforms:
        variant: dict[str, Any] = {}
        for name, (label, most) in VARIANT_TEXTS.items():
            read = form.long_text if name in ("text", "first_comment", "summary") else form.text
            if value := read(f"v.{platform}.{name}", label, most=most):
                variant[name] = value
        if options := read_options(form, platform, f"v.{platform}.o."):
            variant["options"] = options
        if variant:
            found[platform] = variant
    return found


def legal_lines(form: Form) -> list[str]:
    """The documents as the form shows them: one input each, or one a line."""
    told = "\n".join(form.raws("legal_refs")) if form.data is not None else form.raw("legal_refs")
    found = [one_line(nfc(one)) for one in re.split(r"[\r\n]+", told)]
    return list(dict.fromkeys(one for one in found if one))


def _legal_refs(form: Form) -> tuple[str, ...]:
    found = legal_lines(form)
    if any(len(one) > LINE_MOST for one in found):
        form.fail("legal_refs", say("“{label}”: mỗi dòng tối đa {most} ký tự.", label="Văn bản căn cứ", most=LINE_MOST))
    return _few(form, "legal_refs", "Văn bản căn cứ", [one[:LINE_MOST] for one in found])


def _hashtags(form: Form) -> tuple[str, ...]:
    """Words, with or without the sign; people see it with the sign."""
    words = re.split(r"[\s,;]+", form.long_text("hashtags", "Thẻ", most=5_000))
    return _few(form, "hashtags", "Thẻ", [f"#{bare}" for one in words if (bare := one.strip("#"))])


def _few(form: Form, name: str, label: str, values: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(values))
    if len(found) > LIST_MOST:
        form.fail(
            name, say("“{label}” có {count} mục; tối đa {most} mục.", label=label, count=len(found), most=LIST_MOST)
        )
    return found[:LIST_MOST]


def _assets(form: Form, platforms: Sequence[str]) -> tuple[AssetUse, ...]:
    names = form.data.keys() if form.data is not None else form.start
    places = sorted(int(found[1]) for name in names if (found := _ASSET.fullmatch(name)))
    if len(places) > ASSETS_MOST:
        form.fail("assets", say("Bài có {count} ảnh, video; tối đa {most}.", count=len(places), most=ASSETS_MOST))
    uses: list[AssetUse] = []
    for place in places[:ASSETS_MOST]:
        field = f"a.{place}"
        sha256 = form.raw(f"{field}.sha256").strip()
        if not _SHA256.fullmatch(sha256):
            form.fail("assets", say("Không nhận ra một tư liệu của bài; hãy bỏ ảnh hoặc video đó rồi chọn lại."))
            continue
        role = form.choice(f"{field}.role", "Vai trò", ROLES)
        platform = form.choice(f"{field}.platform", "Kênh", platforms, required=False)
        alt = form.text(f"{field}.alt", "Văn bản thay thế", most=1_000)
        uses.append(AssetUse(sha256, role or "image", platform, alt))
    return tuple(uses)


# What a form cannot show ---------------------------------------------------------------------------------


def _settled(read: PostFields, before: PostFields) -> PostFields:
    """Where the post as it stands would show in the form as what came, it stays: saving alone changes nothing."""
    own = {
        one.name: _settle(getattr(read, one.name), getattr(before, one.name)) for one in dataclass_fields(PostFields)
    }
    variants = dict(own["variants"])
    for platform, old in before.variants.items():
        if not old and platform in read.platforms:
            variants.setdefault(platform, {})
    return replace(read, **{**own, "variants": variants})


def _settle(new: Any, old: Any) -> Any:
    if isinstance(new, str) and isinstance(old, str):
        plain = nfc(old.replace("\r\n", "\n").replace("\r", "\n")).strip()
        return old if new in (plain, one_line(plain)) else new
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return {name: _settle(value, old.get(name)) for name, value in new.items()}
    if isinstance(new, tuple) and isinstance(old, tuple) and len(new) == len(old):
        return tuple(map(_settle, new, old))
    return old if new == old else new
