"""The rules of equipment, worked out a second time: water by the `iapws` package, definitions by docs/design.md and the public docs."""

import math
import random
from datetime import datetime, timezone

import conftest
import pytest
from iapws import IAPWS95
from readings import BIN, evidence, report, rows

START = datetime(2026, 1, 20, tzinfo=timezone.utc)
TON = 3.5168528
CAPACITY = 1000.0
CHILLERS = """
    chillers:
      CH1:
        {flow: CH1.FLOW, supply: CH1.S, return: CH1.R, load: CH1.Q, power: CH1.KW, running: CH1.ST, capacity_kw: 1000,
         condenser: {flow: CH1.CFLOW, entering: CH1.CE, leaving: CH1.CL}, needs: {chilled-water pump: [CHP1, CHP2]}}
    pumps:
      CHP1: {running: CHP1.ST, frequency: CHP1.HZ, power: CHP1.KW, rated_frequency: 60, rated_power_kw: 45}
      CHP2: {running: CHP2.ST}
"""
POINTS = {
    "CH1.FLOW": "flow",
    "CH1.CFLOW": "flow",
    "CH1.S": "chilled_water_temperature",
    "CH1.R": "chilled_water_temperature",
    "CH1.CE": "condenser_water_temperature",
    "CH1.CL": "condenser_water_temperature",
    "CH1.Q": "cooling_load",
    "CH1.KW": "power",
    "CH1.ST": "status",
    "CHP1.ST": "status",
    "CHP2.ST": "status",
    "CHP1.HZ": "frequency",
    "CHP1.KW": "power",
}
IMPERIAL = {
    "flow": lambda x: x / 3.785411784,
    "chilled_water_temperature": lambda x: 32 + 1.8 * x,
    "condenser_water_temperature": lambda x: 32 + 1.8 * x,
    "cooling_load": lambda x: x / TON,
}


def heat(flow, cold, warm):
    """kW of `flow` L/min of water between two temperatures, by IAPWS-95."""
    water = IAPWS95(T=273.15 + (cold + warm) / 2, P=0.101325)
    return water.rho * water.cp * flow * (warm - cold) / 60_000


def tolerance(size, deltas):
    """AHRI 550/590-2011, or twice the error of the sensors behind one or two heats of one size, whichever is more."""
    share = min(max(size / CAPACITY, 0.1), 1)
    errors = [math.hypot(math.sqrt(2) * 0.1 / delta, 0.01) * weight for delta, weight in deltas]
    return max(0.105 - 0.07 * share + 0.15 / (10 * share), 2 * math.hypot(*errors))


def plant():
    """Two days of a chiller and its pumps, a bin a row; wrong by half of the tolerance, or by half more than it."""
    dice = random.Random(11)
    found = []
    hertz = 48.0
    for step in range(600):
        on = step % 150 >= 20
        flow, supply = dice.uniform(1500, 3000), dice.uniform(6, 8)
        rise = dice.choice([0.4, 1.5, 4.0, 5.0, 6.0])
        row = {"CH1.FLOW": flow, "CH1.S": supply, "CH1.R": supply + rise, "CH1.CE": 28.0, "CH1.ST": on}
        cooling = heat(flow, supply, supply + rise)
        error = dice.choice([-1.5, -0.5, 0.0, 0.5, 1.5])
        row["CH1.Q"] = cooling / (1 + error * tolerance(cooling, [(rise, 1)]))
        row["CH1.KW"] = cooling / 5
        row["CH1.CL"] = 28.0 + dice.choice([4.0, 5.0])
        balance = dice.choice([-2.5, 0.0, 2.5]) * 0.12
        row["CH1.CFLOW"] = (cooling + row["CH1.KW"]) / (1 + balance) / heat(1, 28.0, row["CH1.CL"])
        hertz = hertz if dice.random() < 0.7 else dice.choice([30.0, 40.0, 48.0, 49.0, 60.0])
        row["CHP1.HZ"], row["CHP1.ST"] = hertz, on and step % 47 != 5
        row["CHP1.KW"] = 45 * (hertz / 60) ** 3 * dice.choice([0.55, 0.8, 1.0, 1.2, 1.4, 1.6])
        row["CHP2.ST"] = on and step % 7 == 0
        if not on:
            row["CH1.Q"] = row["CH1.KW"] = 0.0
        if dice.random() < 0.03:
            row[dice.choice(sorted(POINTS))] = None
        found.append(row)
    return found


def text(value):
    """A cell."""
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    return "No Data" if value is None else repr(float(value))


def expected(series):
    """`{(bin, rule): (value, low, high)}` of what is wrong, and how many bins each rule judged."""
    wrong, judged = {}, dict.fromkeys(["heat_load", "heat_balance", "affinity", "needs"], 0)

    def near(step):
        return [series[other] for other in (step - 1, step + 1) if 0 <= other < len(series)]

    def put(step, rule, value, low, high):
        judged[rule] += 1
        if value < low or (high is not None and value > high):
            wrong[START + step * BIN, rule] = (value, low, high)

    for step, row in enumerate(series):
        steady = all(other["CH1.ST"] is not False for other in near(step))
        if row["CH1.ST"] and steady:
            chiller(step, row, put)
            states = [row["CHP1.ST"], row["CHP2.ST"]]
            if any(states) or None not in states:
                put(step, "needs", 1 if any(states) else 0, 1, None)
        if row["CHP1.ST"] and None not in (row["CHP1.HZ"], row["CHP1.KW"]) and row["CHP1.HZ"] >= 36:
            quiet = all(
                other["CHP1.ST"] is not False and abs((other["CHP1.HZ"] or row["CHP1.HZ"]) - row["CHP1.HZ"]) <= 3 for other in near(step)
            )
            if quiet:
                low, high = (0.65, 1.25) if row["CHP1.HZ"] >= 48 else (0.5, 1.5)
                cube = 45 * (row["CHP1.HZ"] / 60) ** 3
                put(step, "affinity", row["CHP1.KW"], low * cube, high * cube)
    return wrong, judged


def chiller(step, row, put):
    """The two checks of the chiller's heat."""
    water = [row["CH1.FLOW"], row["CH1.S"], row["CH1.R"]]
    if None in water or water[2] - water[1] < 1:
        return
    cooling, rise = heat(*water), water[2] - water[1]
    if row["CH1.Q"] is not None and max(cooling, row["CH1.Q"]) >= 0.1 * CAPACITY:
        allowed = tolerance(cooling, [(rise, 1)])
        put(step, "heat_load", row["CH1.Q"], cooling / (1 + allowed), cooling / (1 - allowed))
    outside = [row["CH1.CFLOW"], row["CH1.CE"], row["CH1.CL"]]
    if None not in outside and row["CH1.KW"] is not None and cooling >= 0.1 * CAPACITY:
        rejected = heat(*outside)
        allowed = tolerance(cooling, [(rise, cooling / rejected), (outside[2] - outside[1], 1)])
        put(step, "heat_balance", row["CH1.KW"], rejected * (1 - allowed) - cooling, rejected * (1 + allowed) - cooling)


@pytest.fixture(scope="session")
def series():
    return plant()


@pytest.fixture(scope="session")
def systems(trendgate, tmp_path_factory, series):
    """The plant's reports in both unit systems, as datasets."""
    found = {}
    for system in ("metric", "imperial"):
        base = tmp_path_factory.mktemp(system)
        reports = base / "reports"
        reports.mkdir()

        def cell(name, value, system=system):
            convert = IMPERIAL.get(POINTS[name]) if system == "imperial" else None
            return text(convert(value) if convert and value is not None else value)

        columns = [[cell(name, row[name]) for row in series] for name in POINTS]
        (reports / "a.csv").write_text(report(POINTS, columns, START), encoding="utf-8")
        points = ", ".join(f"{name}: {{physical_type: {physical}, frozen: {{enabled: false}}}}" for name, physical in POINTS.items())
        config = base / "plant.yaml"
        config.write_text(
            f"cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n  unit_system: {system}\n"
            f"  points: {{{points}}}\n  equipment:{CHILLERS}",
            encoding="utf-8",
        )
        done = trendgate("run", reports, "--config", config, "--data-dir", base / "data", "--json")
        assert done.code == 0, done.err
        found[system] = conftest.dataset(base / "data", reports, done)
    return found


COLUMNS = {"heat_load": "ch1_q", "heat_balance": "ch1_kw", "affinity": "chp1_kw", "needs": "ch1_st"}
FLAGS = {"heat_load": "HEAT_IMBALANCE", "heat_balance": "HEAT_IMBALANCE", "affinity": "AFFINITY_VIOLATION", "needs": None}


def test_every_finding_is_the_one_of_its_definition(systems, series):
    wrong, judged = expected(series)
    for dataset in systems.values():
        found = {(row["timestamp"], row["rule"]): row for row in evidence(dataset) if row["rule"] in COLUMNS}
        assert found.keys() == wrong.keys()
        for (at, rule), row in found.items():
            value, low, high = wrong[at, rule]
            assert (row["column"], row["flag"]) == (COLUMNS[rule], FLAGS[rule])
            assert math.isclose(row["value"], value, rel_tol=1e-9)
            # The program interpolates the water's properties: 0.02 % of a heat, here of 1 000 kW at most.
            assert math.isclose(row["limit_low"], low, rel_tol=3e-4, abs_tol=0.5)
            assert (row["limit_high"] is None) == (high is None)
            assert high is None or math.isclose(row["limit_high"], high, rel_tol=3e-4, abs_tol=0.5)
            # A stop in the bin behind it would hide it: `settle` is a bin long.
            assert row["known_at"] == at + 2 * BIN
        points = dataset.manifest["statistics"]["points"]
        for rule, column in COLUMNS.items():
            counts = points[column]["rules"][rule]
            bad = sum(1 for _, named in wrong if named == rule)
            assert (counts["flagged"], counts["flagged"] + counts["good"]) == (bad, judged[rule]), rule
            assert judged[rule] + sum(counts["not_judged"].values()) == len(series)
            assert 5 < bad < judged[rule]


def test_flags_do_not_depend_on_the_unit_system_of_the_plant(systems):
    metric, imperial = (rows(systems[system]) for system in ("metric", "imperial"))
    assert [row["quality_flags"] for row in metric] == [row["quality_flags"] for row in imperial]
    assert {"HEAT_IMBALANCE", "AFFINITY_VIOLATION"} <= {flag for row in metric for flag in row["quality_flags"]}


def test_the_manifest_lists_the_machines_and_how_close_their_heats_are_by_week(systems):
    entries = {entry["rule"]: entry for entry in systems["metric"].manifest["equipment"]}
    assert entries.keys() == COLUMNS.keys()
    assert entries["affinity"]["inputs"] == {"frequency": "chp1_hz", "power": "chp1_kw", "running": "chp1_st"}
    weeks = entries["heat_load"]["weeks"]
    counts = systems["metric"].manifest["statistics"]["points"]["ch1_q"]["rules"]["heat_load"]
    assert sum(week["judged"] for week in weeks) == counts["flagged"] + counts["good"]
    assert [week["week"] for week in weeks] == ["2026-01-19T00:00:00Z", "2026-01-26T00:00:00Z"]
    assert all(0 < week["within_5_percent"] < week["judged"] for week in weeks)


def test_explain_tells_what_the_machine_was_measured_to_do(trendgate, systems, series):
    wrong, _ = expected(series)
    at = min(at for at, rule in wrong if rule == "heat_load")
    told = trendgate("explain", "--at", at.isoformat(), "--column", "CH1.Q", "--data-dir", systems["metric"].folder)
    assert told.code == 0, told.err
    assert "HEAT_IMBALANCE: the load is" in told.out and "the heat of the water suggests" in told.out
    assert "CH1: flow" in told.out and "(ch1_s)" in told.out
    assert "rule heat_load: in this batch" in told.out


def test_a_machine_whose_points_are_not_there_yet_is_off_and_named(trendgate, tmp_path):
    (tmp_path / "a.csv").write_text(report(["CH1.FLOW"], [["100"] * 10], START), encoding="utf-8")
    config = tmp_path / "plant.yaml"
    config.write_text(
        f"cleaner:\n  site_id: S\n  timezone: UTC\n  resample_interval: 15m\n  points: {{CH1.FLOW: {{physical_type: flow}}}}\n  equipment:{CHILLERS}",
        encoding="utf-8",
    )
    done = trendgate("run", tmp_path, "--config", config, "--data-dir", tmp_path / "data", "--json")
    assert done.code == 0, done.err
    assert 'a check of "CH1" is off: no report has CH1.ST, CH1.S, CH1.R, CH1.Q' in done.err
    off = conftest.dataset(tmp_path / "data", tmp_path, done).manifest["equipment_off"]
    assert {entry["equipment"] for entry in off} == {"CH1", "CHP1"}
