from .export import Export
from .run import Batch, Run, RunEvent
from .schedule import ExportSchedule, Refresh, RefreshSchedule, RefreshStep, Timetable
from .timing import StageTiming

__all__ = [
    "Batch",
    "Export",
    "ExportSchedule",
    "Refresh",
    "RefreshSchedule",
    "RefreshStep",
    "Run",
    "RunEvent",
    "StageTiming",
    "Timetable",
]
