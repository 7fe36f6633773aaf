from .export import Export
from .run import Batch, Run, RunEvent

__all__ = ["Batch", "Export", "Run", "RunEvent"]
