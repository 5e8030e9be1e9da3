"""Connecting an account at the desk, through the imitated platforms' own pages: nothing lost, nothing shown, nothing
of another person's."""

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser
from pydantic import BaseModel, SecretStr
from sqlmodel import select

from connectors import CONNECTORS, connector_class
from scheduler.access import Platforms
from scheduler.consents import Consents
from scheduler.db import reading
from scheduler.tables import Channel, Credential, PendingConsent, Slot
from scheduler.vault import Vault
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from tests.web.forms import acts, sent_by
from web.app import create_app
from web.roles import Role
from web.server import WebServer

HERE = "/kenh/ket-noi"
ALL = pytest.mark.parametrize("platform", list(CONNECTORS))
REFUSAL = {"facebook": "refuse_consent", "youtube": "access_denied"}


@pytest.fixture
def back_here(desk: Desk) -> Desk:
    """A desk to which the platforms send the browser back."""
    use(desk, redirect_uri=f"{desk.address}{HERE}/ve")
    return desk


def use(desk: Desk, **facts: Any) -> None:
    """Change something of the house the pages stand on."""
    desk.house = dataclasses.replace(desk.house, **facts)
    desk.server.app.state.house = desk.house


def begun(visitor: Visitor, platform: str = "facebook", key: str = "kenh", **values: str) -> str:
    """Begin, as the form does; the page that waits."""
    form = sent_by(visitor.get(HERE, params={"nen-tang": platform}).text.partition("<main")[2])
    form = {name: value for name, value in form.items() if name != "dan_ma"}
    answer = visitor.post(HERE, form | {"key": key} | values)
    assert answer.status_code == 200 and "/lan/" in answer.url, answer.text
    return answer.url


def allow(desk: Desk, visitor: Visitor, waiting: str) -> str:
    """Open the link that leads to the platform, and allow; where the browser lands."""
    [url] = re.findall(r'class="button" href="([^"]+)" rel="noreferrer"', visitor.get(waiting).text)
    return desk.http.get(url.replace("&amp;", "&"), allow_redirects=False, timeout=10).headers["Location"]


def offered(desk: Desk, visitor: Visitor, platform: str = "facebook", key: str = "kenh", **values: str) -> Any:
    """The whole way to the choice of an account."""
    waiting = begun(visitor, platform, key, **values)
    return visitor.post(waiting, {"dia_chi": allow(desk, visitor, waiting)})


def choose(visitor: Visitor, page: Any, **values: str) -> Any:
    accounts = re.findall(r'name="account" value="([^"]+)"', page.text)
    return visitor.post(page.url, {"account": accounts[0]} | values)


def channels(desk: Desk) -> list[Channel]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Channel).order_by(Channel.key)).all())


def pending(desk: Desk) -> list[PendingConsent]:
    with reading(desk.engine) as session:
        return list(session.exec(select(PendingConsent)).all())


def secrets_of(desk: Desk) -> set[str]:
    """The secrets of the office's apps."""
    found = set()
    for settings in desk.service.platforms.settings.values():
        values = [getattr(settings, name) for name in type(settings).model_fields]
        found |= {one.get_secret_value() for one in values if isinstance(one, SecretStr)}
    return found - {""}


# The way through -------------------------------------------------------------------------------------------------


@ALL
def test_an_account_is_connected_by_pasting_the_address_and_looked_at_at_once(both: Desk, platform: str) -> None:
    quang = both.visit(both.quang)
    page = offered(both, quang, platform, agency="snv", slot0="07:15", slot1="")
    assert page.status_code == 200 and "/chon/" in page.url
    answer = choose(quang, page)
    assert answer.url.endswith("/kenh/kenh") and "thành kênh “kenh”" in answer.text
    [channel] = channels(both)
    assert (channel.key, channel.platform, channel.agency, channel.state) == ("kenh", platform, "snv", "connected")
    with reading(both.engine) as session:
        slots = {(one.weekday, one.minute) for one in session.exec(select(Slot))}
    assert (0, 435) in slots and not [minute for weekday, minute in slots if weekday == 1]
    assert acts(both)[0][2].startswith("Kết nối ") and pending(both) == []


@ALL
def test_the_browser_comes_back_by_itself_where_the_platform_is_told_so(back_here: Desk, platform: str) -> None:
    quang = back_here.visit(back_here.quang)
    waiting = begun(quang, platform)
    assert "trình duyệt tự quay lại đây" in quang.get(waiting).text
    page = quang.get(allow(back_here, quang, waiting))
    assert "/chon/" in page.url and "code=" not in page.url
    assert "thành kênh “kenh”" in choose(quang, page).text


def test_each_step_goes_on_in_another_process(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    waiting = begun(quang)
    with restarted(desk) as address:
        again = Visitor(address, quang.token)
        landed = allow(desk, again, waiting.replace(desk.address, address))
        page = again.post(waiting.replace(desk.address, address), {"dia_chi": landed})
        again.http.close()
    answer = choose(quang, quang.get(page.url.replace(address, desk.address)))
    assert "thành kênh “kenh”" in answer.text


@contextmanager
def restarted(desk: Desk) -> Iterator[str]:
    """The same desk in a server that knows nothing but the database and the folder."""
    consents = Consents(desk.engine, Vault.at(desk.folder / "cchc.key"), desk.service.platforms)
    house = dataclasses.replace(desk.house, consents=consents)
    with WebServer(create_app(desk.store.folder, lambda: True, house), "127.0.0.1", 0) as server:
        yield server.address


def test_an_access_is_renewed_under_the_channels_own_key_and_keeps_what_was_chosen(both: Desk) -> None:
    channel, quang = both.connect("facebook"), both.visit(both.quang)
    form = sent_by(quang.get(HERE, params={"kenh": "facebook"}).text.partition("<main")[2])
    assert form["kenh"] == "facebook" and "key" not in form
    waiting = quang.post(HERE, {name: form[name] for name in ("nen_tang", "kenh")}).url
    answer = choose(quang, quang.post(waiting, {"dia_chi": allow(both, quang, waiting)}))
    assert "thành kênh “facebook”" in answer.text
    assert [(one.id, one.key) for one in channels(both)] == [(channel.id, "facebook")]


def test_an_account_that_is_a_channel_already_is_renewed_and_no_second_one_is_made(both: Desk) -> None:
    both.connect("facebook")
    quang = both.visit(both.quang)
    page = offered(both, quang, key="moi")
    assert "Đã là kênh “facebook”" in page.text
    answer = choose(quang, page)
    assert answer.url.endswith("/kenh/facebook") and "không thêm kênh “moi”" in answer.text
    assert [one.key for one in channels(both)] == ["facebook"]


def test_pasted_tokens_connect_and_are_never_shown(both: Desk) -> None:
    channel, quang = both.connect("facebook"), both.visit(both.quang)
    token = token_of(both, channel)
    form = {"nen_tang": "facebook", "key": "moi", "dan_ma": "1"}
    page = quang.post(HERE, form | {"access_token": token})
    assert "/chon/" in page.url and token not in page.text
    assert token not in choose(quang, page).text
    refused = quang.post(HERE, form | {"access_token": "no-such-token-of-mine"})
    assert refused.status_code == 422 and "no-such-token-of-mine" not in refused.text
    assert "Hãy dán mã truy cập." in quang.post(HERE, form | {"access_token": " "}).text


def token_of(desk: Desk, channel: Channel) -> str:
    with reading(desk.engine) as session:
        row = session.get_one(Credential, channel.id)
    return desk.service.vault.open(channel.id or 0, row.secret).values["access_token"]


# What does not get through ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", list(REFUSAL))
def test_a_person_who_refuses_is_told_and_nothing_is_saved(back_here: Desk, platform: str) -> None:
    quang = back_here.visit(back_here.quang)
    back_here.sandbox.fault(platform, REFUSAL[platform])
    answer = quang.get(allow(back_here, quang, begun(quang, platform)))
    assert answer.status_code == 400 and "hãy" in answer.text and "Kết nối lại từ đầu" in answer.text
    assert channels(back_here) == [] and pending(back_here) == []


def test_an_answer_works_once(back_here: Desk) -> None:
    quang = back_here.visit(back_here.quang)
    landed = allow(back_here, quang, begun(quang))
    assert quang.get(landed).status_code == 200
    again = quang.get(landed)
    assert again.status_code == 400 and "đã được dùng rồi hoặc đã quá 15 phút" in again.text


def test_an_answer_of_another_person_is_refused_and_stays_theirs(back_here: Desk) -> None:
    quang, hung = (
        back_here.visit(one) for one in (back_here.quang, back_here.person("hung", "Hùng", Role.CHANNEL_ADMIN))
    )
    waiting = begun(quang)
    landed = allow(back_here, quang, waiting)
    for answer in (hung.get(landed), hung.get(waiting), hung.post(waiting, {"dia_chi": landed})):
        assert answer.status_code == 400 and "do người khác bắt đầu" in answer.text
    page = quang.get(landed)
    assert page.status_code == 200
    for answer in (hung.get(page.url), choose_for(hung, page)):
        assert answer.status_code == 400 and "do người khác bắt đầu" in answer.text
    assert channels(back_here) == []
    assert "thành kênh “kenh”" in choose(quang, page).text


def choose_for(visitor: Visitor, page: Any) -> requests.Response:
    answer: requests.Response = choose(visitor, page)
    return answer


@pytest.mark.parametrize("step", ["waiting", "choosing"])
def test_a_step_that_waited_too_long_says_so_and_leads_on(desk: Desk, step: str) -> None:
    quang = desk.visit(desk.quang)
    address = begun(quang) if step == "waiting" else offered(desk, quang).url
    assert "còn 15 phút" in quang.get(address).text
    desk.clock.set(NOW + timedelta(minutes=14))
    assert "còn 1 phút" in quang.get(address).text
    desk.clock.set(NOW + timedelta(minutes=16))
    answer = quang.get(address)
    assert answer.status_code == 400 and "quá 15 phút" in answer.text and "Kết nối lại từ đầu" in answer.text


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=", "?state=x&code=y", "?state=%00&code=%ff", "?state=" + "x" * 5000]
)
def test_a_made_up_answer_opens_nothing(both: Desk, query: str) -> None:
    answer = both.visit(both.quang).get(f"{HERE}/ve{query}")
    assert answer.status_code == 400 and "Chưa kết nối được" in answer.text


@pytest.mark.parametrize(
    ("landed", "told"),
    [
        ("", "Hãy điền"),
        ("https://localhost/back", "thiếu phần trả lời"),
        ("không phải địa chỉ", "thiếu phần trả lời"),
        ("https://localhost/back?code=stolen-code&state=of-another", "không thuộc lượt kết nối này"),
        ("http://[bad?code=stolen-code", "thiếu phần trả lời"),
        ("x" * 8001, "tối đa 8000 ký tự"),
    ],
)
def test_a_wrong_address_is_refused_beside_its_field_and_the_consent_goes_on(
    desk: Desk, landed: str, told: str
) -> None:
    quang = desk.visit(desk.quang)
    waiting = begun(quang)
    answer = quang.post(waiting, {"dia_chi": landed})
    assert answer.status_code == 422 and told in answer.text and "stolen-code" not in answer.text
    assert "/chon/" in quang.post(waiting, {"dia_chi": allow(desk, quang, waiting)}).url


def test_a_platform_that_does_not_answer_the_exchange_is_told_with_the_way_out(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    desk.sandbox.fault("zalo", "hang_up", path="/v4/oa/access_token")
    answer = offered(desk, quang, "zalo")
    assert answer.status_code == 400 and "kết nối lại từ đầu" in answer.text and channels(desk) == []


def test_the_choice_sent_twice_makes_one_channel(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    page = offered(desk, quang)
    assert [choose(quang, page).status_code for _ in range(2)] == [200, 400]
    assert len(channels(desk)) == 1


def test_an_account_that_was_not_offered_is_refused(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    page = offered(desk, quang)
    answer = choose(quang, page, account="723701000000099")
    assert answer.status_code == 422 and "Hãy chọn “Tài khoản” trong danh sách." in answer.text
    assert choose(quang, page).status_code == 200


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"key": ""}, "Hãy điền “Tên gọi”."),
        ({"key": "Trang của tôi"}, "Tên gọi chỉ gồm chữ thường không dấu"),
        ({"key": "ket-noi"}, "Tên gọi chỉ gồm chữ thường không dấu"),
        ({"key": "../x"}, "Tên gọi chỉ gồm chữ thường không dấu"),
        ({"key": "x" * 41}, "tối đa 40 ký tự"),
        ({"key": "da-co"}, "Đã có kênh “da-co”"),
        ({"key": "kenh", "agency": "soyte"}, "Hãy chọn “Cơ quan chủ quản” trong danh sách."),
        ({"key": "kenh", "slot0": "25:00"}, "không phải giờ trong ngày"),
    ],
)
def test_a_wish_that_cannot_come_true_is_refused_before_anybody_is_sent_away(
    desk: Desk, values: dict[str, str], told: str
) -> None:
    desk.channel("facebook", key="da-co")
    answer = desk.visit(desk.quang).post(HERE, {"nen_tang": "facebook"} | values)
    assert answer.status_code == 422 and told in answer.text and pending(desk) == []


def test_an_unknown_platform_or_channel_is_not_found(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    assert quang.get(HERE, params={"nen-tang": "tiktok"}).status_code == 404
    assert quang.get(HERE, params={"kenh": "khong-co"}).status_code == 404
    assert quang.post(HERE, {"nen_tang": "tiktok", "key": "x"}).status_code == 404
    assert quang.post(HERE, {"nen_tang": "facebook", "kenh": "khong-co"}).status_code == 404


def test_nobody_but_a_channel_administrator_connects(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    waiting, page = begun(quang, key="mot"), offered(desk, quang, key="hai")
    for staff in (desk.lan, desk.minh, desk.ha, desk.tu, desk.son, desk.charlie):
        visitor = desk.visit(staff)
        for path in (HERE, f"{HERE}?nen-tang=zalo", f"{HERE}/ve?state=x&code=y", waiting, page.url):
            assert visitor.get(path).status_code == 403, (staff.login, path)
        for path in (HERE, waiting, page.url):
            assert visitor.post(path, {"nen_tang": "facebook", "key": "x"}).status_code == 403


@ALL
def test_an_app_that_is_not_set_up_is_told_by_the_names_of_its_settings_and_no_secret_is_shown(
    desk: Desk, platform: str
) -> None:
    quang = desk.visit(desk.quang)
    kind = connector_class(platform)
    names = [f"CCHC_{platform}__{name}".upper() for name in kind.capabilities.needed_settings]
    page = quang.get(HERE, params={"nen-tang": platform}).text
    assert all(name in page for name in names) and page.count("Đã khai") == len(names)
    for secret in secrets_of(desk):
        assert secret not in page + quang.get(HERE).text
    bare: dict[str, BaseModel] = {**desk.service.platforms.settings, platform: kind.Settings()}
    platforms = Platforms(bare, desk.service.platforms.session)
    desk.service.platforms = platforms
    use(desk, consents=Consents(desk.engine, desk.service.vault, platforms))
    page = quang.get(HERE, params={"nen-tang": platform}).text
    assert page.count("Còn thiếu") == len(names) and "điền các dòng còn thiếu" in page
    assert "Còn thiếu cấu hình" in quang.get(HERE).text
    answer = quang.post(HERE, {"nen_tang": platform, "key": "kenh"})
    assert answer.status_code == 422 and pending(desk) == []


def test_what_waits_between_two_steps_is_sealed(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    page = offered(desk, quang)
    [row] = pending(desk)
    token = choose(quang, page) and token_of(desk, channels(desk)[0])
    assert token.encode() not in row.secret and token not in str(row.facts)
    assert token.encode() not in (desk.folder / "cchc.sqlite3").read_bytes()


# What it costs, and how it looks ---------------------------------------------------------------------------------


def test_each_step_asks_the_database_a_few_times(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    for path in (HERE, f"{HERE}?nen-tang=zalo", begun(quang, key="mot"), offered(desk, quang, key="hai").url):
        with counted(desk.engine) as statements:
            assert quang.get(path).status_code == 200
        assert len(statements) <= 6, (path, statements)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_person_connects_a_channel_in_a_browser_and_axe_finds_nothing_wrong(
    back_here: Desk, browser: Browser, width: int
) -> None:
    with window(browser, back_here, back_here.quang, width) as page:
        page.goto("/kenh")
        page.get_by_role("link", name="Kết nối kênh đầu tiên").click()
        assert violations(page) == []
        page.get_by_role("link", name="Chọn YouTube").click()
        page.get_by_label("Tên gọi").fill("Sai Tên")
        page.get_by_text("Đã có mã truy cập?").click()
        page.get_by_text("Khung giờ đăng:").click()
        page.get_by_role("button", name="Tiếp tục").click()
        page.get_by_role("alert").wait_for()
        assert violations(page) == []
        page.get_by_label("Tên gọi").fill("kenh-youtube")
        page.get_by_label("Tên gọi").press("Enter")
        page.get_by_role("heading", name="Cho phép trên YouTube").wait_for()
        assert violations(page) == []
        page.get_by_role("link", name="Mở trang cấp quyền của YouTube").click()
        page.get_by_role("heading", name="Chọn tài khoản YouTube").wait_for()
        assert violations(page) == []
        page.get_by_role("button", name="Lưu kênh").click()
        page.get_by_role("status").filter(has_text="thành kênh “kenh-youtube”").wait_for()
        page.goto(f"{HERE}/ve?state=x&code=y")
        assert violations(page) == []
