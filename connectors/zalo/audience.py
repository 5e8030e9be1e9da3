"""Whom a broadcast can be aimed at: Zalo's codes as data (zalo 4.1). Pure.

The cities are the provinces before July 2025: a merged province needs several codes, and whether Zalo has
given new ones is unverified. Change the table here, nowhere else.
"""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

AGES = {0: "0-12", 1: "13-17", 2: "18-24", 3: "25-34", 4: "35-44", 5: "45-54", 6: "55-64", 7: "65+"}
GENDERS = {0: "tất cả", 1: "nam", 2: "nữ"}
LOCATIONS = {0: "miền Bắc", 1: "miền Trung", 2: "miền Nam"}
PLATFORMS = {1: "iOS", 2: "Android", 3: "Windows Phone"}
CITIES = dict(
    enumerate(
        (
            *("Đồng Tháp", "Bình Phước", "Ninh Bình", "Bạc Liêu", "Hồ Chí Minh", "Vĩnh Long", "Lâm Đồng", "Yên Bái"),
            *("Hà Nam", "Hà Nội", "Hải Dương", "Hậu Giang", "An Giang", "Trà Vinh", "Tiền Giang", "Tây Ninh"),
            *("Đồng Nai", "Đắk Lắk", "Bình Định", "Kon Tum", "Đà Nẵng", "Bắc Giang", "Bắc Kạn", "Điện Biên"),
            *("Hòa Bình", "Thái Bình", "Vĩnh Phúc", "Hà Giang", "Kiên Giang", "Bình Dương", "Bình Thuận", "Đắk Nông"),
            *("Khánh Hòa", "Gia Lai", "Quảng Nam", "Quảng Trị", "Hà Tĩnh", "Hưng Yên", "Quảng Ninh", "Thanh Hóa"),
            *("Phú Thọ", "Lai Châu", "Thái Nguyên", "Cao Bằng", "Cà Mau", "Cần Thơ", "Sóc Trăng", "Bến Tre"),
            *("Long An", "Bà Rịa-Vũng Tàu", "Ninh Thuận", "Phú Yên", "Quảng Ngãi", "Thừa Thiên Huế", "Quảng Bình"),
            *("Nghệ An", "Nam Định", "Hải Phòng", "Lạng Sơn", "Lào Cai", "Sơn La", "Bắc Ninh", "Tuyên Quang"),
            "ngoài Việt Nam",
        )
    )
)


def _folded(name: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(name)).casefold().split())


def _codes(table: Mapping[int, str], label: str) -> BeforeValidator:
    """Codes or names, one, several or several in one text with commas, as codes in the table's order."""
    by_name = {_folded(name): code for code, name in table.items()}

    def code_of(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value in table:
            return value
        text = _folded(value)
        code = by_name.get(text, int(text) if text.isdecimal() else -1)
        if code not in table:
            raise ValueError(
                f"{label} “{value}” không có trong danh sách của Zalo; hãy chọn: {', '.join(table.values())}."
            )
        return code

    def read(value: Any) -> tuple[int, ...]:
        values = value.split(",") if isinstance(value, str) else value
        values = values if isinstance(values, list | tuple | set | frozenset) else [values]
        return tuple(sorted({code_of(one) for one in values}))

    return BeforeValidator(read)


class Target(BaseModel):
    """Whom to reach. Empty fields mean everyone; `cities` and `locations` exclude each other (zalo 4.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ages: Annotated[tuple[int, ...], _codes(AGES, "Nhóm tuổi")] = ()
    gender: Annotated[tuple[int, ...], _codes(GENDERS, "Giới tính")] = ()
    locations: Annotated[tuple[int, ...], _codes(LOCATIONS, "Vùng")] = ()
    cities: Annotated[tuple[int, ...], _codes(CITIES, "Tỉnh, thành phố")] = ()
    platform: Annotated[tuple[int, ...], _codes(PLATFORMS, "Hệ điều hành")] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> "Target":
        if self.cities and self.locations:
            raise ValueError("Chỉ chọn vùng hoặc tỉnh, thành phố: Zalo bỏ qua vùng khi đã có tỉnh, thành phố.")
        if len(self.gender) > 1:
            raise ValueError("Chỉ chọn một giá trị giới tính; để trống là tất cả.")
        return self

    def wire(self) -> dict[str, str]:
        """As Zalo takes it: strings with commas; what is not chosen is not sent."""
        chosen = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: ",".join(map(str, codes)) for name, codes in chosen.items() if codes}


def faults_of(audience: Mapping[str, Any]) -> list[str]:
    """What is wrong with a target, in words for staff; empty when it can be sent."""
    try:
        Target.model_validate(dict(audience))
    except ValidationError as error:
        return [_words(one) for one in error.errors()]
    return []


def _words(error: Mapping[str, Any]) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    name = ".".join(map(str, error["loc"]))
    return f"Đối tượng nhận tin không có mục “{name}”; các mục có thể chọn: {', '.join(Target.model_fields)}."
