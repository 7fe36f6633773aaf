from .account_reading import AccountReading
from .erasure import Erasure, ErasureStep
from .export import Export
from .people import OptOuts, Roster
from .removal import Removal, ScratchList
from .run import Batch, Run, RunEvent, StageTiming
from .schedule import ExportSchedule, Refresh, RefreshSchedule, RefreshStep, Timetable
from .suppression import Suppression, SuppressionUpload

__all__ = [
    "AccountReading",
    "Batch",
    "Erasure",
    "ErasureStep",
    "Export",
    "ExportSchedule",
    "OptOuts",
    "Refresh",
    "RefreshSchedule",
    "RefreshStep",
    "Removal",
    "Roster",
    "Run",
    "RunEvent",
    "ScratchList",
    "StageTiming",
    "Suppression",
    "SuppressionUpload",
    "Timetable",
]
