"""The desk as several processes: whoever began at one goes on at another, also when the first one dies."""

import io
import signal
from collections.abc import Iterator

import pytest
from PIL import Image

from content.plan import load_plan
from content.vietnamese import fold
from scheduler.db import writing
from tests.cli.test_run import free_port
from tests.conftest import LAN, NOW
from tests.many.province import Province
from tests.web.desk import QUICK, the_plan
from tests.web.door import PASSWORD, Caller
from web.roles import Role
from web.tables import Staff

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def lan(province: Province) -> Iterator[Caller]:
    """An editor's browser, in front of two processes as behind a proxy that sends each request where it likes."""
    with writing(province.engine) as session:
        load_plan(session, the_plan(), NOW)
        facts = {"roles": [Role.EDITOR], "agency": "", "created_at": NOW, "updated_at": NOW}
        session.add(Staff(login="lan", name=LAN, name_key=fold(LAN), password_hash=QUICK.hash(PASSWORD), **facts))
    browser = Caller("")
    yield browser
    browser.http.close()


@POSTGRES
def test_a_form_begun_at_one_process_is_finished_at_another(province: Province, lan: Caller) -> None:
    ports = [free_port(), free_port()]
    one, other = (f"http://127.0.0.1:{port}" for port in ports)
    first, second = (province.launch("web", "--port", port) for port in ports)
    for process in (first, second):
        province.begun(process, "web")

    def at(address: str) -> Caller:
        lan.address = address
        return lan

    # signing in: the form comes from one, its answer goes to the other, and both know who it is
    at(one).get("/dang-nhap")
    form = {"dang_nhap": "lan", "mat_khau": PASSWORD, "tiep": "/"}
    assert at(other).post("/dang-nhap", form).status_code == 200
    for address in (one, other):
        answer = at(address).get("/", allow_redirects=False)
        assert answer.status_code == 200 and LAN in answer.text

    # a new post: begun here, opened there, kept here, seen there
    begun = at(one).post("/soan/moi", allow_redirects=False)
    assert begun.status_code == 303
    path = begun.headers["Location"]
    assert at(other).get(path).status_code == 200
    key = path.rpartition("/")[2]
    assert key in at(one).get("/thu-vien").text or at(one).get(path).status_code == 200

    # a picture: handed in there, shown here byte for byte
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "PNG")
    at(other).get("/tu-lieu")
    files = [("tep", ("anh.png", out.getvalue()))]
    answer = at(other).post("/tu-lieu/tai-len", {"tiep": "/tu-lieu"}, files=files)
    assert "Đã nhận" in answer.text
    place = answer.text.split('href="/tu-lieu/')[1].split('"')[0].split("/")[0]
    assert at(one).get(f"/tu-lieu/{place}").content == at(other).get(f"/tu-lieu/{place}").content == out.getvalue()

    # one dies while the browser holds its page; the other takes the form
    at(one).get(path)
    first.end(signal.SIGKILL)
    assert at(other).post("/soan/moi", allow_redirects=False).status_code == 303

    # signing out at one is signing out everywhere
    again = province.start("web", "--port", free_port())
    again_at = next(word for word in again.lines[-1].split() if word.startswith("http://"))
    at(other).get("/")
    assert at(other).post("/dang-xuat", allow_redirects=False).status_code == 303
    assert at(again_at).get("/", allow_redirects=False).status_code == 303
    for process in (second, again):
        code, said = process.end(signal.SIGTERM)
        assert code == 0, said
