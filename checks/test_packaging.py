"""What is installed beside the program: the units of systemd, and what the Debian package says that it has."""

import configparser
import fcntl
import re
import shlex
import shutil
import subprocess
import tomllib

import conftest
import pytest

OPS = conftest.ROOT / "ops"
SERVICE = OPS / "systemd" / "trendgate.service"
TIMER = OPS / "systemd" / "trendgate.timer"
CLI = conftest.ROOT / "crates" / "trendgate-cli"
LARGEST = 35_000_000


def unit(path):
    """A unit's sections."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def package():
    """What cargo-deb is told."""
    return tomllib.loads((CLI / "Cargo.toml").read_text(encoding="utf-8"))["package"]["metadata"]["deb"]


@pytest.fixture
def night(trendgate, tmp_path):
    """Runs a line of the service, with its own words, on folders below `tmp_path`; its exit code."""
    shutil.copytree(conftest.EXAMPLES / "plant", tmp_path / "trends")
    configuration = tmp_path / "trendgate.yaml"
    shutil.copy(conftest.CONFIG, configuration)
    default = dict(line.split("=", 1) for line in (OPS / "debian" / "default").read_text("utf-8").splitlines() if line[:1] != "#")
    reports = shlex.split(default["REPORTS"])
    assert reports == ["/srv/trends"]
    places = {"/etc/trendgate/trendgate.yaml": configuration, "/var/lib/trendgate": tmp_path / "data", "$REPORTS": tmp_path / "trends"}

    def line(name):
        program, *words = unit(SERVICE)["Service"][name].lstrip("-").split()
        assert program == "/usr/bin/trendgate"
        return trendgate(*[places.get(word, word) for word in words])

    line.folder = tmp_path
    return line


def good():
    """The exit codes that are no failure of the unit."""
    return {0, *map(int, unit(SERVICE)["Service"]["SuccessExitStatus"].split())}


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here: apt-get install systemd")
    for path in (SERVICE, TIMER):
        text = path.read_text(encoding="utf-8").replace("/usr/bin/trendgate", str(conftest.program()))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    words = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    # What it does not know it says on standard error, and is content.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_night_is_what_the_service_says(night):
    done = night("ExecStart")
    assert done.code == 0, done.err
    assert (night.folder / "data" / "processed" / "PLANT01").is_dir()
    assert night("ExecStartPost").code == 0


def test_the_service_fails_where_somebody_has_to_act_and_only_there(night):
    assert good() == {0, 3, 75, 143}
    (night.folder / "trends" / "broken.csv").write_text("no report\n", encoding="utf-8")
    assert night("ExecStart").code == 3
    assert night("ExecStart").code == 0
    with open(night.folder / "data/manifests/.log/PLANT01/lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert night("ExecStart").code == 75
    (night.folder / "trendgate.yaml").unlink()
    assert night("ExecStart").code == 2


def test_the_timer_comes_every_night_and_makes_up_for_one_that_was_missed():
    timer = unit(TIMER)
    assert timer["Timer"]["Persistent"] == "true"
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_package_has_what_it_lists_and_what_the_units_name():
    metadata = package()
    installed = set()
    for source, target, _ in metadata["assets"]:
        # What is built is not in the checkout.
        assert source.startswith("target/release/") or list(CLI.glob(source)), source
        installed.add(f"/{target}{source.rsplit('/', 1)[1]}" if target.endswith("/") else f"/{target}")
    # The program has the code of others in it, whose notices go with it.
    assert "/usr/share/doc/trendgate/NOTICES.gz" in installed and "NOTICES.gz beside this file" in metadata["copyright"]
    assert {"/usr/bin/trendgate", unit(SERVICE)["Service"]["EnvironmentFile"]} <= installed
    assert (CLI / metadata["maintainer-scripts"] / "postinst").is_file()
    assert (CLI / metadata["systemd-units"]["unit-scripts"]).samefile(SERVICE.parent)
    user = unit(SERVICE)["Service"]["User"]
    assert f"--no-create-home --gecos Trendgate {user}\n" in (OPS / "debian" / "postinst").read_text(encoding="utf-8")


def test_the_release_build_is_small():
    program = conftest.program()
    if program.parent.name != "release":
        pytest.skip(f"{program} is no release build")
    assert program.stat().st_size < LARGEST, "cargo xtask deb refuses it, too: xtask/src/package.rs"
