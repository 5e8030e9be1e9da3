"""A post's place in its series, beside the other posts of the table."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from content.checks.values import Finding, warn
from content.tables import Post
from content.vietnamese import nfc


def name_of(text: str) -> str:
    """A series' name as it is kept: NFC, on one line, single blanks, so that its parts find each other."""
    return " ".join(nfc(text).split())


def find_series_faults(session: Session, post: Post) -> Iterator[Finding]:
    """Another post in the same place, and a part before it that is not there. One statement, for posts of a series."""
    if not post.series or post.series_part < 1:
        return
    near = (post.series_part, post.series_part - 1)
    rows = session.exec(
        select(Post.key, Post.series_part)
        .where(Post.series == post.series, col(Post.series_part).in_(near), Post.key != post.key)
        .order_by(col(Post.key))
    ).all()
    for key, part in rows:
        if part == post.series_part:
            yield Finding("series.part", f"bài “{key}” đã là phần {part} của loạt bài này; hãy ghi số phần khác.")
            break
    if post.series_part > 1 and all(part != post.series_part - 1 for _, part in rows):
        yield warn("series.part", f"chưa có phần {post.series_part - 1} của loạt bài này; các phần đăng theo thứ tự.")
