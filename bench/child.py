"""What is measured in a process of its own, which prints its seconds and its peak memory: python -m bench.child …

`loop PROFILES.parquet API_URL TOKEN LIST_ID 'MAPPING AS JSON'` is the control: what a plain loop needs that reads rows,
makes JSON of each 40,000 of them, and posts them. It checks nothing, drops no duplicate, forgets everything when it
dies, and keeps no limit.

`stream SOURCE 'COLUMNS AS JSON'` stages the profiles of a source, as a plan does.
"""

import json
import re
import sys
import time
from pathlib import Path

import django
import duckdb
import requests

ROWS = 40_000


def loop(profiles: str, api_url: str, token: str, list_id: str, mapping_json: str) -> dict[str, float]:
    began = time.perf_counter()
    mapping = json.loads(mapping_json)
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    columns = ", ".join(f'"{attribute}"' for attribute in mapping.values())
    rows = duckdb.connect(config={"threads": 2}).execute(f"SELECT {columns} FROM read_parquet(?)", [profiles])
    calls = largest = 0
    while batch := rows.fetchmany(ROWS):
        contacts = [dict(zip(mapping, values, strict=True)) for values in batch]
        body = json.dumps({"import_data": contacts, "list_ids": [list_id]}).encode()
        session.post(f"{api_url}/activities/contacts_json_import", data=body, timeout=120).raise_for_status()
        calls, largest = calls + 1, max(largest, len(body))
    return {"imports": calls, "largest": largest, "seconds": time.perf_counter() - began}


def stream(source_id: str, columns: str) -> dict[str, float]:
    django.setup()
    from engine.sessions import open_engine
    from profiles.models import ProfileSource
    from segments.members.query import stage_members
    from segments.models import Segment

    segment = Segment(name="Everybody", source=ProfileSource.objects.get(pk=source_id))
    began = time.perf_counter()
    with open_engine() as duck:
        stage_members(duck, segment, json.loads(columns), "members")
        (rows,) = duck.execute("SELECT COUNT(*) FROM members").fetchone() or (0,)
    return {"seconds": time.perf_counter() - began, "rows": rows}


if __name__ == "__main__":
    measured = loop(*sys.argv[2:]) if sys.argv[1] == "loop" else stream(*sys.argv[2:])
    status = Path("/proc/self/status")  # of Linux; elsewhere the peak is not known
    peak = re.search(r"VmHWM:\s+(\d+)", status.read_text() if status.exists() else "")
    print(json.dumps(measured | {"peak": int(peak[1]) * 1024 if peak else 0}))
