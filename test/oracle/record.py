"""Writes down each call of dbt in this process and what came of it.

Per project a folder with

  project.json      name, and the steps: {sql} that was sent between two calls, or {args, files, outcome, results}:
                    dbt's arguments, all files before it ran (null: as in the step before), and what came of it
  STEP/wh.duckdb    the database after that step
"""

import json
import os
import shutil
from datetime import datetime, timezone
from pathlib import Path

# What dbt itself writes into a project's folder.
WRITTEN = {"target", "logs", "dbt_packages", "dbt_internal_packages", "package-lock.yml", ".user.yml"}

current = None


def begin(project):
    """Calls are this project's from now on; those of the one before are written."""
    global current
    if current is not None:
        current.write()
    current = project


class Project:
    """One project, as it goes on."""

    def __init__(self, out, name):
        self.name = name
        self.folder = Path(out) / name
        self.folder.mkdir(parents=True)
        self.database = self.folder / "wh.duckdb"
        self.steps = []
        self.reasons = []
        self.files = None
        self.inside = False

    def sql(self, statement):
        self.steps.append({"sql": statement, "startedAt": now()})

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
            current.sql(sql)
        return run_sql(self, sql, fetch, conn)

    def recorded_schema(change, statement):
        def recorded(self, relation):
            if current is not None and not current.inside:
                current.sql(statement.format(relation.without_identifier().schema))
            return change(self, relation)

        return recorded

    dbtRunner.invoke, DuckDBAdapter.run_sql_for_tests = recorded_invoke, recorded_sql
    DuckDBAdapter.create_schema = recorded_schema(DuckDBAdapter.create_schema, 'create schema if not exists "{}"')
    DuckDBAdapter.drop_schema = recorded_schema(DuckDBAdapter.drop_schema, 'drop schema if exists "{}" cascade')
