"""dlt reads the served events to Parquet files in one of the ways its users have: `events.py WAY`.

As in child.ts, the task comes as JSON on stdin and what it took goes to stdout; importing is not counted.
"""

import json
import os
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from urllib.parse import urljoin

import dlt
import orjson
import pyarrow as pa
import pyarrow.dataset
import pyarrow.json
import urllib3
from dlt.destinations import filesystem
from dlt.sources.rest_api import rest_api_source

TEXT = ["id", "verb", "object_id", "occurred_at", "updated_at", "comment"]
WHOLE = ["user_id", "course_id", "attempt"]


def default(address, sinces):
    """As dlt's documentation begins: a REST API by declaration, and every setting as it comes."""
    endpoint = {"path": "events", "params": {"since": sinces[0]}, "paginator": "header_link"}
    events = {"name": "events", "endpoint": endpoint}
    return rest_api_source({"client": {"base_url": address}, "resources": [events]})


def tuned(address, sinces, **hints):
    """Still records as dicts, with all settings that helped.

    Shards are fetched at once, files between the steps are not compressed and small enough to keep two
    processes busy. Larger buffers were tried and are slower.
    """
    os.environ |= {
        "NORMALIZE__WORKERS": "2",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
        "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": "10000",
    }
    return shards(lambda since: (orjson.loads(page) for page in fetch(address, since)), sinces, max_table_nesting=0, **hints)


def declared(address, sinces):
    """Tuned, and nothing to infer: instants stay the text they came as, which spares dlt to parse them."""
    types = dict.fromkeys(TEXT, "text") | dict.fromkeys(WHOLE, "bigint")
    types |= {"score": "double", "passed": "bool", "context": "json"}
    return tuned(address, sinces, columns={name: {"data_type": kind} for name, kind in types.items()})


def arrow(address, sinces):
    """Arrow tables made by hand from the pages' bytes, a few pages each: dlt has only to write them down."""
    context = pa.struct([("session", pa.string()), ("ip", pa.string())])
    types = dict.fromkeys(TEXT, pa.string()) | dict.fromkeys(WHOLE, pa.int64())
    types |= {"score": pa.float64(), "passed": pa.bool_(), "context": context}
    parse = pyarrow.json.ParseOptions(explicit_schema=pa.schema(types.items()))
    read = pyarrow.json.ReadOptions(use_threads=False, block_size=1 << 24)

    def table(page):
        # Arrow reads JSON by line. No text in these pages holds "},{", so they are cut without being parsed:
        # not for every source, but the fastest there is.
        lines = page[1:-1].replace(b"},{", b"}\n{")
        return pyarrow.json.read_json(pa.BufferReader(lines), read, parse)

    def tables(since):
        pages = fetch(address, since)
        while some := list(islice(pages, 10)):
            yield pa.concat_tables(map(table, some))

    return shards(tables, sinces)


def shards(rows, sinces, **hints):
    """A resource a shard, each on a thread of its own, all into one table."""
    return [
        dlt.resource(rows(since), name=f"shard_{at}", table_name="events", parallelized=True, **hints)
        for at, since in enumerate(sinces)
    ]


def fetch(address, since):
    """The bytes of a shard's pages. requests, which dlt uses, takes four times the CPU of urllib3 for them."""
    with urllib3.PoolManager() as pool:
        url, fields = f"{address}/events", {"since": since}
        while url:
            response = pool.request("GET", url, fields=fields)
            if response.status != 200:
                raise RuntimeError(f"{url}: {response.status}")
            yield response.data
            link = response.headers.get("link")
            url, fields = link and urljoin(url, link[1 : link.index(">")]), None


def run(way, address, sinces, records, folder):
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    spent, start = cpu_seconds(), time.perf_counter()
    pipeline = dlt.pipeline(
        "bench",
        destination=filesystem(Path(folder, "lake").as_uri()),
        dataset_name="bench",
        pipelines_dir=f"{folder}/pipelines",
    )
    pipeline.run(way(address, sinces), loader_file_format="parquet")
    seconds, spent = time.perf_counter() - start, cpu_seconds() - spent
    rows = pyarrow.dataset.dataset(f"{folder}/lake/bench/events", format="parquet").count_rows()
    if rows != records:
        raise SystemExit(f"dlt wrote {rows} rows of {records}")
    peak = max(each.ru_maxrss for each in usage()) / 1024
    print(json.dumps({"seconds": seconds, "cpuSeconds": spent, "peakRssMegabytes": peak}))


def cpu_seconds():
    return sum(each.ru_utime + each.ru_stime for each in usage())


def usage():
    """Of this process, and of its children that have ended, which dlt waits for; memory is the largest one's."""
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


if __name__ == "__main__":
    ways = {"default": default, "tuned": tuned, "declared": declared, "arrow": arrow}
    task = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(dir=task["folder"]) as folder:
        run(ways[sys.argv[1]], task["address"], task["sinces"], task["records"], folder)
