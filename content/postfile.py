"""One post as a file: the shape of its YAML head, and reading it with every problem told at once."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator

from content import seasons, tags
from content.checks import AssetPlace, Drawn, Finding, check, drawn_from
from content.checks.rules import PARTS_MOST, REPEAT_DAYS_MOST, REPEATS_MOST
from content.errors import ContentError, LibraryError
from content.files import Day, Entry, parse_yaml, problems_of, read_text
from content.keys import KEY
from content.plan import Plan
from content.series import name_of
from content.tables import LateRule

PROJECT = Path(__file__).resolve().parent.parent
_KINDS = {"infographic": ("image", "cover"), "image": ("image",), "cover": ("cover",), "video": ("video",)}
SPEC_ENDINGS = (".yml", ".yaml")


def _with_sharp(value: object) -> object:
    """Hashtags are kept as people see them; in YAML the sign may be left out, because it starts a comment."""
    return f"#{value.strip().lstrip('#')}" if isinstance(value, str) else value


class Variant(Entry):
    """What differs on one platform; an empty field means "as in the post"."""

    title: str = ""
    summary: str = ""
    text: str = ""
    link: str = ""
    first_comment: str = ""
    """What the account itself writes under the post once it is public, where the platform can."""
    options: dict[str, Any] = Field(default_factory=dict)


class Late(Entry):
    """What becomes of the post when its hour has passed."""

    rule: Literal["expire", "next_slot", "any_time"] = "expire"
    minutes: int = Field(default=180, ge=1, le=60 * 24 * 7)


class Repeat(Entry):
    """How often it may go out again on one channel; zero: as the office does it, without end."""

    days: int = Field(default=0, ge=0, le=REPEAT_DAYS_MOST)
    most: int = Field(default=0, ge=0, le=REPEATS_MOST)
    until: Day | None = None


class Series(Entry):
    """The series that it is a part of; parts go out in order. That both are told is asked by the checks."""

    name: Annotated[str, AfterValidator(name_of)] = ""
    part: int = Field(default=0, ge=0, le=PARTS_MOST)


def _tags(value: list[str]) -> list[str]:
    try:
        return tags.clean(value)
    except ContentError as error:
        raise ValueError(error.words.removeprefix("tags: ")) from error


def _season(value: str) -> str:
    try:
        return seasons.parse(value)
    except ContentError as error:
        raise ValueError(error.words) from error


Tags = Annotated[list[str], AfterValidator(_tags)]
"""Tags, each once; see `content.tags`."""
Season = Annotated[str, AfterValidator(_season)]
"""Written as "01/9 - 15/12", kept as `content.seasons` keeps it."""


class AssetEntry(Entry):
    """One line of `assets`: exactly one of infographic, image, cover and video names a file."""

    infographic: str = ""
    image: str = ""
    cover: str = ""
    video: str = ""
    alt: str = ""
    platforms: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_one_file(self) -> "AssetEntry":
        if len(self.named()) != 1:
            raise ValueError("phải có đúng một trong: infographic, image, cover, video.")
        return self

    def named(self) -> list[tuple[str, str]]:
        """The kinds that name a file, with the file."""
        return [(kind, str(getattr(self, kind))) for kind in _KINDS if getattr(self, kind)]


class Head(Entry):
    """The YAML head of a post's file."""

    title: str
    topic: str
    form: str
    audiences: list[str] = Field(default_factory=list)
    source: str = ""
    source_url: str = ""
    legal_refs: list[str] = Field(default_factory=list)
    hashtags: list[Annotated[str, BeforeValidator(_with_sharp)]] = Field(default_factory=list)
    platforms: list[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]]
    variants: dict[str, Variant] = Field(default_factory=dict)
    assets: list[AssetEntry] = Field(default_factory=list)
    sensitive: bool = False
    evergreen: bool = True
    allowed_in_pause: bool = False
    valid_from: Day | None = None
    valid_to: Day | None = None
    late: Late = Late()
    tags: Tags = Field(default_factory=list)
    season: Season = ""
    repeat: Repeat = Repeat()
    series: Series = Series()

    @field_validator("platforms")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError("có nền tảng viết hai lần.")
        return names


@dataclass(frozen=True, slots=True)
class AssetLine:
    """An asset a post names: where its file is and in which roles it serves."""

    path: Path
    roles: tuple[str, ...]
    alt: str
    platforms: tuple[str, ...]
    drawn: Drawn | None = None
    """What a picture that still has to be drawn will say."""

    @property
    def is_spec(self) -> bool:
        """Whether the picture still has to be drawn."""
        return self.path.suffix in SPEC_ENDINGS


@dataclass(slots=True)
class PostFile:
    """One post as its file says it: the same names as the table `post`, and its assets still as files."""

    key: str
    title: str
    body: str
    topic: str
    form: str
    audiences: list[str]
    source: str
    source_url: str
    legal_refs: list[str]
    hashtags: list[str]
    platforms: list[str]
    variants: dict[str, dict[str, Any]]
    sensitive: bool
    evergreen: bool
    allowed_in_pause: bool
    valid_from: date | None
    valid_to: date | None
    late_rule: str
    late_minutes: int
    tags: list[str]
    season: str
    repeat_days: int
    repeat_most: int
    repeat_until: date | None
    series: str
    series_part: int
    file: str
    assets: list[AssetLine]

    def places(self) -> list[AssetPlace]:
        """Every asset in every role it serves in."""
        return [
            AssetPlace(role, line.alt, line.path.name, place)
            for place, line in enumerate(self.assets, 1)
            for role in line.roles
        ]

    def drawn(self) -> list[Drawn]:
        """What the post's own drawn pictures say, each once."""
        return list(dict.fromkeys(line.drawn for line in self.assets if line.drawn))

    def findings(self, plan: Plan, *, today: date | None = None) -> list[Finding]:
        """Everything to mend, to fill in or to think about; `today` is the local day on which law must be in force."""
        return check(self, self.places(), plan, drawn=self.drawn(), today=today)


def read_post(path: Path, plan: Plan) -> PostFile:
    """The post in a file. Raises `LibraryError` with every problem as "file: field: sentence".

    What is still to be filled in, and warnings, are not raised: see `PostFile.findings`.
    """
    try:
        text = read_text(path)
        raw, body = _split(text, path.name)
        facts = parse_yaml(raw, path.name, first_line=2)
    except ContentError as error:
        raise LibraryError([error.words]) from error
    if not isinstance(facts, dict):
        raise LibraryError([f"{path.name}: dòng 2: phần đầu phải là các trường dạng tên: giá trị."])
    problems = []
    if not KEY.fullmatch(path.stem):
        problems.append(
            f"{path.name}: tên tệp: chỉ dùng chữ thường không dấu, số và gạch nối, như d-mot-cua-lien-thong.md."
        )
    try:
        head = Head.model_validate(facts)
    except ValidationError as error:
        raise LibraryError(problems + _with_letters(problems_of(error, path.name), facts, plan)) from error
    lines, missing = _asset_lines(head, path)
    post = post_file(path, head, body, lines)
    problems += missing
    problems += [f"{path.name}: {one.field}: {one.words}" for one in post.findings(plan) if one.keeps_out]
    if problems:
        raise LibraryError(problems)
    return post


def _split(text: str, name: str) -> tuple[str, str]:
    """Head and body. Raises `ContentError` naming the file and the line."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise ContentError(f"{name}: dòng 1: tệp phải mở đầu bằng một dòng chỉ có ba gạch nối (---).")
    for place, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:place]), "\n".join(lines[place + 1 :]).strip()
    raise ContentError(
        f"{name}: dòng {len(lines)}: phần đầu chưa đóng; hãy thêm một dòng chỉ có ba gạch nối (---) trước nội dung."
    )


def _with_letters(problems: list[str], facts: dict[str, Any], plan: Plan) -> list[str]:
    """Tell a wrong topic letter too when the head is broken elsewhere, so that one round mends everything."""
    letter = facts.get("topic")
    if isinstance(letter, str) and plan.topic(letter) is None:
        name = problems[0].partition(":")[0]
        problems.append(f"{name}: topic: kế hoạch không có nội dung “{letter}”; chỉ có {', '.join(plan.letters)}.")
    return problems


def _asset_lines(head: Head, path: Path) -> tuple[list[AssetLine], list[str]]:
    lines: list[AssetLine] = []
    problems: list[str] = []
    for place, entry in enumerate(head.assets, 1):
        [(kind, name)] = entry.named()
        where = f"{path.name}: assets, mục {place}:"
        if Path(name).is_absolute() or ".." in Path(name).parts:
            problems.append(f"{where} “{name}” phải là đường dẫn trong thư mục dự án, không có “..”.")
            continue
        for platform in entry.platforms:
            if platform not in head.platforms:
                problems.append(f"{where} nền tảng “{platform}” không có trong platforms của bài.")
        file = _find(name, path)
        lines.append(AssetLine(file, _KINDS[kind], entry.alt, tuple(entry.platforms), drawn_by(file)))
        if not lines[-1].path.is_file():
            problems.append(f"{where} không tìm thấy tệp “{name}” cạnh bài hoặc trong thư mục dự án.")
        elif kind == "infographic" and not lines[-1].is_spec:
            problems.append(f"{where} infographic phải là tệp mô tả .yml; ảnh có sẵn thì ghi image.")
        elif kind in ("image", "video") and lines[-1].is_spec:
            problems.append(f"{where} {kind} phải là tệp ảnh hoặc video; tệp mô tả .yml thì ghi infographic.")
    return lines, problems


def drawn_by(file: Path) -> Drawn | None:
    """What a picture's description says; None when it is none, or cannot be read (drawing it tells why)."""
    if file.suffix not in SPEC_ENDINGS:
        return None
    try:
        return drawn_from(parse_yaml(read_text(file), file.name), file.name)
    except ContentError:
        return None


def drawn_of(path: Path) -> list[Drawn]:
    """What the drawn pictures of the post in this file say; nothing when the file cannot be read any more."""
    try:
        raw, _ = _split(read_text(path), path.name)
        head = Head.model_validate(parse_yaml(raw, path.name))
    except (ContentError, ValidationError):
        return []
    found = (drawn_by(_find(name, path)) for entry in head.assets for kind, name in entry.named() if kind != "video")
    return list(dict.fromkeys(one for one in found if one))


def _find(name: str, post: Path) -> Path:
    """Beside the post first, then in the project."""
    beside = post.parent / name
    return beside if beside.is_file() else PROJECT / name


def post_file(path: Path, head: Head, body: str, lines: list[AssetLine]) -> PostFile:
    """The post of a head and a body; the file's name without its ending is its key."""
    return PostFile(
        key=path.stem,
        title=head.title,
        body=body,
        topic=head.topic,
        form=head.form,
        audiences=head.audiences,
        source=head.source,
        source_url=head.source_url,
        legal_refs=head.legal_refs,
        hashtags=head.hashtags,
        platforms=head.platforms,
        variants={name: one.model_dump(exclude_defaults=True) for name, one in head.variants.items()},
        sensitive=head.sensitive,
        evergreen=head.evergreen,
        allowed_in_pause=head.allowed_in_pause,
        valid_from=head.valid_from,
        valid_to=head.valid_to,
        late_rule=LateRule(head.late.rule),
        late_minutes=head.late.minutes,
        tags=head.tags,
        season=head.season,
        repeat_days=head.repeat.days,
        repeat_most=head.repeat.most,
        repeat_until=head.repeat.until,
        series=head.series.name,
        series_part=head.series.part,
        file=path.name,
        assets=lines,
    )
