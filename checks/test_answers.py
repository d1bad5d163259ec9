"""Every object that `--json` prints has the fields that its schema describes, no others, and says of which site it is and when it was made."""

import json
import shutil

import conftest
import jsonschema
import pytest
import yaml

SCHEMA = json.loads((conftest.ROOT / "schemas/answers.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)


def closed(schema):
    """The schema in which an object may have no field that is not described.

    What is put together of several descriptions is left as it is: one of them does not know the fields of another.
    """
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {"$ref", "oneOf", "anyOf", "allOf", "additionalProperties"}
    is_object = isinstance(schema.get("properties"), dict)
    if is_object and parts & schema.keys():
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return inner | {"additionalProperties": False} if is_object else inner


def complaints(name, document):
    """What a validator says of a document that should be a `name`."""
    described = {"$schema": SCHEMA["$schema"], "$defs": dict(SCHEMA["$defs"]), "$ref": f"#/$defs/{name}"}
    ends = {"CommittedAnswer", "NothingNewAnswer", "AlreadyAnswer", "OvertakenAnswer", "FailedAnswer"}
    joined = ends | {"RunCounts", "RunFailure"}
    described["$defs"] = {key: value if key in joined else closed(value) for key, value in described["$defs"].items()}
    for ended in ("RunAnswer", "SiteAnswer"):
        one_of = [one | {"unevaluatedProperties": False} for one in described["$defs"][ended]["oneOf"]]
        described["$defs"][ended] |= {"oneOf": one_of}
    VALIDATOR.check_schema(described)
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR(described).iter_errors(document)]


@pytest.fixture(scope="module")
def place(trendgate, tmp_path_factory):
    """The example plant with a report that is none, and a folder for its dataset."""
    place = tmp_path_factory.mktemp("answers")
    shutil.copytree(conftest.EXAMPLES / "plant", place / "in")
    (place / "in/broken.csv").write_text("no report\n", encoding="utf-8")
    many = yaml.safe_load(conftest.CONFIG.read_text(encoding="utf-8"))
    many["sites"] = {many["cleaner"].pop("site_id"): {"paths": ["in"]}}
    (place / "many.yaml").write_text(yaml.safe_dump(many, allow_unicode=True), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def answers(trendgate, place):
    """What each command prints, and what that should be, in the order of a plant's life."""
    run = [place / "in", "--config", conftest.CONFIG, "--data-dir", place / "data"]
    dataset = ["--data-dir", place / "data"]
    report = next((place / "in").glob("[!b]*.csv"))
    printed = []

    def tell(what, *words):
        done = trendgate(*words, "--json")
        printed.append((what, words, done.json))
        return done.json

    tell("PlanAnswer", "plan", *run)
    tell("FailureAnswer", "log", *dataset)
    committed = tell("RunAnswer", "run", *run)
    tell("RunAnswer", "run", *run)
    many = ["--all", "--config", place / "many.yaml", "--data-dir", place / "data"]
    tell("SitesPlanAnswer", "plan", *many)
    tell("SitesRunAnswer", "run", *many)
    first = committed["changed_range"][0]
    tell("InspectAnswer", "inspect", report)
    tell("CheckAnswer", "check", committed["manifest"])
    tell("VerifyAnswer", "verify", *dataset)
    tell("VerifyAnswer", "verify", committed["manifest"])
    tell("SitesRecovered", "recover", *dataset)
    tell("SitesTagged", "tag", "first", *dataset)
    tell("SitesTagged", "tag", *dataset)
    tell("DatasetAnswer", "show", "--at-version", "first", *dataset)
    tell("SitesTagged", "tag", "first", "--remove", *dataset)
    tell("LoggedBatch", "log", *dataset)
    tell("DatasetAnswer", "show", *dataset)
    tell("FilesAnswer", "files", *dataset)
    tell("Manifest", "show", "1", *dataset)
    tell("ExplainAnswer", "explain", "--at", first, *dataset)
    tell("PointsAnswer", "points", *dataset)
    tell("RetractionAnswer", "retract", report, "--dry-run", *run[1:])
    tell("RunAnswer", "retract", report, *run[1:])
    tell("DiffAnswer", "show", "--diff", "1", *dataset)
    tell("LoggedBatch", "log", *dataset)
    tell("StatusAnswer", "status", *dataset)
    tell("SitesGarbageCollected", "gc", "--grace", "0s", "--retention", "0s", *dataset)
    apart = [place / "in", "--config", conftest.CONFIG, "--data-dir", place / "apart"]
    for task in tell("TaskPlanAnswer", "task", "plan", *apart, "--out", place / "tasks")["pending"]:
        trendgate("task", "run", task)
    tell("TaskCommitAnswer", "task", "commit", place / "tasks")
    tell("FailureAnswer", "run", place / "nowhere", *run[1:])
    tell("FailureAnswer", "inspect", place / "in/broken.csv")
    return printed


def objects(document):
    """The objects that were printed: one, or a list of them."""
    return document if isinstance(document, list) else [document]


def test_every_answer_obeys_its_schema(answers):
    for what, words, document in answers:
        for one in objects(document):
            assert complaints(what, one) == [], words


def test_the_schema_has_every_answer_and_any_of_them_obeys_it(answers):
    for _, words, document in answers:
        assert list(VALIDATOR(SCHEMA).iter_errors(document)) == [], words
    assert len({what for what, _, _ in answers}) == len(SCHEMA["anyOf"])


def test_a_field_that_is_wrong_or_not_described_is_noticed(answers):
    for what, words, document in answers:
        one = objects(document)[0]
        without = {key: value for key, value in one.items() if key not in ("time", "created_at")}
        assert len(complaints(what, without)) >= 1, words
        assert complaints(what, one | {"surprise": 1}) != [], words


def test_every_answer_says_of_which_site_it_is_and_when_it_was_made(answers):
    for what, words, document in answers:
        for one in objects(document):
            assert one.keys() & {"time", "created_at"}, words
            # A report is of no site, and a path may be; tasks are those of all sites.
            if what not in ("InspectAnswer", "FailureAnswer", "TaskPlanAnswer"):
                sites = objects(one.get("sites") or one.get("verified") or one.get("files") if "site_id" not in one else one)
                assert {site["site_id"] for site in sites} == {"PLANT01"}, words


def test_a_failure_names_the_site_that_was_asked_for(answers):
    failures = [(words, document) for what, words, document in answers if what == "FailureAnswer"]
    assert [document["site_id"] for _, document in failures] == [None, "PLANT01", None]
    assert {document["kind"] for _, document in failures} == {"Usage", "Input"}
