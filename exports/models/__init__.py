from .export import Export
from .run import Batch, Run, RunEvent, StageTiming
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
    "StageTiming",
    "Timetable",
]
