"""python -m bench.postgresql_stream SOURCE COLUMNS: stages its profiles, prints seconds, rows and peak memory."""

import json
import sys
import time

import django

from bench.memory import peak_of


def main(source_id: str, columns: str) -> None:
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
    print(json.dumps({"seconds": time.perf_counter() - began, "rows": rows, "peak": peak_of("self")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
