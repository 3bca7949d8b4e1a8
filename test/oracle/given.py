"""Runs real dbt on given projects and writes down what it did, as record.py does.

    python given.py OUT REQUEST.json

REQUEST holds a list of {name, profile, schema, files, packages, steps}: files by path, packages as the files of
each by its name, and steps in order: {sql} or {args}.
"""

import json
import os
import sys
from pathlib import Path

import duckdb
import record
import yaml
from dbt.cli.main import dbtRunner


def write(folder, files):
    for path, text in files.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def run(out, request):
    project = record.Project(out, request["name"])
    record.begin(project)
    root = Path(out, "..", "given", request["name"]).resolve()
    write(root, request["files"])
    for name, files in request["packages"].items():
        write(root / "dbt_packages" / name, files)
    target = {"type": "duckdb", "path": str(project.database), "schema": request["schema"], "threads": 1}
    profiles = root.with_name(f"{root.name}-profiles")
    write(profiles, {"profiles.yml": yaml.safe_dump({request["profile"]: {"target": "default", "outputs": {"default": target}}})})
    os.chdir(root)
    for step in request["steps"]:
        if "sql" in step:
            project.sql(step["sql"])
            with duckdb.connect(str(project.database)) as connection:
                connection.execute(step["sql"])
        else:
            dbtRunner().invoke([*step["args"], "--project-dir", str(root), "--profiles-dir", str(profiles)])


if __name__ == "__main__":
    out, request = map(os.path.abspath, sys.argv[1:])
    os.environ.update(DBT_SEND_ANONYMOUS_USAGE_STATS="false", TZ="UTC")
    record.record_invocations()
    for each in json.loads(Path(request).read_text()):
        run(out, each)
    record.begin(None)
