"""The HTML report: sound, self-contained, discreet, and of use with thousands of findings."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import pytest
from lxml import html

from tests.support import NOW
from tests.validation.reports import checked, page, specimen
from x12_pa.validation.annotate import Gap, Selection, annotate
from x12_pa.validation.html_report import Options, render_html, render_shown

VOID = {"meta", "input", "br", "link"}


class Balance(HTMLParser):
    """Fails on a tag that is not closed, or closed in the wrong place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.fixture(scope="module")
def request_page():
    return page(specimen("request"), profile="demo-payer")


@pytest.mark.parametrize("name", ["request", "claims", "clean"])
def test_page_is_well_formed_and_its_links_lead_somewhere(name):
    text = page(specimen(name))
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    tree = html.fromstring(text)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in tree.xpath("//a/@href")} <= set(ids)


def test_page_needs_nothing_from_outside_and_runs_nothing(request_page):
    tree = html.fromstring(request_page)
    assert tree.xpath("//script | //link | //img | //iframe | //@src | //@onclick") == []
    assert re.findall(r"https?:|url\(|@import", request_page) == []
    assert "default-src 'none'" in request_page


def test_headings_go_down_one_level_at_a_time(request_page):
    levels = [int(tag) for tag in re.findall(r"<h(\d)", request_page)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_names_and_identifiers_are_hidden_unless_asked_for():
    data = specimen("request").replace(b"TESTER", b"CANARYNAME").replace(b"MBR000101", b"CANARY-ID")
    hidden = page(data)
    assert not re.search("CANARY|19471345|BRAVO|SAMPLETOWN", hidden)
    assert {"CANARYNAME", "CANARY-ID", "19471345"} <= set(
        re.findall("CANARYNAME|CANARY-ID|19471345", page(data, show_phi=True))
    )


def test_a_file_cannot_put_markup_into_the_page():
    data = specimen("request").replace(b"UM*HS*Z", b"UM*HS*<b>").replace(b"ZZZ*HELLO", b"<i>*'\"")
    data = data.replace(b"CLINIC001      ", b"<script>x</scri")
    text = page(data, show_phi=True)
    assert "<script" not in text
    assert "<i>" not in text
    assert "&lt;script&gt;" in text


def test_bad_elements_are_marked_and_good_ones_explained(request_page):
    tree = html.fromstring(request_page)
    marks = [mark.text for mark in tree.xpath("//table[@class='segments']//mark")]
    assert {"Z", "20261205-20261105", "HSD02 missing"} <= set(marks)
    (title,) = set(tree.xpath("//table[@class='segments']//span[text()='HS']/@title"))
    assert title == "UM01 Request Category Code = health services review"


def test_every_finding_has_a_card_and_a_place_in_the_file(request_page):
    tree = html.fromstring(request_page)
    cards = tree.xpath("//article/@id")
    notes = tree.xpath("//tr[contains(@class, 'note')]//a/@href")
    assert len(cards) == 8
    assert sorted(note.removeprefix("#") for note in notes) == sorted(cards)


def _many(sets: int) -> bytes:
    text = specimen("clean").decode()
    head, tail = text.index("ST*"), text.index("GE*")
    body = text[head:tail]
    bodies = (
        body.replace("*0001", f"*{n:04}").replace("HCR*A2", "HCR*A9" if n % 5 == 0 else "HCR*A2")
        for n in range(1, sets + 1)
    )
    return (
        text[:head] + "".join(bodies) + f"GE*{sets}*1~\n" + text[tail:].partition("\n")[2]
    ).encode()


def test_a_large_file_is_shown_around_its_findings_only():
    data = _many(300)
    result = checked(data)
    assert result.errors == 60
    offsets = [finding.offset for finding in result.findings]
    shown = list(annotate(BytesIO(data), selection=Selection(offsets=offsets, whole=False)))
    segments = [item for item in shown if not isinstance(item, Gap)]
    assert set(offsets) <= {item.offset for item in segments}
    assert len(segments) < result.segments / 10
    gaps = sum(item.segments for item in shown if isinstance(item, Gap))
    assert gaps + len(segments) <= result.segments


def test_thousands_of_findings_make_a_page_that_says_what_it_leaves_out():
    data = specimen("clean").replace(b"HCR*A2", b"HCR*A9")
    result = checked(data)
    result.findings = result.findings * 3000
    result.unlisted = 7
    options = Options(at=NOW, opener=lambda _: BytesIO(data))
    text = "".join(render_html([result], options))
    assert text.count("<article") == len(result.findings)
    assert "7 more findings are counted but not listed" in text


def test_several_files_have_one_table_that_leads_to_each():
    results = [checked(specimen(name), path=f"{name}.edi") for name in ("request", "clean")]
    text = "".join(render_html(results, Options(at=NOW)))
    assert "2 files, 1 of them rejected" in text
    assert html.fromstring(text).xpath("//a[@href='#a2-top']/text()") == ["clean.edi"]


def test_show_is_the_same_table_without_a_verdict():
    text = "".join(render_shown("a.edi", BytesIO(specimen("request")), Options(at=NOW)))
    assert "<mark" not in text.partition("</style>")[2]
    assert "BRAVO" not in text


def _contrast(one: str, two: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(two)))
    return (high + 0.05) / (low + 0.05)


def test_text_has_enough_contrast_in_light_dark_and_print(request_page):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    style = request_page.partition("<style>")[2].partition("</style>")[0]
    for scheme in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        c = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        pairs = [("ink", "page"), ("ink", "card"), ("soft", "page"), ("soft", "code")]
        pairs += [("link", "card"), ("soft", "card"), ("ink", "code")]
        for kind in ("error", "warning", "info", "good"):
            pairs += [(kind, f"{kind}-soft"), (kind, "card")]
        for kind in ("error", "warning", "info"):
            pairs.append(("ink", f"{kind}-soft"))
        low = {pair: round(_contrast(c[pair[0]], c[pair[1]]), 2) for pair in pairs}
        assert {pair: value for pair, value in low.items() if value < 4.5} == {}


@pytest.mark.long
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser to look with")
@pytest.mark.parametrize("width", [1200, 420])
def test_a_browser_draws_it_without_scrolling_sideways(tmp_path, request_page, width):
    path = tmp_path / "page.html"
    path.write_text(request_page, encoding="utf-8")
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"),
            *(f"--window-size={width},2000", f"--screenshot={tmp_path / 'page.png'}"),
            f"file://{path}",
        ],
        capture_output=True,
        timeout=90,
    )
    assert done.returncode == 0
    assert (tmp_path / "page.png").stat().st_size > 20_000
