"""Whether the post has its place in the plan: topic, form, audiences, platforms, source, dates."""

from collections.abc import Iterator

from content.checks.values import FORMS, Finding, Words, warn
from content.plan import Plan
from content.vietnamese import day, fold

_NOT_OFFICIAL = frozenset(
    {"internet", "tren mang", "mang xa hoi", "suu tam", "st", "tong hop", "google", "nhieu nguon"}
)


def find_place_faults(post: Words, plan: Plan) -> Iterator[Finding]:
    """What the plan does not know, and what the plan wants of every post."""
    if plan.topic(post.topic) is None:
        listed = ", ".join(f"{topic.letter} ({topic.label})" for topic in plan.topics)
        wrong = f"kế hoạch không có nội dung “{post.topic}”" if post.topic else "chưa chọn nội dung tuyên truyền"
        yield Finding("topic", f"{wrong}; hãy chọn một trong: {listed}.")
    if post.form not in FORMS:
        yield Finding("form", f"không có hình thức “{post.form}”; hãy chọn một trong: {', '.join(FORMS)}.")
    yield from _audiences(post, plan)
    yield from _platforms(post)
    yield from _source(post)
    if post.valid_from and post.valid_to and post.valid_from > post.valid_to:
        yield Finding(
            "valid_to",
            f"ngày hết hạn {day(post.valid_to)} đứng trước ngày bắt đầu {day(post.valid_from)}; hãy sửa một trong hai.",
        )


def _audiences(post: Words, plan: Plan) -> Iterator[Finding]:
    codes = [audience.code for audience in plan.audiences]
    if not post.audiences:
        labels = [f"{audience.code} ({audience.label})" for audience in plan.audiences]
        yield Finding("audiences", f"chưa chọn đối tượng; hãy chọn trong: {', '.join(labels)}.")
    for audience in post.audiences:
        if audience not in codes:
            yield Finding("audiences", f"không có đối tượng “{audience}”; hãy chọn trong: {', '.join(codes)}.")


def _platforms(post: Words) -> Iterator[Finding]:
    if not post.platforms:
        yield Finding("platforms", "chưa chọn nền tảng nào để đăng; hãy ghi ít nhất một nền tảng.")
    for platform in post.variants:
        if platform not in post.platforms:
            yield Finding(
                f"variants.{platform}",
                "có lời riêng cho nền tảng này nhưng platforms không chọn nó; hãy thêm tên nền tảng hoặc bỏ lời riêng.",
            )


def _source(post: Words) -> Iterator[Finding]:
    if not post.source.strip():
        yield Finding("source", "thiếu nguồn chính thống; hãy ghi số văn bản, cơ quan ban hành hoặc trang đăng gốc.")
    elif fold(post.source).strip(" .") in _NOT_OFFICIAL:
        yield warn(
            "source",
            f"“{post.source}” không phải nguồn chính thống; hãy ghi số văn bản, cơ quan ban hành hoặc trang đăng gốc.",
        )
    if post.form == "lien_ket" and not post.source_url:
        yield Finding("source_url", "bài chia sẻ liên kết phải có địa chỉ bài gốc; hãy dán địa chỉ vào đây.")
