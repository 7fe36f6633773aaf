"""`manage.py qcluster`: a host's workers, as django-q2 starts them, under the host's name and with an orderly stop."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
from multiprocessing.context import ForkProcess
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django_q import cluster as django_q_cluster
from django_q import status
from django_q.cluster import Cluster, Sentinel
from django_q.management.commands.qcluster import Command as Original

from ccexport.status.hosts import note_stopped


class Command(Original):
    def handle(self, *args: Any, **options: Any) -> None:
        if socket.gethostname() != settings.WORKER_HOST:
            # The name a cluster tells in its signs of life; it takes no other. The cluster is forked from this process.
            status.socket = SimpleNamespace(gethostname=lambda: settings.WORKER_HOST)
        # What is loaded now is nobody's garbage: looking through it again takes the forked workers 0.1 s of a plan, and
        # copies the memory that they share.
        gc.collect()
        gc.freeze()
        django_q_cluster.Sentinel = _Sentinel  # a cluster starts what this name holds, and takes no other
        cluster = _Cluster()
        cluster.start()
        if options.get("run_once"):
            cluster.stop()


class _Cluster(Cluster):
    def stop(self) -> bool:
        """SIGTERM and Ctrl-C come here. Said first, for whoever stops us may lose patience with a task that is long,
        and once more at the end, after the last sign of life."""
        note_stopped(settings.WORKER_HOST)
        try:
            return bool(super().stop())
        finally:
            note_stopped(settings.WORKER_HOST)


class _Sentinel(Sentinel):
    """Stops only when the main process says so, with its workers.

    Supervisors send SIGTERM to every process of a service at once. A sentinel that dies of it while it waits for the
    main process's word takes the lock of that word along, and the main process then waits for ever; a worker that dies
    of it takes along the lock of the tasks, and the next one waits for ever.
    """

    def start(self) -> None:
        signal.signal(signal.SIGTERM, _stop_if_orphaned)  # the workers inherit it
        super().start()

    def spawn_process(self, target: Any, *args: Any) -> ForkProcess:
        process = super().spawn_process(target, *args)
        process.terminate = process.kill  # how a task that takes too long is ended
        return process


def _stop_if_orphaned(signum: int, frame: Any) -> None:
    parent = multiprocessing.parent_process()
    if parent is None or not parent.is_alive():
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)
