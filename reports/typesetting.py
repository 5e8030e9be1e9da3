"""PDF files: a template of ours, facts as JSON, one call. What comes out is tagged for screen readers (PDF/UA-1)."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# `typst` and `fontTools` are loaded when a document is set: they take 14 MB of every other program that can make one.

SERIF = ("Times New Roman", "Liberation Serif", "Tinos", "Libertinus Serif")
"""Faces of official documents, the best first; the last comes with the typesetter. Templates take `serif()`."""
SANS = ("Be Vietnam Pro",)


_VIETNAMESE = "ăâđêôơưĂÂĐÊÔƠƯ" + "".join(map(chr, range(0x1EA0, 0x1EFA)))


@cache
def _fonts() -> list[Path]:
    return [Path(str(files("fontpkg_be_vietnam_pro") / "files"))]


@cache
def serif() -> str:
    """The first of `SERIF` that this machine has with every Vietnamese letter.

    Older Liberation faces have none of ạ … ỹ: half of each word would then come from another face. A machine may have
    an old and a new one under the same name, and the typesetter takes either.
    """
    import typst

    plain = [face for face in typst.Fonts().fonts() if face.style == "normal" and face.weight == 400]
    for family in SERIF:
        paths = [face.path for face in plain if face.family == family and face.path]
        if paths and all(map(_whole, paths)):
            return family
    return SERIF[-1]


def _whole(path: str) -> bool:
    """Whether this file has every Vietnamese letter."""
    from fontTools.ttLib import TTFont

    with TTFont(path, fontNumber=0, lazy=True) as face:
        return bool(set(map(ord, _VIETNAMESE)) <= face.getBestCmap().keys())


def pdf(
    template: str, facts: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None, *, made_at: datetime
) -> bytes:
    """The PDF of `templates/<template>` with these facts; texts in them stay texts, whatever signs they hold.

    The template reads them with `json(bytes(sys.inputs.facts))`; `pictures` are files beside it, by name.
    The same facts and `made_at` (aware) give the same bytes.
    """
    import typst

    source = (files("reports") / "templates" / template).read_bytes()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in {"main.typ": source, **(pictures or {})}.items():
            (root / name).write_bytes(content)
        return typst.compile(
            root / "main.typ",
            format="pdf",
            root=root,
            font_paths=_fonts(),
            sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)},
            pdf_standards="ua-1",
            timestamp=made_at.replace(microsecond=0),
        )
