"""`manage.py qcluster`: a host's workers, as django-q2 starts them, under the host's name and with an orderly stop."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django_q import status
from django_q.cluster import Cluster
from django_q.management.commands.qcluster import Command as Original

from ccexport.status.hosts import note_stopped


class Command(Original):
    def handle(self, *args: Any, **options: Any) -> None:
        if socket.gethostname() != settings.WORKER_HOST:
            # The name a cluster tells in its signs of life; it takes no other. The cluster is forked from this process.
            status.socket = SimpleNamespace(gethostname=lambda: settings.WORKER_HOST)
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
