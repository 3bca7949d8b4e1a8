"""Runs dbt's own adapter tests on dbt-duckdb and writes down what each did, for Firn to do the same.

    python extract.py OUT SHARD/SHARDS [NAME...]

dbt-tests-adapter ships test classes whose pytest fixtures are whole dbt projects, and whose methods seed, run,
edit files, send SQL and run again. They are run as they are; each class becomes one project in OUT, as record.py
writes it. NAME (module.Class below dbt.tests.adapter) narrows it. Nothing of the fixtures is kept in this
repository. A class that only renames another is left out. One that a fixture fails for, or that never runs dbt,
is written without steps and with the reason.
"""

import os
import sys
from pathlib import Path

import dbt.tests.adapter
import pytest
import record
from dbt.tests.fixtures.project import *  # noqa: F403  its fixtures, and below those that take the place of some

ADAPTER_TESTS = Path(next(iter(dbt.tests.adapter.__path__)))
SCHEMA = "gold"
out = Path(os.environ.get("FIRN_ORACLE_OUT", "."))


@pytest.fixture(scope="class")
def unique_schema():
    return SCHEMA


@pytest.fixture(scope="class")
def prefix():
    return SCHEMA


@pytest.fixture(scope="class")
def dbt_profile_target(request):
    project = record.Project(out, name_of(request.cls, request.path))
    record.begin(project)
    return {"type": "duckdb", "path": str(project.database), "threads": 1}


def name_of(cls, path):
    below = ".".join(path.relative_to(ADAPTER_TESTS).with_suffix("").parts)
    return f"{below}.{cls.__name__}" if cls else below


def pytest_collection_modifyitems(config, items):
    """This shard's classes; of those that only rename another, none."""
    index, shards = map(int, os.environ["FIRN_ORACLE_SHARD"].split("/"))
    wanted = set(filter(None, os.environ.get("FIRN_ORACLE_NAMES", "").split(",")))
    own = [item for item in items if is_own(item.cls, item.module)]
    names = sorted({name_of(item.cls, item.path) for item in own})
    mine = {name for at, name in enumerate(names) if name in wanted or (not wanted and at % shards == index)}
    items[:] = [item for item in own if name_of(item.cls, item.path) in mine]


def is_own(cls, module):
    """Not imported from another module, and more than another name for its base."""
    if cls is None:
        return True
    added = [key for key in vars(cls) if not key.startswith("__") and key != "pytestmark"]
    return cls.__module__ == module.__name__ and bool(added)


def pytest_runtest_logreport(report):
    if record.current is not None and report.failed:
        lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
        record.current.reasons.append(f"{report.when}: {(lines or ['failed'])[0][1:].strip()[:300]}")


def pytest_sessionstart(session):
    record.record_invocations()


def pytest_sessionfinish(session):
    record.begin(None)


if __name__ == "__main__":
    target, shard, *names = sys.argv[1:]
    os.environ.update(
        FIRN_ORACLE_OUT=str(Path(target).resolve()),
        FIRN_ORACLE_SHARD=shard,
        FIRN_ORACLE_NAMES=",".join(names),
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        TZ="UTC",
    )
    Path(target).mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(
        pytest.main(
            [
                str(ADAPTER_TESTS),
                *("-p", "extract", "-p", "no:cacheprovider", "--import-mode=importlib", "-q", "--no-header", "--tb=short"),
                *("-o", "python_classes=Test* Base*", "-o", "python_files=*.py", "--continue-on-collection-errors"),
                *("--rootdir", target, "--basetemp", str(Path(target, "..", f"tmp-{shard.replace('/', '-')}").resolve())),
                *("-W", "ignore"),
            ]
        )
    )
