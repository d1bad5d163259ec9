"""The page of `trendgate report`: its figures, its maps and its plots, held against manifests, evidence and parts; and opened in a browser."""

import base64
import re
import zlib
from collections import Counter, defaultdict
from datetime import date, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import conftest
import pytest
from browser import Browser
from readings import evidence, rows

ZONE = ZoneInfo("Asia/Taipei")
NO_ROWS = 101


class Page(HTMLParser):
    """What a program reads of a page: figures by name, lines of tables, maps, plots, and every address in it."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.facts, self.lines, self.maps, self.plots, self.addresses, self.ids = {}, [], {}, [], [], set()
        self.names, self.in_names, self.tables = [], False, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.addresses += [value for name, value in attributes if name in ("href", "src", "xlink:href", "action", "poster", "srcset")]
        self.ids.add(found.get("id"))
        if "data-fact" in found:
            if self.lines and tag == "td":
                self.lines[-1].setdefault(found["data-fact"], found["data-value"])
            self.facts.setdefault(found["data-fact"], found["data-value"])
        if tag == "tr":
            self.lines.append(found)
        if tag == "table":
            self.tables += 1
        if tag == "figure" and "data-map" in found:
            self.map = self.maps[found["data-map"]] = {**found, "names": []}
        if tag == "ol" and found.get("class") == "names":
            self.in_names = True
        if tag == "li" and self.in_names:
            self.map["names"].append("")
        if tag == "img":
            self.map["image"], self.map["alt"] = found["src"], found["alt"]
        if tag == "figure" and found.get("class") == "plot":
            self.plots.append({**found, "paths": {}})
        if tag == "path" and self.plots and found.get("class") in ("line", "hit", "mark"):
            self.plots[-1]["paths"][found["class"]] = found["d"]

    def handle_endtag(self, tag):
        if tag == "ol":
            self.in_names = False

    def handle_data(self, data):
        if self.in_names and self.map["names"]:
            self.map["names"][-1] += data


def page(trendgate, folder, *words):
    done = trendgate("report", "--data-dir", folder, *words)
    assert done.code == 0, done.err
    return Page(done.out)


@pytest.fixture(scope="session")
def pages(trendgate):
    """The page of each dataset, made once."""
    made = {}

    def of(dataset):
        if dataset.folder not in made:
            made[dataset.folder] = page(trendgate, dataset.folder)
        return made[dataset.folder]

    return of


def pixels(address):
    """The levels of a map, row by row: of a PNG with a palette and a byte a pixel."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, packed = 8, b""
    while place < len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        chunk = data[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height = int.from_bytes(chunk[:4], "big"), int.from_bytes(chunk[4:8], "big")
            assert tuple(chunk[8:]) == (8, 3, 0, 0, 0), "a byte a pixel, of a palette"
        if kind == b"IDAT":
            packed += chunk
        place += 12 + length
    raw, before, found = zlib.decompress(packed), bytes(width), []
    for row in range(height):
        line = raw[row * (width + 1) : (row + 1) * (width + 1)]
        before = unfiltered(line[0], line[1:], before)
        found.append(list(before))
    return found


def unfiltered(kind, line, above):
    """A line of a PNG as it was before it was filtered."""
    out = bytearray()
    for place, byte in enumerate(line):
        left, up = (out[place - 1] if place else 0), above[place]
        corner = above[place - 1] if place else 0
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda one: abs(guess - one))
        out.append((byte + (0, left, up, (left + up) // 2, paeth)[kind]) % 256)
    return bytes(out)


def test_the_figures_are_those_of_the_manifest(any_dataset, pages):
    found, manifest = pages(any_dataset), any_dataset.manifest
    statistics = manifest["statistics"]
    assert int(found.facts["rows"]) == statistics["total_rows"]
    assert int(found.facts["version"]) == manifest["version"] == 1
    points = [column for column in manifest["schema"] if column["point"]]
    assert int(found.facts["points"]) == len(points)
    for flag, flagged in statistics["quality_flags_distribution"].items():
        assert int(found.facts.get(flag, 0)) == flagged, flag
    cells = manifest["cells"]
    assert int(found.facts["cells input"]) == cells["input"]
    fates = {name: int(value) for name, value in found.facts.items() if name.startswith("cells ") and name != "cells input"}
    assert sum(fates.values()) == cells["input"] and fates["cells used"] == cells["used"]
    assert int(found.facts["conflicts"]) == manifest["conflicts"]["cells"]
    said = {(column, rule): counts["flagged"] for column, point in statistics["points"].items() for rule, counts in point.get("rules", {}).items() if counts["flagged"]}
    lines = {(line["data-column"], line["data-rule"]): int(line["bins"]) for line in found.lines if "data-rule" in line and "data-column" in line}
    assert {key: bins for key, bins in lines.items() if key in said} == said
    resets = {line["data-column"]: int(line["resets"]) for line in found.lines if "resets" in line}
    assert resets == {column: point["resets"] for column, point in statistics["points"].items() if point.get("resets")}


def test_the_flagged_shares_are_those_that_points_prints(any_dataset, pages, trendgate):
    found = pages(any_dataset)
    points = trendgate("points", "--data-dir", any_dataset.folder, "--json").json["sites"][0]
    said = {(None, rule): share for rule, share in points["flagged_rows"].items()}
    said |= {(point["name"], rule): share for point in points["points"] for rule, share in point["flagged"].items()}
    lines = {(line.get("data-column"), line["data-rule"]): line for line in found.lines if "data-rule" in line}
    assert {key: {"bins": int(line["bins"]), "share": float(line["share"])} for key, line in lines.items()} == said


def test_a_pixel_is_the_share_of_the_days_bins_that_the_evidence_flags(any_dataset, pages):
    found = pages(any_dataset)
    names = {column["name"]: column["point"] for column in any_dataset.manifest["schema"] if column["point"]}
    days, values, flagged = Counter(), defaultdict(Counter), defaultdict(set)
    for row in rows(any_dataset):
        day = row["timestamp"].astimezone(ZONE).date()
        days[day] += 1
        for name, point in names.items():
            values[point][day] += row.get(name) is not None
    for row in evidence(any_dataset):
        if row["flag"]:
            point = names[row["column"]] if row["column"] else "whole rows"
            flagged[row["flag"], point].add(row["timestamp"])
    counts = {("coverage", point): by_day for point, by_day in values.items() if sum(by_day.values())}
    counts |= {key: Counter(time.astimezone(ZONE).date() for time in times) for key, times in flagged.items()}
    seen = set()
    for subject, shown in found.maps.items():
        first = date.fromisoformat(shown["data-first"])
        for name, levels in zip(shown["names"], pixels(shown["image"]), strict=True):
            seen.add((subject, name))
            for place, level in enumerate(levels):
                day = first + timedelta(days=place)
                expected = -(-100 * counts[subject, name][day] // days[day]) if days[day] else NO_ROWS
                assert level == expected, (subject, name, day)
        assert shown["alt"].startswith(f"{subject} of {len(shown['names'])} point")
    assert seen == set(counts)


def test_the_page_has_everything_in_itself_and_keeps_its_bounds(any_dataset, pages):
    found = pages(any_dataset)
    assert all(address.startswith(("#", "data:")) for address in found.addresses), found.addresses
    assert all(address[1:] in found.ids for address in found.addresses if address.startswith("#"))
    assert "default-src 'none'" in found.text and not re.search(r"@import|url\(|https?://(?!www\.w3\.org)", found.text)
    assert len(found.text.encode()) < 3_000_000
    assert len(found.plots) <= 60
    for plot in found.plots:
        points = len(re.findall(r"[Mlv]", plot["paths"]["line"]))
        assert points == int(plot["data-points"]) <= 2_000


def test_a_stranger_sees_which_chillers_sensors_died_since_when_and_how_it_is_known(trendgate, tmp_path):
    if not conftest.KMUH.is_dir():
        pytest.skip("the real reports are not at hand; the page of the hospital was not checked")
    done = trendgate("run", conftest.KMUH, "--config", conftest.ROOT / "docs/hospital.yaml", "--data-dir", tmp_path / "data")
    assert done.code == 0, done.err
    text = page(trendgate, tmp_path / "data").text
    first = re.search(r"<article class=\"event\".*?</article>", text, re.S).group(0)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", first))
    assert "6 points flagged FROZEN by the rule frozen at the same time: 2016-11-29 10:00 to 14:45 Tuesday, 29 November" in words
    for sensor in ("CH5.CHRT", "CH5.CHST", "CH5.CWRT", "CH5.CWST"):
        assert f"{sensor}, frozen since 2016-11-29 10:00 to 14:15 (18 bins)" in words
    assert "last good value 12.04 °C at 2016-11-29 09:45" in words
    assert "it stands still for longer than it should: flagged from 2016-11-29 10:00 to 2016-11-29 14:15" in words


def test_a_part_of_the_time_is_a_page_of_that_part(plant, trendgate):
    found = page(trendgate, plant.folder, "--from", "2026-02-20", "--to", "2026-02-22")
    assert int(found.facts["rows"]) == 2 * 96
    assert {shown["data-days"] for shown in found.maps.values()} == {"3"}, "two days of UTC touch three of the site"
    done = trendgate("report", "--data-dir", plant.folder, "--from", "2031-01-01")
    assert done.code == 2 and "no row in the range" in done.err


def test_all_sites_are_pages_of_one_folder(plant, trendgate, tmp_path):
    for _ in range(2):
        done = trendgate("report", "--all", "--out", tmp_path / "pages", "--data-dir", plant.folder)
        assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["index.html", "site-PLANT01.html"]
    index = Page((tmp_path / "pages/index.html").read_text(encoding="utf-8"))
    assert "site-PLANT01.html" in index.addresses
    [line] = [line for line in index.lines if line.get("data-site") == "PLANT01"]
    assert (int(line["rows"]), int(line["dead"])) == (2688, 2)
    alone = Page((tmp_path / "pages/site-PLANT01.html").read_text(encoding="utf-8"))
    assert "index.html" in alone.addresses


def test_a_browser_asks_for_nothing_complains_of_nothing_and_sorts_and_filters(plant, trendgate, tmp_path):
    file = tmp_path / "report.html"
    found = page(trendgate, plant.folder)
    file.write_text(found.text, encoding="utf-8")
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(file.as_uri())
        asked = [address for address in browser.asked() if not address.startswith("data:")]
        assert asked == [file.as_uri()], "nothing but the page itself"
        shares = "[...document.querySelectorAll('#points tbody tr')].filter((row) => !row.hidden).map((row) => Number(row.querySelector('[data-fact=share]').dataset.value))"
        press = "document.querySelectorAll('#points thead button')[3].click()"
        falling = browser.evaluate(f"{press}; {shares}")
        rising = browser.evaluate(f"{press}; {shares}")
        assert len(falling) > 3 and falling == sorted(falling, reverse=True) and rising == sorted(falling)
        heads = browser.evaluate("[...document.querySelectorAll('#points thead th')].map((head) => head.getAttribute('aria-sort'))")
        assert [head for head in heads if head] == ["ascending"]
        type_in = "(() => { const box = document.querySelector('#points .filter input'); box.value = 'affinity'; box.dispatchEvent(new Event('input')); })()"
        left = browser.evaluate(f"{type_in}; [...document.querySelectorAll('#points tbody tr')].filter((row) => !row.hidden).map((row) => row.dataset.rule)")
        assert left and set(left) == {"affinity"}
        over = "(() => { const image = document.querySelector('.map img'); const box = image.getBoundingClientRect(); image.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + 1, clientY: box.top + 1})); return image.parentElement.querySelector('.tip').textContent; })()"
        first = pixels(found.maps["coverage"]["image"])[0][0]
        assert browser.evaluate(over) == f"CH1.CHWRT, 2026-02-09: {first}%"
        assert browser.complaints() == []
    finally:
        browser.close()


@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_stands_out_of_the_pages_of_all_sites_on_narrow_and_wide_screens(plant, trendgate, tmp_path, width):
    assert trendgate("report", "--all", "--out", tmp_path / "pages", "--data-dir", plant.folder).code == 0
    browser = Browser(tmp_path / "profile")
    try:
        browser.say("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
        for name in ("index.html", "site-PLANT01.html"):
            browser.open((tmp_path / "pages" / name).as_uri())
            assert browser.evaluate("window.innerWidth") == width
            assert browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
            assert browser.complaints() == []
    finally:
        browser.close()
