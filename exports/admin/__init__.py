from .erasures import ErasureAdmin
from .exports import ExportAdmin
from .runs import RefreshAdmin, RunAdmin

__all__ = ["ErasureAdmin", "ExportAdmin", "RefreshAdmin", "RunAdmin"]
