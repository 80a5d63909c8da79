"""Reads a CSV into typed columns by pandas' C reader, once for each line on stdin (see csv.mjs)."""

import json
import resource
import sys
import time

import pandas

path = sys.argv[1]
for _ in sys.stdin:
    begin, work = time.perf_counter(), time.process_time()
    table = pandas.read_csv(path, engine="c")
    seconds, work = time.perf_counter() - begin, time.process_time() - work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kinds = {str(kind) for kind in table.dtypes}
    answer = {"seconds": seconds, "work": work, "peak": peak, "rows": len(table), "kinds": sorted(kinds)}
    print(json.dumps(answer), flush=True)
