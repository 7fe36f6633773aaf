"""A worker that has claimed an evaluation and waits to be killed. Prints "at work" then."""

import sys
import time

import django

django.setup()

from segments.evaluations.lifecycle import claim_evaluation  # noqa: E402

assert claim_evaluation(int(sys.argv[1]))
print("at work", flush=True)
time.sleep(60)
