"""What every page has in common, without a browser."""

import gzip
import hashlib
import json
import re

import pytest
from jinja2 import UndefinedError
from starlette.testclient import TestClient

from nrm_pages.look import assets, environment
from nrm_pages.look.messages import STATUSES, keys
from nrm_pages.look.swimlane import Step, lay_out
from nrm_pages.words import t
from pages.tests.browser.gallery import LONG, app


@pytest.fixture
def reader() -> TestClient:
    return TestClient(app(), raise_server_exceptions=False)


def test_every_file_is_what_the_manifest_says() -> None:
    told = {
        line["file"]: line for line in json.loads((assets.FOLDER / "manifest.json").read_text())
    }
    there = {file.name for file in assets.FOLDER.iterdir()} - {"manifest.json", "LICENCES.txt"}
    assert set(told) == there
    for name, line in told.items():
        content = (assets.FOLDER / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"], name
        assert line["licence"]
        assert line["from"]


def test_a_file_is_kept_for_a_year_under_the_name_of_its_build(reader: TestClient) -> None:
    address = assets.address("/desk", "app.css")
    squeezed = reader.get(address, headers={"accept-encoding": "gzip"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert "immutable" in squeezed.headers["cache-control"]
    plain = reader.get(address, headers={"accept-encoding": "identity"})
    assert plain.content == squeezed.content
    assert len(gzip.compress(plain.content)) < 25_000
    assert reader.get(address.replace(assets.build(), "0" * 16)).status_code == 404
    assert reader.get(address.replace("app.css", "..%2Frender.py")).status_code == 404
    with pytest.raises(FileNotFoundError):
        assets.address("/desk", "absent.css")


def test_the_sheet_and_its_fonts_come_from_here_alone() -> None:
    sheet = (assets.FOLDER / "app.css").read_text("utf-8")
    fonts = {name for name in re.findall(r'url\("?([^")]+)', sheet) if name.endswith("woff2")}
    assert fonts == {f.name for f in assets.FOLDER.iterdir() if f.name.endswith("woff2")}
    assert not re.findall(r"url\(\"?(?:https?:)?//", sheet)


def test_every_page_binds_the_browser_with_the_nonce_that_it_uses(reader: TestClient) -> None:
    first, second = reader.get("/desk/gallery"), reader.get("/desk/gallery")
    policy = first.headers["content-security-policy"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert set(re.findall(r'nonce="([^"]+)"', first.text)) == {nonce}
    assert nonce not in second.text
    assert "unsafe" not in policy
    assert first.headers["cache-control"] == "no-store"
    assert " style=" not in first.text
    assert " onclick" not in first.text


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_page_in_plain_words(reader: TestClient, status: int) -> None:
    answer = reader.get(f"/desk/message/{status}", headers={"accept-language": "en"})
    assert answer.status_code == status
    for key in keys(status):
        assert t(key) in answer.text


def test_a_status_without_words_of_its_own_has_a_page_too(reader: TestClient) -> None:
    assert keys(418) == keys(404)
    assert keys(502) == keys(500)


def test_a_fault_tells_nothing_of_itself(reader: TestClient) -> None:
    answer = reader.get("/desk/broken")
    assert answer.status_code == 500
    assert LONG not in answer.text
    assert t("message.500.title") in answer.text


def test_a_page_has_no_title_of_a_person_and_one_heading(reader: TestClient) -> None:
    text = reader.get("/desk/gallery", headers={"accept-language": "en"}).text
    assert re.findall("<title>(.*)</title>", text) == [
        "Tasks of your organisation \N{EN DASH} National Referral Mechanism"
    ]
    assert len(re.findall("<h1", text)) == 1


def test_a_mistyped_name_is_a_fault_and_a_part_left_out_is_not() -> None:
    made = environment()
    with pytest.raises(UndefinedError):
        made.from_string("{{ nmae }}").render()
    assert made.from_string("{{ part.left_out }}").render(part={}) == ""


def test_what_people_wrote_is_never_markup() -> None:
    made = environment()
    source = '{% from "macros/lists.html" import summary %}{{ summary([{"key": x, "value": x}]) }}'
    shown = made.from_string(source).render(x="<script>")
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 2


def test_who_holds_the_case_changes_only_where_custody_moved() -> None:
    steps = [Step(source=0, target=2, moved=False), Step(source=0, target=1)]
    chart = lay_out(["a", "b", "c"], steps)
    (_, first, second) = (y for _, y in chart.lanes)
    assert [y for _, _, y in chart.holds] == [chart.lanes[0][1], first]
    offered, moved = chart.arrows
    assert offered.y2 < second
    assert moved.y2 < first
    assert chart.holds[0][1] == moved.x == chart.holds[1][0]
    assert lay_out(["a", "b"], [Step(source=1, target=0)], start=1).arrows[0].y2 > chart.lanes[0][1]
