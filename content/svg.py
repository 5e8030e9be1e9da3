"""A stranger's SVG, written anew: only shapes, groups, gradients and clips we know, and all of them counted.

The renderer opens files that an `<image>` names, and its time doubles with every level of nested masks. So nothing
of the original reaches it but numbers, colours and references inside the file; style sheets become attributes.
"""

import math
import re
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from content.errors import ContentError

NAMESPACE = "http://www.w3.org/2000/svg"
MAX_BYTES = 400_000
MAX_WORK = 3_000
"""Drawn elements, with everything that `use`, clips and masks repeat: about 1 ms each, a long path counts for more."""
LETTERS_PER_WORK = 200
MAX_STYLE = 20_000
"""Letters of style sheets."""
MAX_LAYERS = 120
"""Groups the renderer needs a sheet of its own for (opacity, clips, masks), counted the same way: about 10 ms each."""
MAX_DEPTH = 40
"""Levels of groups, and of references that lead to references."""

_SHAPES = frozenset(("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"))
_HOLDERS = frozenset(("g", "defs", "symbol", "use", "clipPath", "mask", "linearGradient", "radialGradient", "stop"))
_SILENT = frozenset(("title", "desc", "metadata", "style"))
_UNDRAWN = frozenset(("defs", "symbol", "clipPath", "mask", "linearGradient", "radialGradient"))
_REFUSED = {
    **dict.fromkeys(
        ("text", "tspan", "textPath", "font", "font-face"),
        "có chữ cần phông riêng; hãy chuyển chữ thành nét (convert to path) rồi xuất lại.",
    ),
    **dict.fromkeys(("image", "feImage"), "có ảnh nhúng hoặc trỏ tới tệp khác; hãy dùng PNG hoặc vẽ lại bằng nét."),
    **dict.fromkeys(
        ("script", "foreignObject", "animate", "animateMotion", "animateTransform", "set", "handler", "listener"),
        "có mã lệnh hoặc nội dung động; hãy xuất lại thành SVG tĩnh.",
    ),
    **dict.fromkeys(("filter", "pattern", "marker"), "có hiệu ứng (filter, pattern, marker); hãy xuất lại thành PNG."),
}
_GEOMETRY = (
    "id d x y x1 y1 x2 y2 cx cy r rx ry fx fy fr width height points transform viewBox preserveAspectRatio offset "
    "gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits"
)
_APPEARANCE = (
    "fill fill-opacity fill-rule clip-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin "
    "stroke-miterlimit opacity stop-color stop-opacity clip-path mask mask-type display visibility color"
)
_LOOKS = frozenset(_APPEARANCE.split())
_KEPT = frozenset(_GEOMETRY.split()) | _LOOKS
_INSIDE = re.compile(r"""url\(\s*['"]?#(?P<id>[^'"()\s]+)['"]?\s*\)[^()]*""")
_STYLE = "có bảng kiểu (style) phức tạp; hãy xuất lại với thuộc tính trình bày (presentation attributes)."


class _Refused(Exception):
    """Why a file is not drawn, in words that follow the file's name."""


def clean_svg(data: bytes, name: str) -> tuple[str, float, float]:
    """A harmless SVG of the same picture, and its width and height in its own units.

    Raises ContentError naming the file for anything that is no plain drawing. Nothing is fetched.
    """
    try:
        if len(data) > MAX_BYTES:
            raise _Refused("nặng hơn 400 KB; hãy xuất lại gọn hơn hoặc dùng PNG.")
        root = _parsed(data)
        width, height, box = _sheet(root)
        styles = _classes(root)
        clean = Element("svg", {**_attributes(root, styles), "xmlns": NAMESPACE, "viewBox": box})
        for gone in ("width", "height", "x", "y", "id"):
            clean.attrib.pop(gone, None)
        _copy(root, clean, styles, 1)
        _count(clean)
    except _Refused as error:
        raise ContentError(f"{name}: SVG {error}") from error
    return tostring(clean, encoding="unicode"), width, height


def _parsed(data: bytes) -> Element:
    try:
        root: Element = fromstring(data)
    except DefusedXmlException as error:
        raise _Refused("khai báo thực thể (ENTITY), không được nhận; hãy xuất lại thành SVG thuần.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _Refused("hỏng hoặc không phải SVG; hãy xuất lại.") from error
    if _tag(root) != "svg":
        raise _Refused("hỏng hoặc không phải SVG; hãy xuất lại.")
    return root


def _tag(element: Element) -> str:
    """The name of an SVG element; "" for what editing programs add in namespaces of their own."""
    tag = str(element.tag)
    if tag.startswith(f"{{{NAMESPACE}}}"):
        return tag.removeprefix(f"{{{NAMESPACE}}}")
    return "" if tag.startswith("{") else tag


def _sheet(root: Element) -> tuple[float, float, str]:
    """Width, height and viewBox of the drawing."""
    written = root.get("viewBox") or f"0 0 {root.get('width', '')} {root.get('height', '')}"
    try:
        left, top, width, height = (float(part.removesuffix("px")) for part in written.replace(",", " ").split())
    except ValueError as error:
        raise _Refused("thiếu khung vẽ (viewBox); hãy xuất lại với viewBox.") from error
    if not all(math.isfinite(value) and abs(value) < 1e6 for value in (left, top, width, height)):
        raise _Refused("có kích thước quá lớn; hãy xuất lại với khung vẽ nhỏ hơn.")
    if width <= 0 or height <= 0:
        raise _Refused("có khung vẽ rỗng; hãy xuất lại với viewBox đúng.")
    return width, height, f"{left:g} {top:g} {width:g} {height:g}"


def _classes(root: Element) -> dict[str, dict[str, str]]:
    """What the style sheets say of each class. Other selectors are refused: their reach cannot be counted."""
    text = "".join(element.text or "" for element in root.iter() if _tag(element) == "style")
    if len(text) > MAX_STYLE or "@" in text:
        raise _Refused(_STYLE)
    classes: dict[str, dict[str, str]] = {}
    *rules, rest = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split("}")
    if rest.strip():
        raise _Refused(_STYLE)
    for rule in rules:
        selectors, _, declarations = rule.partition("{")
        for selector in selectors.split(","):
            if not re.fullmatch(r"\.[\w-]+", selector.strip()):
                raise _Refused(_STYLE)
            classes.setdefault(selector.strip()[1:], {}).update(_declarations(declarations))
    return classes


def _declarations(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs if value.strip()}


def _attributes(element: Element, styles: dict[str, dict[str, str]]) -> dict[str, str]:
    """The attributes that are kept: geometry and looks, those of classes and of `style` on top."""
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        bare = name.rpartition("}")[2]
        if bare == "href":
            if not value.startswith("#"):
                raise _Refused("trỏ tới tệp hoặc trang khác (href); hãy xuất lại không có liên kết.")
            kept["href"] = value
        elif bare.lower().startswith("on"):
            raise _Refused("có mã lệnh hoặc nội dung động; hãy xuất lại thành SVG tĩnh.")
        elif name in _KEPT:
            kept[name] = value
    looks: dict[str, str] = {}
    for one in element.get("class", "").split():
        looks.update(styles.get(one, {}))
    looks.update(_declarations(element.get("style", "")))
    kept.update({name: value for name, value in looks.items() if name in _LOOKS})
    if {element.get("stroke-dasharray", "none"), looks.get("stroke-dasharray", "none")} != {"none"}:
        raise _Refused("có nét đứt (stroke-dasharray); hãy chuyển nét thành hình rồi xuất lại.")
    for name, value in kept.items():
        if "url" in value.lower() and (name not in _LOOKS or not _INSIDE.fullmatch(value.strip())):
            raise _Refused("trỏ tới tệp hoặc trang khác (url); hãy xuất lại không có liên kết.")
    return kept


def _copy(source: Element, target: Element, styles: dict[str, dict[str, str]], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _Refused(f"lồng nhau quá {MAX_DEPTH} tầng; hãy gộp nhóm rồi xuất lại.")
    for child in source:
        tag = _tag(child)
        if not tag or tag in _SILENT:
            continue
        if tag in _REFUSED:
            raise _Refused(_REFUSED[tag])
        if tag not in _SHAPES and tag not in _HOLDERS:
            raise _Refused(f"có phần tử “{tag[:40]}” không dùng trong logo; hãy xuất lại thành SVG thuần hoặc PNG.")
        _copy(child, SubElement(target, tag, _attributes(child, styles)), styles, depth + 1)


def _count(root: Element) -> None:
    """Refuse what would take the renderer long: repeated groups and layers, however deep they are hidden."""
    named = {element.get("id", ""): element for element in root.iter()}
    known: dict[int, tuple[int, int]] = {}
    open_: set[int] = set()

    def cost(element: Element, depth: int) -> tuple[int, int]:
        if id(element) in known:
            return known[id(element)]
        if id(element) in open_ or depth > 4 * MAX_DEPTH:
            raise _Refused("có tham chiếu vòng hoặc lồng quá sâu; hãy xuất lại thành SVG thuần.")
        open_.add(id(element))
        work = 1 + sum(map(len, element.attrib.values())) // LETTERS_PER_WORK
        layers = sum(name in element.attrib for name in ("opacity", "clip-path", "mask"))
        for other in (*_drawn(element), *_referred(element, named)):
            more, above = cost(other, depth + 1)
            work, layers = work + more, layers + above
        open_.discard(id(element))
        known[id(element)] = work, layers
        return known[id(element)]

    work, layers = cost(root, 0)
    if max(work, len(list(root.iter()))) > MAX_WORK or layers > MAX_LAYERS:
        raise _Refused("quá nhiều nét hoặc lớp; hãy đơn giản hóa hình hoặc xuất thành PNG.")


def _drawn(element: Element) -> list[Element]:
    return [child for child in element if child.tag not in _UNDRAWN]


def _referred(element: Element, named: dict[str, Element]) -> list[Element]:
    """The elements that this one brings in by reference."""
    wanted = [element.get("href", "")[1:]]
    wanted += [found["id"] for value in element.attrib.values() if (found := _INSIDE.fullmatch(value.strip()))]
    return [named[one] for one in wanted if one and one in named]
