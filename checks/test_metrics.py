"""What a run leaves for Prometheus: parsed by its own client, checked by promtool, scraped by a real Prometheus through a real node exporter."""

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import conftest
import debian
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

RULES = conftest.ROOT / "ops/prometheus/trendgate.rules.yml"
RULE_TESTS = conftest.ROOT / "ops/prometheus/trendgate.rules.test.yml"
DASHBOARD = conftest.ROOT / "ops/grafana/trendgate.json"
PLANT = conftest.EXAMPLES / "plant"


def series(text):
    """The series of an exposition, by name and labels; every family is a gauge with help."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge", family.name
        assert family.documentation, family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def value(found, name, **labels):
    return found.get((f"trendgate_{name}", frozenset(labels.items())))


@pytest.fixture
def site(trendgate, tmp_path):
    """Runs of a site with a file of metrics."""

    class Site:
        data = tmp_path / "data"
        file = tmp_path / "textfiles/plant01.prom"
        lock = data / "manifests/.log/PLANT01/lock"

        def words(self, *paths, config=conftest.CONFIG):
            return ["run", *paths, "--config", config, "--data-dir", self.data, "--metrics-file", self.file]

        def run(self, *paths, config=conftest.CONFIG):
            done = trendgate(*self.words(*paths, config=config))
            # Nothing is left beside the file.
            assert [path.name for path in self.file.parent.iterdir()] in ([], [self.file.name])
            return done

        def metrics(self):
            return series(self.file.read_text(encoding="utf-8"))

        def print(self):
            done = trendgate("metrics", "--data-dir", self.data)
            assert done.code == 0, done.err
            return series(done.out)

        @contextlib.contextmanager
        def locked(self):
            with self.lock.open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    site = Site()
    site.file.parent.mkdir()
    (tmp_path / "nothing").mkdir()
    site.nothing = tmp_path / "nothing"
    return site


def of_site(found):
    """The exit code of the last run, and what is said of the dataset."""
    dataset = {key: number for key, number in found.items() if key[0].startswith(("trendgate_dataset_", "trendgate_batch_"))}
    dataset.pop(("trendgate_dataset_available_bytes", frozenset({("site", "PLANT01")})), None)
    return value(found, "run_exit_code", site="PLANT01"), dataset


def test_a_run_leaves_what_its_manifest_says(site, plant):
    assert site.run(PLANT).code == 0
    found, manifest = site.metrics(), plant.manifest
    assert value(found, "batch_rows_processed", site="PLANT01") == manifest["statistics"]["total_rows"]
    for fate, cells in manifest["cells"].items():
        expected = None if fate == "input" else cells
        assert value(found, "batch_cells", site="PLANT01", fate=fate) == expected, fate
    assert value(found, "batch_input_files", site="PLANT01", outcome="accepted") == manifest["input_files_count"]
    assert value(found, "dataset_bytes", site="PLANT01", kind="parts") == sum(part["bytes"] for part in manifest["files"])
    dead = sum(point["dead"] for point in manifest["statistics"]["points"].values())
    assert value(found, "dataset_points", site="PLANT01", state="dead") == dead
    assert 0 < value(found, "run_duration_seconds", site="PLANT01") < 600
    assert value(found, "run_peak_resident_bytes", site="PLANT01") > 1 << 20


def test_flags_of_the_last_seven_days_are_those_of_the_rows(site):
    polars = pytest.importorskip("polars")
    assert site.run(PLANT).code == 0
    rows = polars.concat([polars.read_parquet(path) for path in (site.data / "processed").rglob("*.parquet")], how="diagonal")
    last = rows["timestamp"].max()
    week = rows.filter(polars.col("timestamp") > last - polars.duration(days=7))
    found = site.metrics()
    assert value(found, "dataset_last_row_timestamp_seconds", site="PLANT01") == last.timestamp()
    flags = {dict(labels)["flag"]: share for (name, labels), share in found.items() if name == "trendgate_dataset_flagged_rows_ratio"}
    assert len(flags) == 5 and max(flags.values()) > 0
    for flag, share in flags.items():
        assert share == pytest.approx(week["quality_flags"].list.contains(flag).sum() / len(week)), flag


def test_a_run_that_fails_leaves_its_exit_code_and_what_still_stands(site):
    assert site.run(PLANT).code == 0
    good, before = of_site(site.metrics())
    assert good == 0
    assert site.run(site.nothing).code == 1
    assert of_site(site.metrics()) == (1, before)
    assert of_site(site.print()) == (1, before)
    success = "run_last_success_timestamp_seconds"
    assert value(site.metrics(), success, site="PLANT01") < value(site.metrics(), "run_last_timestamp_seconds", site="PLANT01")


def test_rejected_files_and_what_they_mean_are_seen(site):
    assert site.run(conftest.EXAMPLES / "damaged").code == 3
    found = site.metrics()
    assert value(found, "run_exit_code", site="PLANT01") == 3
    assert value(found, "batch_input_files", site="PLANT01", outcome="rejected") > 0
    assert any(name == "trendgate_batch_warnings" for name, _ in found)


def test_a_run_that_finds_the_site_locked_leaves_the_other_run_s_metrics(site):
    assert site.run(PLANT).code == 0
    before = site.file.read_bytes()
    with site.locked():
        assert site.run(PLANT).code == 75
    assert site.file.read_bytes() == before


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_its_exit_code(site, stop, code):
    assert site.run(PLANT).code == 0
    _, before = of_site(site.metrics())
    with site.locked():
        words = [conftest.program(), *site.words(PLANT), "--wait"]
        run = subprocess.Popen(map(str, words), cwd=conftest.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = ""
        while "waiting" not in said:
            line = run.stderr.readline()
            assert line, said
            said += line
        run.send_signal(stop)
        run.communicate(timeout=60)
    assert run.returncode == code
    assert of_site(site.metrics()) == (code, before)
    # Which signal it was is known to the run alone.
    assert of_site(site.print()) == (None, before)


def test_a_run_whose_configuration_cannot_be_read_is_seen_by_the_name_of_its_file(site, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("cleaner: [\n")
    assert site.run(PLANT, config=broken).code == 2
    found = site.metrics()
    assert value(found, "run_exit_code", file="plant01") == 2
    assert all("site" not in dict(labels) for _, labels in found)


@pytest.fixture(scope="module")
def tools():
    """Prometheus, promtool and the node exporter."""
    return debian.unpacked("prometheus", "prometheus-node-exporter") / "usr/bin"


def checked(*words, text=None):
    done = subprocess.run([*map(str, words)], input=text, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_promtool_finds_no_fault_in_metrics_and_rules(tools, site):
    assert site.run(conftest.EXAMPLES / "damaged").code == 3
    assert checked(tools / "promtool", "check", "metrics", text=site.file.read_text(encoding="utf-8")).strip() == ""
    assert "10 rules found" in checked(tools / "promtool", "check", "rules", RULES)


def test_every_alert_fires_when_it_should_and_not_when_it_should_not(tools):
    assert "SUCCESS" in checked(tools / "promtool", "test", "rules", RULE_TESTS)
    tests = yaml.safe_load(RULE_TESTS.read_text(encoding="utf-8"))["tests"]
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    for rule in rules:
        looked = [case for test in tests for case in test["alert_rule_test"] if case["alertname"] == rule["alert"]]
        assert any(case["exp_alerts"] for case in looked), rule["alert"]
        assert any(not case["exp_alerts"] for case in looked), rule["alert"]


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def server(*words, log):
    """A server that runs as long as this does; it is ended by its process."""
    with log.open("wb") as out:
        running = subprocess.Popen([*map(str, words)], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(timeout=20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def got(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def until(look, why):
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + 40
    trouble = None
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except OSError as error:
            trouble = error
        time.sleep(0.2)
    pytest.fail(f"{why}: waited in vain ({trouble})")


class Watching:
    """A Prometheus that scrapes a node exporter that reads a folder."""

    def __init__(self, exporter, prometheus):
        self.exporter, self.prometheus = f"http://127.0.0.1:{exporter}", f"http://127.0.0.1:{prometheus}"

    def query(self, expression):
        words = urllib.parse.urlencode({"query": expression})
        answer = json.loads(got(f"{self.prometheus}/api/v1/query?{words}"))
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    def firing(self, name):
        alerts = json.loads(got(f"{self.prometheus}/api/v1/alerts"))["data"]["alerts"]
        return [alert for alert in alerts if alert["state"] == "firing" and alert["labels"]["alertname"] == name]


@pytest.fixture
def watching(tools, site, tmp_path):
    ports = free_port(), free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{ports[0]}"]}]}],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    exporter = [
        tools / "prometheus-node-exporter",
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={site.file.parent}",
        f"--web.listen-address=127.0.0.1:{ports[0]}",
    ]
    prometheus = [
        tools / "prometheus",
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{ports[1]}",
    ]
    with server(*exporter, log=tmp_path / "exporter.log"), server(*prometheus, log=tmp_path / "prometheus.log"):
        watching = Watching(*ports)
        until(lambda: got(f"{watching.prometheus}/-/ready"), "Prometheus")
        yield watching


def panels():
    """The expressions of the dashboard, for all sites."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$site", ".*")


def test_an_outage_is_seen_by_a_real_prometheus_and_every_panel_has_its_answer(watching, site, tmp_path):
    assert site.run(PLANT).code == 0
    version = 'trendgate_dataset_version{site="PLANT01"}'
    until(lambda: watching.query(f"{version} == 1"), "the first version")
    assert watching.firing("TrendgateRunFailed") == []
    # The reports are gone.
    assert site.run(site.nothing).code == 1
    [alert] = until(lambda: watching.firing("TrendgateRunFailed"), "the alert")
    assert alert["labels"]["site"] == "PLANT01"
    assert alert["annotations"]["summary"] == "The last run of PLANT01 failed"
    assert watching.query(version)[0]["value"][1] == "1"
    # Two configurations that cannot be read are two alerts: neither keeps the other's file from being collected.
    (tmp_path / "broken.yaml").write_text("cleaner: [\n")
    for name in ("one", "two"):
        other = type(site)()
        other.file = site.file.with_name(f"{name}.prom")
        assert subprocess.run([conftest.program(), *map(str, other.words(PLANT, config=tmp_path / "broken.yaml"))], cwd=conftest.ROOT, capture_output=True, check=False).returncode == 2
    alerts = until(lambda: len(found := watching.firing("TrendgateRunFailed")) == 3 and found, "three alerts")
    assert {alert["labels"].get("file") for alert in alerts} == {None, "one", "two"}
    assert "node_textfile_scrape_error 0" in got(f"{watching.exporter}/metrics")
    for name in ("one", "two"):
        os.remove(site.file.with_name(f"{name}.prom"))
    # And it ends.
    assert site.run(PLANT).code == 0
    until(lambda: not watching.firing("TrendgateRunFailed"), "the end of the alert")
    # Every panel's question is answered, and but for what this site does not have, with something.
    empty = [title for title, expression in panels() if not watching.query(expression)]
    assert set(empty) <= {"Every site", "Time since `verify` found nothing wrong", "Warnings and trips of the last batch"}, empty


def test_the_dashboard_is_what_grafana_imports():
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert (dashboard["uid"], dashboard["schemaVersion"] >= 39) == ("trendgate", True)
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "site"}
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or (panel["description"] and panel["targets"]), panel["title"]
        refs = [target["refId"] for target in panel.get("targets", [])]
        assert len(refs) == len(set(refs))
        for target in panel.get("targets", []):
            asked = set(re.findall(r"\$\{?(\w+)", target["expr"]))
            assert asked <= {"site"}, target["expr"]
