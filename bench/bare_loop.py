"""The control: what a plain loop needs that reads rows, makes JSON of each 40,000 of them, and posts them.

It checks nothing, drops no duplicate, forgets everything when it dies, and keeps no limit. It runs in a process of its
own: python -m bench.bare_loop PROFILES.parquet API_URL TOKEN LIST_ID 'MAPPING AS JSON'; prints what it measured.
"""

import json
import sys
import time

import duckdb
import requests

from bench.memory import peak_of

ROWS = 40_000


def send_all(profiles: str, api_url: str, token: str, list_id: str, mapping: dict[str, str]) -> dict[str, float]:
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
    return {"imports": calls, "largest": largest}


def main() -> None:
    profiles, api_url, token, list_id, mapping = sys.argv[1:]
    began = time.perf_counter()
    measured = send_all(profiles, api_url, token, list_id, json.loads(mapping))
    print(json.dumps({**measured, "seconds": time.perf_counter() - began, "peak": peak_of("self")}))


if __name__ == "__main__":
    main()
