"""The views of figures, and of what was done outside the platforms: every column with what it means. Data only."""

from reports.open_data.columns import Column, Kind, View

K = Kind

_MEANING = (
    Column("name", K.TEXT, "told.name", "Tên của số liệu theo nền tảng."),
    Column("version", K.TEXT, "told.version", "Phiên bản giao diện của nền tảng lúc đọc."),
    Column("definition", K.TEXT, "told.definition", "Định nghĩa của nền tảng lúc đọc; trống: không cho biết."),
    Column("taken_at", K.MOMENT, "told.taken_at", "Lúc đọc, UTC."),
    Column("taken_local", K.LOCAL, "told.taken_at", "Lúc đọc, giờ Việt Nam."),
    Column("source", K.TEXT, "coalesce(collection.source, 'platform')", "platform: đọc từ nền tảng; manual: nhập tay."),
)
_METRIC = Column("metric", K.TEXT, "told.metric", "Loại số liệu theo cách gọi chung: reach, views, reactions…; "
                 "hai nền tảng cùng một loại vẫn không phải là một thứ, không cộng với nhau.")  # fmt: skip
_PUBLICATION = Column("publication_id", K.INTEGER, "told.publication_id", "Lượt đăng, nối với v_publication.")
_CHANNEL = Column("channel_id", K.INTEGER, "told.channel_id", "Kênh, nối với v_channel.")
_VALUE = Column("value", K.INTEGER, "told.value", "Giá trị tích lũy nền tảng cho biết; có thể giảm so với lần trước.")


def _last(which: str, within: str) -> str:
    """The last told value of every group; what a platform did not tell wipes out nothing."""
    return (
        "FROM (SELECT reading.*, {day:reading.taken_at} AS on_day, "  # noqa: S608  words of our own
        f"row_number() OVER (PARTITION BY {within} "
        f"ORDER BY reading.taken_at DESC, reading.id DESC) AS place FROM reading WHERE reading.value IS NOT NULL "
        f"AND {which}) AS told LEFT JOIN collection ON collection.id = told.collection_id WHERE told.place = 1"
    )


READING_LAST = View(
    "v_reading_last",
    "Mỗi dòng là giá trị gần nhất nền tảng cho biết của một số liệu của một lượt đăng. Không có dòng: "
    "chưa từng cho biết, không phải là 0.",
    (_PUBLICATION, _CHANNEL, _METRIC, _VALUE, *_MEANING),
    _last("reading.publication_id IS NOT NULL AND reading.day IS NULL", "reading.publication_id, reading.metric"),
    ("publication_id", "metric"),
)

READING_DAY = View(
    "v_reading_day",
    "Như v_reading_last nhưng mỗi ngày (giờ Việt Nam) một dòng: giá trị cuối cùng cho biết trong ngày.",
    (
        _PUBLICATION,
        _CHANNEL,
        _METRIC,
        Column("day", K.DATE, "told.on_day", "Ngày đọc theo giờ Việt Nam."),
        _VALUE,
        *_MEANING,
    ),
    _last("reading.publication_id IS NOT NULL AND reading.day IS NULL",
          "reading.publication_id, reading.metric, {day:reading.taken_at}"),
    ("publication_id", "metric", "day"),
)  # fmt: skip

FOLLOWER_DAY = View(
    "v_follower_day",
    "Mỗi dòng là số người theo dõi (quan tâm, đăng ký) của một kênh, giá trị cuối cùng cho biết trong một ngày. "
    "Chỉ là tổng số; không có thông tin của người theo dõi nào.",
    (
        _CHANNEL,
        Column("day", K.DATE, "told.on_day", "Ngày đọc theo giờ Việt Nam."),
        Column("value", K.INTEGER, "told.value", "Tổng số nền tảng cho biết."),
        *_MEANING,
    ),
    _last("reading.publication_id IS NULL AND reading.day IS NULL AND reading.metric = 'followers'",
          "reading.channel_id, {day:reading.taken_at}"),
    ("channel_id", "day"),
)  # fmt: skip

CHANNEL_DAY = View(
    "v_channel_day",
    "Mỗi dòng là một số liệu của cả kênh mà nền tảng tính cho một ngày của nó (không phải số tích lũy).",
    (
        _CHANNEL,
        _METRIC,
        Column("day", K.DATE, "told.day", "Ngày theo cách tính của nền tảng, có thể không trùng ngày Việt Nam."),
        Column("value", K.INTEGER, "told.value", "Giá trị của ngày đó, theo lần đọc gần nhất."),
        *_MEANING,
    ),
    _last("reading.publication_id IS NULL AND reading.day IS NOT NULL",
          "reading.channel_id, reading.metric, reading.day"),
    ("channel_id", "metric", "day"),
)  # fmt: skip

TOPIC_MONTH = View(
    "v_topic_month",
    "Mỗi dòng là số lượt đăng của một điểm của kế hoạch trên một kênh trong một tháng dương lịch (giờ Việt Nam). "
    "Tính cả lượt đã gỡ; không tính bình luận, tin truyền thông và lượt sửa.",
    (
        Column("month", K.LOCAL_MONTH, "publication.published_at", "Tháng, như 2026-11."),
        Column("topic", K.TEXT, "post.topic", "Điểm của kế hoạch."),
        Column("channel_id", K.INTEGER, "channel.id", "Kênh, nối với v_channel."),
        Column("publications", K.INTEGER, "count(*)", "Số lượt đăng."),
        Column("posts", K.INTEGER, "count(DISTINCT post.id)", "Số bài, mỗi bài một lần; không cộng qua các kênh."),
    ),
    "FROM publication JOIN post ON post.id = publication.post_id JOIN channel ON channel.id = publication.channel_id "
    "WHERE publication.part = 'post' AND publication.published_at IS NOT NULL",
    ("month", "topic", "channel_id"),
    ("month", "topic", "channel_id"),
)

ACTIVITY = View(
    "v_activity",
    "Mỗi dòng là một hoạt động ngoài mạng xã hội: tập huấn, cuộc thi, báo chí, đối thoại, ấn phẩm…",
    (
        Column("activity_id", K.INTEGER, "activity.id", "Số của hoạt động, không đổi."),
        Column("kind", K.TEXT, "activity.kind", "Mã loại hoạt động."),
        Column("title", K.TEXT, "activity.title", "Tên hoạt động."),
        Column("first", K.DATE, "activity.first", "Ngày diễn ra hoặc bắt đầu."),
        Column("last", K.DATE, "activity.last", "Ngày kết thúc; hoạt động một ngày thì trùng ngày bắt đầu."),
        Column("place", K.TEXT, "activity.place", "Nơi diễn ra; trống: không ghi."),
        Column("agency", K.TEXT, "activity.agency", "Mã cơ quan thực hiện; trống: cơ quan chủ trì."),
        Column("topic", K.TEXT, "activity.topic", "Điểm của kế hoạch (mục II.1); trống: không ghi."),
        Column("form", K.TEXT, "activity.form", "Hình thức (mục II.2); trống: không ghi."),
        Column("audiences", K.LIST, "activity.audiences", "Mã đối tượng, cách nhau bằng “; ”."),
        Column("cost", K.INTEGER, "activity.cost", "Kinh phí, đồng; không có: không ghi, không phải là 0."),
        Column("funding", K.TEXT, "activity.funding", "Nguồn kinh phí; trống: không ghi."),
        Column("outlet", K.TEXT, "activity.outlet", "Cơ quan báo chí đã đăng, phát; trống: không phải tin báo chí."),
        Column("url", K.TEXT, "activity.url", "Địa chỉ của tin, bài; trống: không có."),
        Column("tone", K.TEXT, "activity.tone", "tich_cuc, can_chan_chinh hoặc trống."),
        Column("evidence_files", K.INTEGER, "(SELECT count(*) FROM evidence WHERE evidence.activity_id = activity.id "
               "AND evidence.withdrawn_at IS NULL)", "Số tài liệu kiểm chứng kèm theo."),
        Column("withdrawn", K.BOOLEAN, "(activity.withdrawn_at IS NOT NULL)", "Đã rút vì ghi nhầm; không tính."),
        Column("recorded_at", K.MOMENT, "activity.created_at", "Lúc ghi vào chương trình, UTC."),
    ),
    "FROM activity {only}",
    ("activity_id",),
)  # fmt: skip

ACTIVITY_FIGURE = View(
    "v_activity_figure",
    "Mỗi dòng là một con số của một hoạt động: số lớp, lượt người, bài dự thi, câu hỏi… Không có dòng: không ghi.",
    (
        Column("activity_id", K.INTEGER, "activity.id", "Hoạt động, nối với v_activity."),
        Column("figure", K.TEXT, "pair.key", "Tên con số."),
        Column("value", K.INTEGER, "CAST(pair.value AS BIGINT)", "Giá trị."),
    ),
    "FROM activity CROSS JOIN {pairs}(activity.figures) AS pair",
    ("activity_id", "figure"),
)

SUBMISSION = View(
    "v_submission",
    "Mỗi dòng là một văn bản mà một cơ quan đã nộp cho một thời hạn của kế hoạch.",
    (
        Column("submission_id", K.INTEGER, "submission.id", "Số của lần nộp, không đổi."),
        Column("plan", K.TEXT, "submission.plan", "Mã kế hoạch."),
        Column("deadline", K.TEXT, "submission.deadline", "Mã thời hạn trong kế hoạch."),
        Column("agency", K.TEXT, "submission.agency", "Mã cơ quan nộp."),
        Column("received_on", K.DATE, "submission.received_on", "Ngày nhận."),
        Column("document", K.TEXT, "submission.document", "Số, ký hiệu văn bản; trống: không ghi."),
        Column("withdrawn", K.BOOLEAN, "(submission.withdrawn_at IS NOT NULL)", "Đã rút vì ghi nhầm."),
    ),
    "FROM submission {only}",
    ("submission_id",),
)
