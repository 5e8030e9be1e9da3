"""What Facebook would refuse, said before anything is scheduled (facebook 3.2, 3.5 to 3.8, 3.12). Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import ValidationError

from connectors.base import Capabilities, Media, Outgoing, Part, Problem
from connectors.facebook.revision import MEDIA_STAY, is_bare
from connectors.facebook.settings import Options, Settings

OWN_HOSTS = ("facebook.com", "fb.com", "fb.me", "fb.watch")
REEL_SECONDS = (3, 90)
REEL_WIDTH, REEL_HEIGHT = 540, 960
REEL_RATIO, REEL_RATIO_OFF = 9 / 16, 0.02
"""Width to height of a reel, and how far encoders may round away from it."""
INSTEAD = "hãy thay video, hoặc bỏ chọn thước phim (reel) để đăng như video thường."


def check(outgoing: Outgoing, limits: Capabilities, settings: Settings) -> list[Problem]:
    """Every problem of this post, or of what follows it, on a Page."""
    if outgoing.part is Part.COMMENT:
        return list(_comment(outgoing, settings))
    if outgoing.part is Part.REVISION:
        return list(_revision(outgoing, limits, settings))
    if outgoing.part is Part.BROADCAST:
        return [Problem("part", "Fanpage Facebook không gửi bài tới từng người theo dõi; hãy bỏ phần này.")]
    try:
        options = Options.model_validate(dict(outgoing.options))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()}))
        return [Problem("options", f"Lựa chọn cho Facebook không hợp lệ: {fields}.")]
    found = [*_text(outgoing, limits), *_link(outgoing), *_images(outgoing, limits)]
    if outgoing.video:
        found += _video(outgoing, outgoing.video, limits, settings)
        found += _reel(outgoing, outgoing.video) if options.reel else _length(outgoing.video, settings)
    return found


def _comment(outgoing: Outgoing, settings: Settings) -> Iterator[Problem]:
    if not outgoing.text.strip():
        yield Problem("text", "Bình luận trống; cần có chữ.")
    elif len(outgoing.text) > settings.comment_max:
        yield Problem("text", f"Bình luận dài quá {_grouped(settings.comment_max)} ký tự; cần rút gọn.")
    if outgoing.images or outgoing.video:
        yield Problem("images", "Bình luận chỉ gồm chữ; ảnh và video không được gửi kèm.", blocks=False)


def _revision(outgoing: Outgoing, limits: Capabilities, settings: Settings) -> Iterator[Problem]:
    yield from _text(outgoing, limits)
    if outgoing.video:
        yield from _title(outgoing, settings)
    elif any(map(is_bare, outgoing.refs)):
        yield Problem("refs", "Facebook chưa cho biết mã đầy đủ của bài nên không sửa tự động được; hãy sửa bằng tay.")
    if outgoing.images or outgoing.video:
        field = "video" if outgoing.video else "images"
        yield Problem(field, f"Chỉ phần chữ được sửa. {MEDIA_STAY}", blocks=False)
    elif outgoing.link:
        words = "Chỉ phần chữ được sửa; Facebook không đổi thẻ liên kết của bài đã đăng."
        yield Problem("link", words, blocks=False)


def _title(outgoing: Outgoing, settings: Settings) -> Iterator[Problem]:
    if len(outgoing.title) > settings.video_title_max:
        yield Problem("title", f"Tên video dài quá {settings.video_title_max} ký tự; cần rút gọn.")


def _text(outgoing: Outgoing, limits: Capabilities) -> Iterator[Problem]:
    if len(outgoing.text) > limits.text_max:
        shown = _grouped(limits.text_max)
        yield Problem("text", f"Nội dung dài quá {shown} ký tự; Facebook không nhận, cần rút gọn.")
    elif not (outgoing.text.strip() or outgoing.link or outgoing.images or outgoing.video):
        yield Problem("text", "Bài trống; cần có chữ, ảnh hoặc liên kết.")


def _link(outgoing: Outgoing) -> Iterator[Problem]:
    if not outgoing.link:
        return
    parts = urlsplit(outgoing.link)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        yield Problem("link", "Liên kết phải là địa chỉ đầy đủ, bắt đầu bằng https://.")
    elif any(host == own or host.endswith(f".{own}") for own in OWN_HOSTS):
        yield Problem("link", "Facebook không nhận liên kết trỏ về chính Facebook; hãy bỏ hoặc thay liên kết.")
    elif (outgoing.images or outgoing.video) and outgoing.link not in outgoing.text:
        what = "video" if outgoing.video else "ảnh"
        words = f"Bài có {what} thì Facebook không hiện thẻ liên kết; hãy ghi địa chỉ vào nội dung bài."
        yield Problem("link", words, blocks=False)


def _images(outgoing: Outgoing, limits: Capabilities) -> Iterator[Problem]:
    if len(outgoing.images) > limits.images_max:
        yield Problem("images", f"Facebook nhận tối đa {limits.images_max} ảnh trong một bài.")
    for number, image in enumerate(outgoing.images, 1):
        if image.mime not in limits.image_types:
            yield Problem("images", f"Ảnh thứ {number} phải là JPG hoặc PNG.")
        elif image.size > limits.image_bytes_max:
            yield Problem("images", f"Ảnh thứ {number} lớn hơn 4 MB; hãy thu nhỏ ảnh.")


def _video(outgoing: Outgoing, video: Media, limits: Capabilities, settings: Settings) -> Iterator[Problem]:
    if outgoing.images:
        yield Problem("images", "Facebook không nhận ảnh và video trong cùng một bài; hãy tách thành hai bài.")
    if video.mime not in limits.video_types:
        yield Problem("video", "Video phải là tệp MP4.")
    if not 0 < video.size <= settings.video_bytes_max:
        most = _grouped(settings.video_bytes_max)
        yield Problem("video", f"Tệp video phải có dữ liệu và không lớn hơn {most} byte; hãy thay hoặc nén video.")
    yield from _title(outgoing, settings)
    cover = outgoing.cover
    if cover and (cover.mime not in limits.image_types or cover.size > limits.image_bytes_max):
        yield Problem("cover", "Ảnh bìa phải là JPG hoặc PNG và không lớn hơn 4 MB.")


def _length(video: Media, settings: Settings) -> Iterator[Problem]:
    if video.seconds > settings.video_seconds_max:
        minutes = int(settings.video_seconds_max // 60)
        yield Problem("video", f"Video dài quá {minutes} phút; hãy cắt ngắn.")


def _reel(outgoing: Outgoing, video: Media) -> Iterator[Problem]:
    """What is known decides; what is unknown (0) is left to Facebook, and said."""
    least, most = REEL_SECONDS
    if video.seconds and not least <= video.seconds <= most:
        yield Problem("video", f"Thước phim (reel) phải dài từ {least} đến {most} giây; {INSTEAD}")
    if video.width and video.height:
        if abs(video.width / video.height - REEL_RATIO) > REEL_RATIO_OFF:
            yield Problem("video", f"Thước phim (reel) phải là video dọc tỷ lệ 9:16; {INSTEAD}")
        elif video.width < REEL_WIDTH or video.height < REEL_HEIGHT:
            yield Problem("video", f"Thước phim (reel) phải từ {REEL_WIDTH}×{REEL_HEIGHT} điểm ảnh trở lên; {INSTEAD}")
    if not (video.seconds and video.width and video.height):
        words = (
            "Chưa biết độ dài hoặc kích thước của video; Facebook chỉ nhận thước phim (reel) dọc 9:16, 3 đến 90 giây."
        )
        yield Problem("video", words, blocks=False)
    if outgoing.cover:
        yield Problem("cover", "Thước phim (reel) đăng tự động không dùng ảnh bìa riêng.", blocks=False)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")
