"""Files of known forms that are changed in one thing after they were described: read to the right data, or with a word, or refused.

Each form is described by what `trendgate init` writes for it as it was, and read by that as it is now. Never is a cell another number than it
was without a word.
"""

import re
from pathlib import Path
from random import Random

import pytest
from test_field import committed
from test_init_shapes import SHAPE, SHAPES, Shape, proposed

TEXTS = sorted(name for name in SHAPE if not list((SHAPES / name / "in").glob("*.xlsx")))
NUMBER = r"(?<![\d.,:/-])-?\d+\.\d+(?![\d.,:/-])"
DATE = r"\b(\d{1,2})([/.])(\d{1,2})\2(\d{2,4})\b"
ISO = r"\b(\d{4})([/-])(\d\d)\2(\d\d)\b"
CLOCK = r"\b\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\b"


def separator(text):
    return max(",;\t", key=text.count)


def table(text):
    """The lines above a table, and the fields of its lines: as many as most have."""
    lines, by = text.splitlines(keepends=True), separator(text)
    counts = [line.count(by) for line in lines]
    width = max(set(counts), key=counts.count)
    first = counts.index(width)
    return lines[:first], [line.rstrip("\r\n").split(by) for line in lines[first:]], by


def joined(above, rows, by):
    return "".join(above) + "\n".join(by.join(row) for row in rows) + "\n"


def columns_in_another_order(text):
    above, rows, by = table(text)
    return joined(above, [row[::-1] for row in rows], by)


def without_the_last_column(text):
    above, rows, by = table(text)
    return joined(above, [row[:-1] for row in rows], by)


def another_separator(text):
    by = separator(text)
    return text.replace(by, "|")


def another_date_order(text):
    days = re.findall(DATE, text)
    proved = sum(int(first) > 12 or int(second) > 12 for first, _, second, _ in days)
    if proved * 2 < len(days) or not days:
        # Nothing but what is stated tells which one it is.
        text = re.sub(ISO, r"\1\2\4\2\3", text)
        return None if days else text
    return re.sub(DATE, r"\3\2\1\2\4", text)


def another_decimal_sign(text):
    by = separator(text)
    if by != "," and "," in text:
        return None
    return re.sub(NUMBER, lambda number: number.group().replace(".", ","), text.replace(",", ";"))


def another_table_below(text):
    above, rows, by = table(text)
    return text.rstrip("\r\n") + "\n" + joined([], [row[1:] + row[:1] for row in rows], by)


def a_word_for_a_zone(text):
    return re.sub(CLOCK, lambda clock: clock.group() + " XST", text)


def a_unit_half_way(text):
    lines = text.splitlines(keepends=True)
    half = len(lines) // 2
    return "".join(lines[:half]) + re.sub(NUMBER, lambda number: number.group() + " psi", "".join(lines[half:]))


def cut_in_a_line(text):
    return text[: len(text) * 2 // 3]


def a_line_twice(text):
    lines = text.splitlines(keepends=True)
    half = len(lines) * 2 // 3
    return "".join(lines[:half] + lines[half - 1 :])


def without_a_line(text):
    lines = text.splitlines(keepends=True)
    half = len(lines) * 2 // 3
    return "".join(lines[:half] + lines[half + 1 :])


def blank_lines(text):
    return "".join(line + ("\n" if number % 3 == 2 else "") for number, line in enumerate(text.splitlines(keepends=True)))


def other_line_ends(text):
    return "\r\n".join(text.splitlines()) + "\r\n"


def all_fields_quoted(text):
    if '"' in text:
        return None
    above, rows, by = table(text)
    return joined(above, [[f'"{field}"' for field in row] for row in rows], by)


MUTATIONS = [
    columns_in_another_order, without_the_last_column, another_separator, another_date_order, another_decimal_sign,
    another_table_below, a_word_for_a_zone, a_unit_half_way, cut_in_a_line, a_line_twice, without_a_line, blank_lines,
    other_line_ends, all_fields_quoted,
]  # fmt: skip


def read(trendgate, folder, config, shape, data):
    done = trendgate("run", folder, "--config", config, "--resample", shape.resample, "--data-dir", data, "--json")
    found = committed(data) if done.code in (0, 3) and (data / "processed").exists() else {}
    return done, {column: cells for column, cells in found.items() if column != "quality_flags"}


def warnings(done):
    return {warning["kind"] for warning in done.json.get("warnings", [])} if done.out else set()


def is_within(found, before):
    """Whether all that was read was there before: no other point, and no other number at any time."""
    return found.keys() <= before.keys() and all(
        before[column].get(time) == value or value is None for column, cells in found.items() for time, value in cells.items()
    )


#: Forms that are changed, too, with the zones of their sites and their intervals.
FORMS = {
    "statuses-of-one-name": ("America/Chicago", "15m"),
    "devices-with-a-status-and-units": ("America/Chicago", "15m"),
}


def known(name):
    """What a form is read by, and its folder."""
    if name in FORMS:
        zone, resample = FORMS[name]
        return Shape(zone, 0, "", "", {}, resample=resample), SHAPES.parent / "forms" / name / "in"
    return SHAPE[name], SHAPES / name / "in"


@pytest.mark.parametrize("name", [*TEXTS, *FORMS])
def test_what_is_changed_is_read_right_or_said(trendgate, tmp_path, name):
    shape, folder = known(name)
    config = proposed(trendgate, shape, tmp_path, folder)
    first, before = read(trendgate, folder, config, shape, tmp_path / "before")
    assert first.code == shape.code, first.err
    changed = sorted(folder.iterdir())[0]
    raw = changed.read_bytes()
    encoding = next(code for code in ("utf-8", "cp1252") if decodes(raw, code))
    outcomes = {}
    for number, mutate in enumerate(MUTATIONS):
        text = mutate(raw.decode(encoding))
        if text is None or text == raw.decode(encoding):
            continue
        place = tmp_path / str(number)
        place.mkdir()
        for file in folder.iterdir():
            (place / file.name).write_bytes(file.read_bytes())
        (place / changed.name).write_bytes(text.encode(encoding))
        done, found = read(trendgate, place, config, shape, tmp_path / f"data-{number}")
        outcomes[mutate.__name__] = outcome(done, found, before, warnings(first))
    print(f"{name}: " + "; ".join(f"{mutation}: {what}" for mutation, what in outcomes.items()))
    assert len(outcomes) >= 10
    assert "read wrongly without a word" not in outcomes.values(), outcomes


def decodes(raw, encoding):
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def outcome(done, found, before, known):
    if done.code in (1, 2):
        assert done.err.count("error:") == 1, done.err
        return "refused"
    assert done.code in (0, 3), done.err
    if done.code == 3 or warnings(done) - known:
        return "said"
    return "right" if is_within(found, before) else "read wrongly without a word"


def damaged(raw, random):
    """A file after something happened to it: bytes that changed, were lost or doubled, a piece that stands elsewhere, an end that is missing."""
    raw = bytearray(raw)
    for _ in range(random.randrange(1, 4)):
        at, length = random.randrange(len(raw)), random.randrange(1, 40)
        match random.randrange(5):
            case 0:
                raw[at] = random.randrange(256)
            case 1:
                del raw[at : at + length]
            case 2:
                raw[at:at] = raw[at : at + length]
            case 3:
                piece = raw[at : at + length]
                del raw[at : at + length]
                there = random.randrange(len(raw) + 1)
                raw[there:there] = piece
            case _:
                del raw[max(at, len(raw) // 2) :]
    return bytes(raw)


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_damaged_is_counted_to_the_last_cell_or_refused(trendgate, tmp_path, name):
    shape, folder = SHAPE[name], SHAPES / name / "in"
    config = proposed(trendgate, shape, tmp_path, folder)
    random = Random(name)
    codes = set()
    for number in range(6):
        place, data = tmp_path / str(number), tmp_path / f"data-{number}"
        place.mkdir()
        for file in folder.iterdir():
            (place / file.name).write_bytes(damaged(file.read_bytes(), random))
        done, _ = read(trendgate, place, config, shape, data)
        codes.add(done.code)
        assert done.code in (0, 1, 2, 3), done.err
        assert "bug" not in done.err, done.err
        if done.code in (0, 3) and done.json["status"] == "committed":
            cells = done.json["cells"]
            assert cells["input"] == sum(count for fate, count in cells.items() if fate != "input"), cells
            assert trendgate("verify", "--data-dir", data).code == 0
    assert codes != {0}
