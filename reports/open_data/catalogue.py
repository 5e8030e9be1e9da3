"""The views of publications, posts and channels: every column with what it means. Data only.

What is not here leaves the house by no view: no secrets, no sessions, nothing of followers; of staff only the names
under which they wrote, submitted and approved.
"""

from reports.open_data.columns import Column, Kind, View

K = Kind

_APPROVED = "review.action IN ('approved', 'approved_urgently')"


def _review(what: str, hash_of: str, which: str) -> str:
    """The last review of that kind of exactly this content."""
    return (
        f"(SELECT review.{what} FROM review "  # noqa: S608  words of our own
        f"WHERE review.post_id = post.id AND review.content_hash = {hash_of} "
        f"AND {which} ORDER BY review.id DESC LIMIT 1)"
    )


CHANNEL = View(
    "v_channel",
    "Mỗi dòng là một kênh (tài khoản trên một nền tảng). Không có mã truy cập hay lựa chọn nội bộ.",
    (
        Column("channel_id", K.INTEGER, "channel.id", "Số của kênh, không đổi."),
        Column("channel", K.TEXT, "channel.key", "Tên gọi ngắn của kênh trong chương trình."),
        Column("platform", K.TEXT, "channel.platform", "Mã nền tảng."),
        Column("name", K.TEXT, "channel.name", "Tên của tài khoản như người xem thấy."),
        Column("agency", K.TEXT, "channel.agency", "Mã cơ quan chủ quản của kênh; trống: cơ quan chủ trì."),
        Column("state", K.TEXT, "channel.state", "connected, reconnect, misconfigured, blocked hoặc off."),
        Column("created_at", K.MOMENT, "channel.created_at", "Lúc kết nối lần đầu, UTC."),
        Column("created_local", K.LOCAL, "channel.created_at", "Lúc kết nối lần đầu, giờ Việt Nam."),
    ),
    "FROM channel {only}",
    ("channel_id",),
)

POST = View(
    "v_post",
    "Mỗi dòng là một bài đã được duyệt hoặc đã từng lên kênh. Bản nháp chưa từng đăng không có ở đây.",
    (
        Column("post_id", K.INTEGER, "post.id", "Số của bài, không đổi."),
        Column("post", K.TEXT, "post.key", "Tên gọi ngắn của bài."),
        Column("title", K.TEXT, "post.title", "Tiêu đề hiện nay của bài."),
        Column("topic", K.TEXT, "post.topic", "Điểm của kế hoạch: a, b, c, d, đ, e, g, h, i, k, l."),
        Column("form", K.TEXT, "post.form", "van_ban, infographic, video hoặc lien_ket."),
        Column("agency", K.TEXT, "post.agency", "Mã cơ quan đề xuất bài; trống: cơ quan chủ trì."),
        Column("author", K.TEXT, "post.author", "Người soạn; trống: bài nạp từ thư viện."),
        Column("source", K.TEXT, "post.source", "Nguồn chính thống."),
        Column("source_url", K.TEXT, "post.source_url", "Địa chỉ của nguồn; trống: không có."),
        Column("audiences", K.LIST, "post.audiences", "Mã đối tượng, cách nhau bằng “; ”."),
        Column("platforms", K.LIST, "post.platforms", "Mã nền tảng mà bài được duyệt để đăng, cách nhau bằng “; ”."),
        Column("hashtags", K.LIST, "post.hashtags", "Thẻ, cách nhau bằng “; ”."),
        Column("legal_refs", K.LIST, "post.legal_refs", "Văn bản được dẫn, cách nhau bằng “; ”."),
        Column("tags", K.LIST, "post.tags", "Nhãn nội bộ dùng cho ngày nghỉ và tạm dừng."),
        Column("sensitive", K.BOOLEAN, "post.sensitive", "Bài nhạy cảm, phải duyệt hai cấp."),
        Column("state", K.TEXT, "post.state", "approved: đang được duyệt; khác: bài đang sửa lại."),
        Column(
            "body", K.TEXT, "CASE WHEN post.state = 'approved' THEN post.body END",
            "Nội dung chung của bài khi đang được duyệt; không có: bài đang sửa lại.",
        ),
        Column("content_hash", K.TEXT, "post.content_hash", "SHA-256 của nội dung hiện nay."),
        Column("approved_by", K.TEXT, _review("actor", "post.content_hash", _APPROVED),
               "Người duyệt nội dung hiện nay; không có: chưa duyệt nội dung này."),
        Column("approved_at", K.MOMENT, _review("at", "post.content_hash", _APPROVED), "Lúc duyệt, UTC."),
        Column("created_at", K.MOMENT, "post.created_at", "Lúc tạo bài, UTC."),
        Column("created_local", K.LOCAL, "post.created_at", "Lúc tạo bài, giờ Việt Nam."),
    ),
    "FROM post {only} WHERE post.state = 'approved' OR EXISTS (SELECT 1 FROM publication "
    "WHERE publication.post_id = post.id AND publication.state IN ('published', 'withdrawn'))",
    ("post_id",),
)  # fmt: skip

PUBLICATION = View(
    "v_publication",
    "Mỗi dòng là một lượt đăng: một bài trên một kênh vào một lúc, hoặc phần đi theo bài (cột part). "
    "Có cả lượt đang chờ, lỗi, đã hủy và đã gỡ; đếm lượt đã đăng thì lọc published_at có giá trị và part = 'post'.",
    (
        Column("publication_id", K.INTEGER, "publication.id", "Số của lượt đăng, là số mục trong chương trình."),
        Column("part", K.TEXT, "publication.part", "post: bài; comment: bình luận đầu tiên; broadcast: "
               "tin truyền thông; revision: sửa bài đã đăng."),
        Column("follows_id", K.INTEGER, "publication.follows_id", "Lượt đăng mà phần này đi theo; không có: là bài."),
        Column("post_id", K.INTEGER, "post.id", "Số của bài, nối với v_post."),
        Column("post", K.TEXT, "post.key", "Tên gọi ngắn của bài."),
        Column("title", K.TEXT, "post.title", "Tiêu đề hiện nay của bài."),
        Column("topic", K.TEXT, "post.topic", "Điểm của kế hoạch."),
        Column("form", K.TEXT, "post.form", "Hình thức của bài."),
        Column("agency", K.TEXT, "post.agency", "Mã cơ quan đề xuất bài; trống: cơ quan chủ trì."),
        Column("channel_id", K.INTEGER, "channel.id", "Số của kênh, nối với v_channel."),
        Column("channel", K.TEXT, "channel.key", "Tên gọi ngắn của kênh."),
        Column("platform", K.TEXT, "channel.platform", "Mã nền tảng."),
        Column("state", K.TEXT, "publication.state", "scheduled, preparing, ready, publishing, unconfirmed, "
               "retry_wait, needs_person, held, published, withdrawn, failed, missed, expired hoặc cancelled."),
        Column("origin", K.TEXT, "publication.origin", "Ai xếp vào hàng chờ: staff, autopilot, recurrence hoặc post."),
        Column("due_at", K.MOMENT, "publication.due_at", "Giờ hẹn đăng, UTC."),
        Column("due_local", K.LOCAL, "publication.due_at", "Giờ hẹn đăng, giờ Việt Nam."),
        Column("published_at", K.MOMENT, "publication.published_at", "Lúc hiện trên kênh, UTC; không có: chưa hiện."),
        Column("published_local", K.LOCAL, "publication.published_at", "Lúc hiện trên kênh, giờ Việt Nam."),
        Column("published_day", K.LOCAL_DAY, "publication.published_at", "Ngày hiện trên kênh theo giờ Việt Nam."),
        Column("lag_seconds", K.SECONDS, "publication.published_at - publication.due_at",
               "Số giây từ giờ hẹn đến lúc hiện; âm: sớm hơn giờ hẹn."),
        Column("permalink", K.TEXT, "publication.permalink", "Địa chỉ trên kênh; trống: nền tảng không cho biết."),
        Column("failed_tries", K.INTEGER, "publication.attempts", "Số lần thử không thành."),
        Column("content_hash", K.TEXT, "publication.prepared_hash",
               "SHA-256 của nội dung đã chuẩn bị để gửi; trống: chưa chuẩn bị."),
        Column("approved_by", K.TEXT, _review("actor", "publication.prepared_hash", _APPROVED),
               "Người duyệt đúng nội dung đó; không có: không ghi nhận."),
        Column("approved_at", K.MOMENT, _review("at", "publication.prepared_hash", _APPROVED), "Lúc duyệt, UTC."),
        Column("withdrawn_at", K.MOMENT,
               "(SELECT max(gone.at) FROM publication_event AS gone WHERE gone.publication_id = publication.id "
               "AND gone.event = 'withdrawn')", "Lúc gỡ khỏi kênh, UTC; không có: chưa gỡ."),
        Column("created_at", K.MOMENT, "publication.created_at", "Lúc xếp vào hàng chờ, UTC."),
    ),
    "FROM publication JOIN post ON post.id = publication.post_id JOIN channel ON channel.id = publication.channel_id",
    ("publication_id",),
)  # fmt: skip

EVENT = View(
    "v_event",
    "Mỗi dòng là một bước trong đời một lượt đăng; chỉ thêm, không sửa, không xóa.",
    (
        Column("event_id", K.INTEGER, "publication_event.id", "Số của bước, tăng dần."),
        Column("publication_id", K.INTEGER, "publication_event.publication_id", "Lượt đăng, nối với v_publication."),
        Column("at", K.MOMENT, "publication_event.at", "Lúc xảy ra, UTC."),
        Column("at_local", K.LOCAL, "publication_event.at", "Lúc xảy ra, giờ Việt Nam."),
        Column("event", K.TEXT, "publication_event.event", "Mã của bước, như claimed, succeeded, withdrawn."),
        Column("state_before", K.TEXT, "publication_event.state_before", "Trạng thái trước; trống: vừa xếp vào."),
        Column("state_after", K.TEXT, "publication_event.state_after", "Trạng thái sau."),
        Column("actor", K.TEXT, "publication_event.actor", "Người làm; trống: hệ thống tự làm."),
    ),
    "FROM publication_event {only}",
    ("event_id",),
)
