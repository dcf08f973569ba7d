"""dlt_load.py URL STORE SCRATCH: {"records": [...]} into table bench.records with dlt's defaults, nested values kept as JSON."""

import sys

import dlt
from dlt.common.json import json

url, store, scratch = sys.argv[1:]


@dlt.resource(name="records", write_disposition="replace", max_table_nesting=0)
def records():
    with open(store, "rb") as file:
        yield json.load(file)["records"]


pipeline = dlt.pipeline(
    "bench", destination=dlt.destinations.postgres(url), dataset_name="bench", pipelines_dir=scratch
)
pipeline.run(records())
