"""The words that stand in a report before anybody writes: fixed patterns over its figures, nothing else.

A line that begins with "- " is a line of a list. A place about which nothing is known stays empty: the office writes
it. No figure is judged: which of them are good is said by people.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from content.activity_kinds import FIGURES, KINDS, TONES, ActivityKind
from content.checks.values import FORMS as POST_FORMS
from content.vietnamese import local_day, number, percent
from reports.official import judging
from reports.official.build import best_first
from reports.official.citing import Citations, lowered
from reports.official.data import ActivityFacts, ChannelFacts, ReportData, TopicFacts
from reports.official.places import FORMS
from reports.official.words import hours, listed, period, shares, short_day
from reports.phrases import signed
from reports.summary import BASES, PARTS

TOP = 10
NOTHING = "trong kỳ chưa ghi nhận hoạt động nào."


def prefilled(data: ReportData, issuer: str, to: Sequence[str], written: Mapping[str, str] = {}) -> dict[str, str]:
    """Place -> its words. `written`: what the office wrote itself, by place; documents that are cited whole there are
    cited short behind it (R20)."""
    cite = Citations()
    makers: dict[str, Callable[[], str]] = {
        "mo-dau": lambda: _opening(data, issuer, cite),
        "I.1": lambda: _directing(data, cite),
        "I.2": lambda: _means(data),
        "II.1": lambda: _whole(data, cite),
        "II.2": lambda: _by_topic(data, cite),
        **{f"II.2.{one.letter}": partial(_topic, data, one) for one in data.topics},
        **{f"II.3.{letter}": partial(_form, data, letter, label) for letter, label in FORMS},
        "II.4": lambda: _by_agency(data),
        "II.5": lambda: _effect(data),
        "II.6": lambda: judging.index_words(data),
        "III.1": lambda: judging.reached(data),
        "III.2": lambda: judging.lacking(data),
        "III.3": lambda: judging.causes(data),
        "IV": lambda: judging.ahead(data, cite),
        "V": lambda: "",
        "ket-thuc": lambda: _closing(data, issuer, to),
    }
    found = {}
    for code, make in makers.items():
        before = set(cite.cited)
        found[code] = make()
        if code in written:
            # what stands in the document are the person's words, so only what they cite is cited
            cite.cited = before
            cite.read(written[code])
    return found


# Head and end ----------------------------------------------------------------------------------------------


def _opening(data: ReportData, issuer: str, cite: Citations) -> str:
    what = f"báo cáo kết quả công tác tuyên truyền cải cách hành chính (CCHC) {period(data)} như sau:"
    return f"Thực hiện {cite(data.plan)}, {issuer} {what}" if data.plan else f"{issuer} {what}"


def _closing(data: ReportData, issuer: str, to: Sequence[str]) -> str:
    asked = f"; {issuer} kính báo cáo {listed(to)}" if to else ""
    return f"Trên đây là báo cáo kết quả công tác tuyên truyền CCHC {period(data)}{asked}."


# I ---------------------------------------------------------------------------------------------------------


def _directing(data: ReportData, cite: Citations) -> str:
    lines = []
    if data.plan:
        behind = ", căn cứ:" if data.plan.basis else "."
        lines.append(f"Công tác tuyên truyền CCHC được thực hiện theo {cite(data.plan)}{behind}")
        marks = [";"] * (len(data.plan.basis) - 1) + ["."]
        lines += [f"- {one.rstrip('.;')}{mark}" for one, mark in zip(data.plan.basis, marks, strict=False)]
    logged = [_counted(data, kind) for kind in _kinds("I.1") if _of(data, kind)]
    lines += [f"Ghi nhận {'; '.join(logged)}."] if logged else []
    for one in data.deadlines:
        if one.on is None and not one.handed:
            continue
        due = f" (hạn: {'trước ' if one.before else ''}ngày {short_day(one.on)})" if one.on else ""
        of = f"/{number(one.expected)}" if one.expected else ""
        late = f", trong đó {number(one.late)} nộp trễ" if one.late else ""
        lines.append(f"{one.what}{due}: {number(one.handed)}{of} cơ quan, đơn vị đã nộp{late}.")
    return "\n".join(lines)


def _means(data: ReportData) -> str:
    lines = []
    if data.plan and data.plan.owners:
        lines.append(
            f"Kế hoạch phân công {number(len(data.plan.owners))} cơ quan, đơn vị phụ trách nội dung tuyên truyền:"
        )
        shown = [f"- {name}: điểm {', '.join(letters)}" for name, letters in data.plan.owners]
        lines += [f"{one};" for one in shown[:-1]] + [f"{shown[-1]}."]
    costs: dict[str, int] = {}
    for one in data.activities:
        if one.cost is not None:
            costs[one.funding] = costs.get(one.funding, 0) + one.cost
    if costs:
        told = sum(one.cost is not None for one in data.activities)
        of = f"{number(told)}/{number(len(data.activities))} hoạt động có ghi kinh phí"
        total = f"{number(sum(costs.values()))} đồng ({of})"
        each = "; ".join(f"{name or 'chưa ghi nguồn'} {number(cost)} đồng" for name, cost in sorted(costs.items()))
        lines.append(f"Kinh phí của các hoạt động đã ghi nhận: {total}, gồm: {each}.")
    elif data.activities:
        lines.append(f"Chưa ghi kinh phí của {number(len(data.activities))} hoạt động đã ghi nhận trong kỳ.")
    return "\n".join(lines)


# II.1, II.2 ------------------------------------------------------------------------------------------------


def _whole(data: ReportData, cite: Citations) -> str:
    if not data.items:
        lines = ["Trong kỳ chưa có lượt đăng nào trên mạng xã hội."]
    else:
        each = "; ".join(f"{one.title} {number(one.published)}" for one in data.channels)
        lines = [
            f"Trong kỳ có {number(data.published)} lượt đăng của {number(data.posts)} bài trên mạng xã hội, gồm: "
            f"{each}. Một bài đăng trên một kênh được tính là một lượt đăng."
        ]
        forms = ", ".join(
            f"{words.lower()} {number(data.forms[code])}" for code, words in POST_FORMS.items() if data.forms.get(code)
        )
        lines.append(f"Theo hình thức thể hiện (lượt đăng): {forms}.")
    if data.wanted:
        lines.append(
            f"Tỷ lệ hoàn thành chỉ tiêu lượt đăng: {number(data.done)}/{number(data.wanted)}, "
            f"đạt {shares(data.done, data.wanted)}; phần vượt của một nội dung không bù cho nội dung khác."
        )
    if data.beyond:
        lines.append(f"{number(data.beyond)} lượt đăng thuộc nội dung ngoài kế hoạch, không tính vào tỷ lệ này.")
    kinds = "; ".join(
        f"{kind.label.lower()} {number(len(mine))}" for kind in KINDS.values() if (mine := _of(data, kind))
    )
    if kinds:
        lines.append(f"Ngoài mạng xã hội ghi nhận {number(len(data.activities))} hoạt động, gồm: {kinds}.")
    return "\n".join(lines)


def _by_topic(data: ReportData, cite: Citations) -> str:
    if not data.plan:
        return "Chưa nạp kế hoạch tuyên truyền của năm nên chưa có kết quả theo nội dung."
    return f"Kết quả theo {number(len(data.topics))} nội dung tại mục II.1 {cite(data.plan)} được nêu tại Bảng 1:"


def _topic(data: ReportData, topic: TopicFacts) -> str:
    """Two lines for each letter: what was done, and what was seen most."""
    each = ", ".join(f"{name} {number(topic.cells[name])}" for name in data.platforms if topic.cells.get(name))
    parts = [
        f"{number(topic.published)} lượt đăng của {number(topic.posts)} bài trên mạng xã hội ({each})"
        if topic.published
        else "",
        f"{number(topic.portal)} tin, bài trên Cổng, Trang thông tin điện tử" if topic.portal else "",
        f"{number(topic.press)} tin, bài báo chí" if topic.press else "",
        f"{number(topic.direct)} hoạt động trực tiếp" if topic.direct else "",
    ]
    done = "; ".join(filter(None, parts)) or "trong kỳ chưa có lượt đăng, tin, bài hoặc hoạt động nào"
    lines = [f"{topic.label}: {done}. {_against(topic)}".strip()]
    best = next((one for one in data.items if one.id == topic.best), None)
    if best:
        lines.append(f"Bài có nhiều lượt tương tác nhất: {best_words(data, best.id)}.")
    return "\n".join(lines)


def _against(topic: TopicFacts) -> str:
    if not topic.wanted:
        return ""
    held = f"{number(topic.published)}/{number(topic.wanted)} lượt đăng so với chỉ tiêu"
    return f"Đạt {held}." if not topic.missing else f"Mới đạt {held}, còn thiếu {number(topic.missing)}."


def best_words(data: ReportData, number_: int) -> str:
    """One publication: “title” (channel, day, interactions)."""
    one = next(item for item in data.items if item.id == number_)
    channel = data.channel(one.channel)
    where = f"{channel.title if channel else ''}, ngày {short_day(local_day(one.at))}"
    return f"“{one.title}” ({where}, {number(one.engagement)} lượt tương tác)"


# II.3 ------------------------------------------------------------------------------------------------------


def _form(data: ReportData, letter: str, label: str) -> str:
    logged = [_counted(data, kind) for kind in _kinds(f"II.3.{letter}") if _of(data, kind)]
    told = [f"{'; '.join(logged)}."] if logged else []
    match letter:
        case "c":
            told += _press(data)
        case "đ":
            shown = [
                f"{POST_FORMS[one].lower()} {number(data.forms[one])}"
                for one in ("infographic", "video")
                if data.forms.get(one)
            ]
            told += [f"Trên mạng xã hội (lượt đăng): {', '.join(shown)}."] if shown else []
        case "e":
            used = [one for one in data.channels if one.published]
            told = [
                f"{number(len(used))} tài khoản có {number(data.published)} lượt đăng trong kỳ; kết quả từng tài "
                "khoản được nêu tại Bảng 2."
                if used
                else "trong kỳ chưa có lượt đăng nào; các tài khoản được nêu tại Bảng 2."
            ]
    return f"{label}: {lowered(told[0])}" + "".join(f"\n{one}" for one in told[1:]) if told else f"{label}: {NOTHING}"


def _press(data: ReportData) -> list[str]:
    told = []
    tones = {code: sum(one.tone == code for one in data.activities) for code in TONES}
    if any(tones.values()):
        each = ", ".join(f"{words.lower()} {number(tones[code])}" for code, words in TONES.items() if tones[code])
        told.append(f"Tính chất của tin, bài báo chí (số lần ghi nhận): {each}.")
    if data.portal_read:
        told.append(
            f"Cổng, Trang thông tin điện tử: {number(data.portal_read)} tin, bài đọc được từ nguồn tin trong kỳ."
        )
    if data.portal and data.portal.suggested:
        rate = shares(data.portal.shared, data.portal.suggested)
        of = f"{number(data.portal.shared)}/{number(data.portal.suggested)}"
        told.append(f"Đã chia sẻ lên mạng xã hội {of} tin, bài ({rate}).")
    return told


def _kinds(where: str) -> list[ActivityKind]:
    return [kind for kind in KINDS.values() if kind.outline == where]


def _of(data: ReportData, kind: ActivityKind) -> list[ActivityFacts]:
    return [one for one in data.activities if one.kind == kind.code]


def _counted(data: ReportData, kind: ActivityKind) -> str:
    """ "3 hoạt động tập huấn, bồi dưỡng (12 lớp, 640 lượt người)"; where some did not tell a figure, of how many."""
    mine = _of(data, kind)
    parts = []
    for name in kind.figures:
        told = [one.figures[name] for one in mine if name in one.figures]
        if told:
            of = f" ghi ở {number(len(told))}/{number(len(mine))} hoạt động" if len(told) < len(mine) else ""
            parts.append(f"{number(sum(told))} {FIGURES[name].unit}{of}")
    figures = f" ({', '.join(parts)})" if parts else ""
    label = kind.label.lower().removeprefix("hoạt động ")
    return f"{number(len(mine))} hoạt động {label}{figures}"


# II.4, II.5 ------------------------------------------------------------------------------------------------


def _by_agency(data: ReportData) -> str:
    proposing = sum(bool(one.proposed) for one in data.agencies)
    published = sum(one.published for one in data.agencies)
    shared = sum(one.shared for one in data.agencies)
    expected = [one for one in data.agencies if one.expected]
    parts = [
        f"{number(proposing)} cơ quan, đơn vị đề xuất {number(sum(one.proposed for one in data.agencies))} bài"
        if proposing
        else "",
        f"{number(published)} bài của cơ quan, đơn vị được đăng" if published else "",
        f"{number(shared)} tin, bài từ nguồn tin của cơ quan, đơn vị được chia sẻ lên mạng xã hội" if shared else "",
    ]
    told = "; ".join(one for one in parts if one)
    lines = [
        f"Trong kỳ có {told}."
        if told
        else "Trong kỳ chưa có bài nào do cơ quan, đơn vị đề xuất hoặc lấy từ nguồn tin của cơ quan, đơn vị."
    ]
    if expected:
        handed = [one for one in expected if one.handed_on]
        late = sum(one.late for one in handed)
        behind = f", trong đó {number(late)} nộp trễ" if late else ""
        lines.append(f"Báo cáo năm: {number(len(handed))}/{number(len(expected))} cơ quan, đơn vị đã nộp{behind}.")
    return "\n".join([*lines, "Kết quả từng cơ quan, đơn vị được nêu tại Bảng 3."])


def _effect(data: ReportData) -> str:
    shown = [one for one in data.channels if one.published or one.followers is not None]
    if not shown:
        return "Trong kỳ chưa có số liệu tương tác."
    lines = [
        "Số liệu dưới đây là số cộng dồn của các lượt đăng trong kỳ đến thời điểm chốt. Mỗi nền tảng đếm theo cách "
        "riêng nên số liệu của các kênh không cộng với nhau.",
        *(f"- {one.title}: {channel_words(one)}." for one in shown),
    ]
    if data.portal and data.portal.measured:
        of = f"{number(data.portal.measured)}/{number(data.portal.shared)}"
        lines.append(
            "Thời gian từ khi tin, bài lên Cổng, Trang thông tin điện tử đến khi lên mạng xã hội: trung bình "
            f"{hours(data.portal.mean_minutes)}, trung vị {hours(data.portal.median_minutes)} (đo được ở {of} tin, "
            "bài)."
        )
    top = best_first(data.items)[:TOP]
    if top:
        lines.append(f"{number(len(top))} lượt đăng có nhiều lượt tương tác nhất:")
        lines += [f"- {best_words(data, one.id)}{';' if one is not top[-1] else '.'}" for one in top]
    return "\n".join(lines)


def channel_words(one: ChannelFacts) -> str:
    """What one channel reached, each figure under the platform's own name."""
    parts = [
        f"{number(one.bases[metric])} {words.lower()}{_named(one, metric)}"
        for metric, words in BASES.items()
        if one.bases.get(metric) is not None
    ] or ["lượt tiếp cận, lượt xem không có số liệu"]
    if one.engagement is None:
        parts.append("lượt tương tác không có số liệu")
    else:
        each = ", ".join(
            f"{words} {number(one.parts[part])}" for part, words in PARTS.items() if one.parts[part] is not None
        )
        parts.append(f"{number(one.engagement)} lượt tương tác ({each})")
    if one.rate is not None:
        parts.append(f"tỷ lệ tương tác {percent(one.rate, 2)} trên {BASES[one.base_metric].lower()}")
    parts.append(_followers(one))
    return "; ".join(parts)


def _followers(one: ChannelFacts) -> str:
    if one.followers is None:
        return "người theo dõi không có số liệu"
    name = _named(one, "followers")
    if one.followers_before is None:
        return f"{number(one.followers)} người theo dõi{name} cuối kỳ"
    moved = f" ({signed(one.gained)})" if one.gained is not None else ""
    return f"người theo dõi{name} đầu kỳ {number(one.followers_before)}, cuối kỳ {number(one.followers)}{moved}"


def _named(one: ChannelFacts, metric: str) -> str:
    return f" ({', '.join(one.names[metric])})" if one.names.get(metric) else ""
