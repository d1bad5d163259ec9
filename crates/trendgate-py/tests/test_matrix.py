"""The table of readers in docs/readers.md is what those that are installed here do."""

import sys

import conftest
import pytest

sys.path.append(str(conftest.ROOT / "crates/trendgate-py/matrix"))
import environments  # noqa: E402
import readers  # noqa: E402

INSTALLED = [way for way in readers.WAYS if readers.is_installed(way.library)]


def rows():
    """The table: for each way to read and each version of its library, the cells behind these."""
    for line in environments.PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            way, versions, *found = (cell.strip() for cell in line.strip("|").split(" | "))
            library, _, versions = versions.partition(" ")
            for version in versions.split(", "):
                yield (way, f"{library} {version}"), tuple(found)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    return readers.make(tmp_path_factory.mktemp("readers"))


@pytest.mark.parametrize("way", INSTALLED, ids=lambda way: way.written)
def test_what_is_said_of_a_reader_is_what_it_does(way, datasets):
    fact = readers.facts(way, datasets)
    assert dict(rows())[f"`{way.written}`", f"{way.library.removesuffix('-framework')} {fact['version']}"] == environments.cells(fact)


def test_every_reader_of_the_table_is_tried_at_two_versions_at_least():
    versions = {}
    for way, version in dict(rows()):
        versions.setdefault(way, set()).add(version)
    assert versions.keys() == {f"`{way.written}`" for way in readers.WAYS}
    assert min(len(each) for each in versions.values()) >= 2


def test_the_readers_that_are_named_here_are_all_installed_but_ibis():
    assert {way.library for way in readers.WAYS} - {way.library for way in INSTALLED} <= {"ibis-framework"}


def test_the_floors_that_the_page_names_are_those_of_the_extras():
    page = environments.PAGE.read_text(encoding="utf-8")
    assert all(f"`{floor}`" in page for floor in environments.floors())
