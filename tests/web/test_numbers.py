"""Numbers and addresses that no row has, on each kind of database."""

import base64
import json

from tests.web.desk import Desk
from tests.web.test_api import program

HUGE = ("2147483648", "4294967296", "9007199254740992")


def test_a_number_larger_than_any_row_has_is_not_there_instead_of_an_error(both: Desk) -> None:
    lan, browser = program(both, both.lan), both.visit(both.lan)
    for number in HUGE:
        for path in (f"/publications/{number}", f"/suggestions/{number}"):
            assert lan.ask("GET", path).status_code in (404, 422), path
        for path in (f"/publications/{number}/hold", f"/suggestions/{number}/dismiss"):
            assert lan.post(path, {"reason": "x"}).status_code in (404, 422), path
        cursors = [base64.urlsafe_b64encode(json.dumps(told).encode()).decode() for told in (
            [int(number)], ["2026-01-01T00:00:00+00:00", int(number)],
        )]  # fmt: skip
        for path, cursor in (
            ("/posts", cursors[0]),
            ("/suggestions", cursors[0]),
            ("/posts?q=a", cursors[0]),
            ("/publications", cursors[1]),
        ):
            assert lan.ask("GET", path, params={"cursor": cursor}).status_code in (200, 422), path
        for path in (
            f"/lich/muc/{number}",
            f"/lich/doi/{number}",
            f"/muc/{number}",
            f"/muc/{number}/giu",
            f"/de-xuat/{number}",
            f"/de-xuat?sau={number}",
            f"/nhat-ky?sau={number}",
            f"/thu-vien?trang={number}",
            f"/so-lieu/bai?trang={number}",
            f"/nguoi-dung/{number}",
            f"/cau-hinh/nguon-tin/{number}",
        ):
            code = browser.get(path).status_code
            assert code < 500, (path, code)
