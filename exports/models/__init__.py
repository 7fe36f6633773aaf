from .export import Export
from .run import Batch, Run, RunEvent
from .schedule import ExportSchedule, Refresh, RefreshSchedule, RefreshStep, Timetable

__all__ = [
    "Batch",
    "Export",
    "ExportSchedule",
    "Refresh",
    "RefreshSchedule",
    "RefreshStep",
    "Run",
    "RunEvent",
    "Timetable",
]
