"""A drawn picture keeps its words beside it, and nobody has to approve it again because a newer program would draw it
a little differently."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import Session, col, select, update

from content.brand import Brand
from content.drawings import Draw, Sketch, drawn_in, infographics_of, kept_pictures, made_of
from content.editorial import approve, is_approved, submit
from content.errors import ContentError
from content.exchange import importing
from content.infographic import parse_spec
from content.library import LoadReport, load_library
from content.plan import Plan
from content.store import AssetStore
from content.tables import Post, PostAsset
from tests.conftest import LAN, MINH, NOW
from tests.content.exchange.tables import read, row, write_csv
from tests.content.shelf import POST, encoded, plan, png

SPEC = "template: quote\ntitle: Đúng hẹn\nsource: Cổng Thông tin điện tử tỉnh\n"


def drawing(colour: str, the_plan: Plan | None = None) -> Draw:
    """A program that draws in that colour: pictures are made of the same, but their pixels are others."""
    real = infographics_of(the_plan or plan())

    def draw(path: Path, size: str) -> Sketch:
        return replace(real(path, size), paint=lambda: png(colour, {"portrait": (80, 100), "wide": (160, 90)}[size]))

    return draw


class Shelf:
    """One post with an infographic in a folder, brought in by one version of the program or another."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder, self.store = session, folder, AssetStore(folder / "store")
        self.file = folder / "d-giay-hen.md"
        self.file.write_text(POST.replace("image: giay-hen.png", "infographic: hinh.yml"), encoding="utf-8")
        (folder / "hinh.yml").write_text(SPEC, encoding="utf-8")

    def load(self, draw: Draw) -> LoadReport:
        report = load_library(self.session, self.folder, plan(), self.store, NOW, draw)
        self.session.commit()
        return report

    def bring_in(self, draw: Draw) -> LoadReport:
        """The same post from a table."""
        cells = {"Ảnh/Video": "hinh.yml", "Văn bản thay thế": "Lời nhắn về giấy hẹn đúng ngày."}
        table = read(write_csv(self.folder, [row(**cells)]), self.folder)
        importing.place(table, self.store, draw, kept_pictures(self.session, self.store))
        importing.compare(self.session, table)
        report = importing.write(self.session, table, NOW, LAN)
        self.session.commit()
        return report

    def approve(self) -> None:
        submit(self.session, "d-giay-hen", LAN, NOW)
        approve(self.session, "d-giay-hen", MINH, NOW)
        self.session.commit()

    @property
    def post(self) -> Post:
        return self.session.exec(select(Post)).one()

    def uses(self) -> list[PostAsset]:
        return list(self.session.exec(select(PostAsset).order_by(col(PostAsset.role).desc())))

    def pictures(self) -> list[str]:
        return [one.sha256 for one in self.uses()]

    def facts(self) -> list[dict[str, Any]]:
        return [one.drawn or {} for one in self.uses()]


@pytest.fixture
def shelf(session: Session, tmp_path: Path) -> Shelf:
    return Shelf(session, tmp_path)


Way = Callable[[Shelf, Draw], LoadReport]
both_ways = pytest.mark.parametrize("bring", [Shelf.load, Shelf.bring_in])


# Kept ------------------------------------------------------------------------------------------------------


@both_ways
def test_a_newer_program_keeps_the_approved_picture_and_the_approval(shelf: Shelf, bring: Way) -> None:
    bring(shelf, drawing("navy"))
    shelf.approve()
    before = shelf.pictures()
    assert bring(shelf, drawing("red")) == LoadReport(same=["d-giay-hen"])
    assert is_approved(shelf.post) and shelf.pictures() == before


@both_ways
@pytest.mark.parametrize("role", ["image", "cover"])
def test_a_picture_whose_file_is_lost_is_drawn_anew_and_has_to_be_approved_again(
    shelf: Shelf, bring: Way, role: str
) -> None:
    bring(shelf, drawing("navy"))
    shelf.approve()
    before = {one.role: one.sha256 for one in shelf.uses()}
    shelf.store.path(before[role], "image/png").write_bytes(b"cut short")
    assert bring(shelf, drawing("red")).ended == ["d-giay-hen"]
    assert [one.role for one in shelf.uses() if one.sha256 != before[one.role]] == [role]
    assert not is_approved(shelf.post)


def test_other_words_in_the_description_are_drawn_and_end_the_approval(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    shelf.approve()
    before = shelf.pictures()
    (shelf.folder / "hinh.yml").write_text(SPEC.replace("Đúng hẹn", "Trước hẹn"), encoding="utf-8")
    assert shelf.load(drawing("red")) == LoadReport(changed=["d-giay-hen"], ended=["d-giay-hen"])
    assert not is_approved(shelf.post) and not set(before) & set(shelf.pictures())
    assert all("Trước hẹn" in one["texts"] and "Đúng hẹn" not in one["texts"] for one in shelf.facts())


def test_another_signature_is_drawn_and_ends_the_approval(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    shelf.approve()
    first, *rest = plan().brands
    renamed = plan().model_copy(update={"brands": (first.model_copy(update={"line": "moi.gov.vn"}), *rest)})
    assert shelf.load(drawing("red", renamed)).ended == ["d-giay-hen"]
    assert not is_approved(shelf.post)


def test_another_alternative_text_draws_anew_and_ends_the_approval(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    shelf.approve()
    before = shelf.pictures()
    shelf.file.write_text(shelf.file.read_text(encoding="utf-8").replace("có mã hồ sơ", "có ngày hẹn"), "utf-8")
    assert shelf.load(drawing("red")).ended == ["d-giay-hen"]
    assert not is_approved(shelf.post) and not set(before) & set(shelf.pictures())


def test_a_post_does_not_take_the_old_picture_of_another(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    (shelf.folder / "d-khac.md").write_text(shelf.file.read_text(encoding="utf-8"), encoding="utf-8")
    assert shelf.load(drawing("red")) == LoadReport(new=["d-khac"], same=["d-giay-hen"])
    assert len(set(shelf.pictures())) == 4


def test_only_posts_that_stood_before_the_approver_or_were_approved_are_named(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    spec = shelf.folder / "hinh.yml"
    spec.write_text(SPEC.replace("Đúng hẹn", "Trước hẹn"), encoding="utf-8")
    assert shelf.load(drawing("navy")).ended == []
    submit(shelf.session, "d-giay-hen", LAN, NOW)
    spec.write_text(SPEC, encoding="utf-8")
    assert shelf.load(drawing("red")).ended == ["d-giay-hen"]


# Told ------------------------------------------------------------------------------------------------------


@both_ways
def test_a_drawn_picture_keeps_its_words_and_who_signs_and_a_photo_keeps_none(shelf: Shelf, bring: Way) -> None:
    bring(shelf, drawing("navy"))
    for one in shelf.facts():
        told = drawn_in(one)
        assert (told.file, told.texts, told.signed) == (
            "hinh.yml",
            ("Đúng hẹn", "Cổng Thông tin điện tử tỉnh"),
            plan().signing("").filled,
        )
    (shelf.folder / "giay-hen.png").write_bytes(png())
    shelf.file.write_text(POST, encoding="utf-8")
    shelf.load(drawing("navy"))
    assert [one.drawn for one in shelf.uses()] == [{}]


@both_ways
def test_a_row_from_before_learns_its_words_and_the_approval_stands(shelf: Shelf, bring: Way) -> None:
    bring(shelf, drawing("navy"))
    shelf.approve()
    known = shelf.facts()
    shelf.session.execute(update(PostAsset).values(drawn=None))
    shelf.session.commit()
    assert bring(shelf, drawing("navy")) == LoadReport(same=["d-giay-hen"])
    shelf.session.expire_all()
    assert shelf.facts() == known and all(known) and is_approved(shelf.post)


def test_what_is_known_of_a_picture_is_not_forgotten_because_it_comes_back_as_a_file(shelf: Shelf) -> None:
    shelf.load(drawing("navy"))
    known = shelf.facts()
    lines = []
    for role, sha256 in zip(("image", "cover"), shelf.pictures(), strict=True):
        (shelf.folder / f"{role}.png").write_bytes(shelf.store.path(sha256, "image/png").read_bytes())
        lines.append(f"  - {role}: {role}.png\n    alt: Một tờ giấy hẹn có mã hồ sơ.\n")
    head, _, rest = POST.partition("  - image: giay-hen.png\n    alt: Một tờ giấy hẹn có mã hồ sơ.\n")
    shelf.file.write_text(head + "".join(lines) + rest, encoding="utf-8")
    assert shelf.load(drawing("navy")) == LoadReport(same=["d-giay-hen"])
    assert shelf.facts() == known


# Made of ---------------------------------------------------------------------------------------------------


def of(brand: Brand | None = None, size: str = "wide", **changes: object) -> str:
    values = {"template": "quote", "title": "Đúng hẹn", **changes}
    return made_of(parse_spec(values, "q.yml"), brand or plan().brand(), size)


def test_everything_an_office_decides_about_a_picture_counts_and_nothing_else() -> None:
    brand = plan().brand()
    others = [
        of(size="portrait"),
        of(title="Trước hẹn"),
        of(source="Cổng"),
        of(palette="cung_dinh"),
        of(brand.model_copy(update={"name": "Sở Nội vụ"})),
        of(brand.model_copy(update={"line": "snv.gov.vn"})),
        of(Brand(name=brand.name, picture=encoded(Image.new("RGBA", (200, 200), "teal")))),
        of(Brand(name=brand.name)),
    ]
    assert len({of(), *others}) == len(others) + 1
    assert of(source="", kicker=" ", title=" Đúng hẹn ") == of()
    assert of(brand.model_copy(update={"logo": "ten-khac.png"})) == of()


def test_a_name_that_is_no_code_of_the_plan_is_refused_as_when_it_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "hinh.yml").write_text(f"{SPEC}agency: so_la\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"kế hoạch chưa có cơ quan nào mang mã “so_la”"):
        infographics_of(plan())(tmp_path / "hinh.yml", "wide")
