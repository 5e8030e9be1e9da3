"""A post as the Markdown file that the library reads back as the same post, to the letter."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from content.errors import ContentError
from content.exchange.shelf import Picture, Shelf, Shelved, write_files
from content.seasons import written
from content.tables import Post
from content.vietnamese import day, nfc

README = """# Thư viện xuất từ phần mềm

Mỗi tệp .md là một bài; ảnh và video nằm trong thư mục tu-lieu. Sửa tệp rồi nạp lại bằng lệnh `cchc library load`
với CCHC_LIBRARY_DIR chỉ vào thư mục này. Bài đã duyệt mà sửa thì trở lại bản nháp.
"""


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: long texts as blocks, lists indented under their name."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """An anchor is nothing a person should meet."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.Node:
    """Never 1e+20: the library reads only plain decimals as numbers."""
    text = format(value, "f") if float(format(value, "f")) == value else repr(value)
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)


def write_markdown(shelf: Shelf, folder: Path) -> Sequence[str]:
    """One file for each post. Raises `ContentError` for a text that a file cannot carry."""
    write_files(folder, ((f"{one.post.key}.md", as_markdown(one)) for one in shelf.posts))
    write_files(folder, [("README.md", README)])
    return []


def as_markdown(shelved: Shelved) -> str:
    """The file of a post."""
    post = shelved.post
    if post.body != nfc(post.body).replace("\r\n", "\n").replace("\r", "\n").strip():
        raise ContentError(
            f"{post.key}: nội dung có ký tự xuống dòng lạ nên không xuất được; hãy sửa bài rồi xuất lại."
        )
    head = yaml.dump(
        _head(post, shelved.pictures),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=1_000_000,
    )
    return f"---\n{head}---\n\n{post.body}\n"


def _head(post: Post, pictures: Sequence[Picture]) -> dict[str, Any]:
    """The fields in the order of the library's own files; what is as usual is left out."""
    facts: dict[str, Any] = {
        "title": post.title,
        "topic": post.topic,
        "form": post.form,
        "audiences": list(post.audiences),
        "source": post.source,
        "source_url": post.source_url,
        "legal_refs": list(post.legal_refs),
        "hashtags": list(post.hashtags),
        "platforms": list(post.platforms),
        "variants": post.variants,
        "assets": [_asset(one) for one in pictures],
        "sensitive": post.sensitive,
        "allowed_in_pause": post.allowed_in_pause,
        "valid_from": day(post.valid_from) if post.valid_from else "",
        "valid_to": day(post.valid_to) if post.valid_to else "",
    }
    kept = {name: value for name, value in facts.items() if value}
    kept |= _rules(post)
    if not post.evergreen:
        kept["evergreen"] = False
    kept["late"] = {"rule": str(post.late_rule), "minutes": post.late_minutes}
    return {"title": post.title, "topic": post.topic, "form": post.form, "platforms": list(post.platforms)} | kept


def _rules(post: Post) -> dict[str, Any]:
    """When it goes out, as far as it says anything of that."""
    until = day(post.repeat_until) if post.repeat_until else ""
    repeat = {"days": post.repeat_days, "most": post.repeat_most, "until": until}
    facts: dict[str, Any] = {
        "tags": list(post.tags),
        "season": written(post.season),
        "repeat": {name: value for name, value in repeat.items() if value},
        "series": {name: value for name, value in (("name", post.series), ("part", post.series_part)) if value},
    }
    return {name: value for name, value in facts.items() if value}


def _asset(picture: Picture) -> dict[str, Any]:
    facts: dict[str, Any] = {picture.role: picture.name}
    if picture.alt:
        facts["alt"] = picture.alt
    return facts | ({"platforms": [picture.platform]} if picture.platform else {})
