"""Runs dbt's own adapter tests on dbt-duckdb and writes down what each did, for Firn to do the same.

    python extract.py OUT SHARD/SHARDS [NAME...]

dbt-tests-adapter ships test classes whose pytest fixtures are whole dbt projects, and whose methods seed, run,
edit files, send SQL and run again. They are run as they are; each class becomes one project, and OUT holds per
project a folder with

  project.json      name, and the steps: {sql} that the test sent itself, or {args, files, database, outcome,
                    results, compiled}: dbt's arguments, all files before it ran (null: as in the step before),
                    and what came of it
  STEP/wh.duckdb    the database after that step

NAME (module.Class below dbt.tests.adapter) narrows it. Nothing of the fixtures is kept in this repository.
A class that only renames another is left out. One that a fixture fails for, or that never runs dbt, is
written without steps and with the reason.
"""

import json
import os
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

import dbt.tests.adapter
import pytest
from dbt.tests.fixtures.project import *  # noqa: F403  its fixtures, and below those that take the place of some

ADAPTER_TESTS = Path(next(iter(dbt.tests.adapter.__path__)))
SCHEMA = "gold"
# What dbt itself writes into a project's folder.
WRITTEN = {"target", "logs", "dbt_packages", "dbt_internal_packages", "package-lock.yml", ".user.yml"}

out = Path(os.environ.get("FIRN_ORACLE_OUT", "."))
current = None


class Project:
    """One test class, as it goes on."""

    def __init__(self, name):
        self.name = name
        self.folder = out / name
        self.folder.mkdir(parents=True)
        self.database = self.folder / "wh.duckdb"
        self.steps = []
        self.reasons = []
        self.files = None
        self.inside = False

    def before(self, args, root):
        files = {
            path.relative_to(root).as_posix(): path.read_text(errors="replace")
            for path in sorted(root.rglob("*"))
            if path.is_file() and not WRITTEN & set(path.relative_to(root).parts)
        }
        same, self.files = files == self.files, files
        self.steps.append({"args": told(args), "files": None if same else files, "startedAt": now()})

    def after(self, result, root):
        step = self.steps[-1]
        step["outcome"] = "exception" if result.exception else "success" if result.success else "failure"
        step["message"] = str(result.exception)[:2000] if result.exception else None
        step["results"] = [node_result(each) for each in getattr(result.result, "results", None) or [] if hasattr(each, "node")]
        kept = self.folder / str(len(self.steps) - 1)
        kept.mkdir()
        for each in (self.database, self.database.with_name("wh.duckdb.wal")):
            if each.exists():
                shutil.copy(each, kept / each.name)

    def write(self):
        project = {"name": self.name, "steps": self.steps, "reasons": self.reasons}
        (self.folder / "project.json").write_text(json.dumps(project))


def now():
    return datetime.now(timezone.utc).isoformat()


def told(args):
    """The arguments without the folders that differ from run to run."""
    kept, skip = [], False
    for each in map(str, args):
        if skip or each in ("--project-dir", "--profiles-dir"):
            skip = not skip
        else:
            kept.append(each)
    return kept


def node_result(each):
    node = each.node
    return {
        "id": node.unique_id,
        "type": str(node.resource_type.value if hasattr(node.resource_type, "value") else node.resource_type),
        "materialized": getattr(getattr(node, "config", None), "materialized", None),
        "status": str(each.status.value if hasattr(each.status, "value") else each.status),
        "failures": each.failures,
        "message": each.message,
        "compiled": getattr(node, "compiled_code", None),
        "relation": getattr(node, "relation_name", None),
    }


def record_invocations():
    from dbt.adapters.duckdb.impl import DuckDBAdapter
    from dbt.cli.main import dbtRunner

    invoke, run_sql = dbtRunner.invoke, DuckDBAdapter.run_sql_for_tests

    def recorded_invoke(self, args, **kwargs):
        if current is None:
            return invoke(self, args, **kwargs)
        root = Path(os.getcwd())
        current.before(args, root)
        current.inside = True
        try:
            result = invoke(self, args, **kwargs)
        finally:
            current.inside = False
        current.after(result, root)
        return result

    def recorded_sql(self, sql, fetch, conn):
        first = (sql.split() or [""])[0].lower()
        if current is not None and not current.inside and first not in ("", "select", "with", "describe", "show"):
            current.steps.append({"sql": sql, "startedAt": now()})
        return run_sql(self, sql, fetch, conn)

    dbtRunner.invoke, DuckDBAdapter.run_sql_for_tests = recorded_invoke, recorded_sql


@pytest.fixture(scope="class")
def unique_schema():
    return SCHEMA


@pytest.fixture(scope="class")
def prefix():
    return SCHEMA


@pytest.fixture(scope="class")
def dbt_profile_target(request):
    global current
    if current is not None:
        current.write()
    current = Project(name_of(request.cls, request.path))
    return {"type": "duckdb", "path": str(current.database), "threads": 1}


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
    if current is not None and report.failed:
        lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
        current.reasons.append(f"{report.when}: {(lines or ['failed'])[0][1:].strip()[:300]}")


def pytest_sessionstart(session):
    record_invocations()


def pytest_sessionfinish(session):
    if current is not None:
        current.write()


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
