from .erasures import ErasureAdmin
from .exports import ExportAdmin
from .runs import RefreshAdmin, RunAdmin
from .suppressions import SuppressionAdmin

__all__ = ["ErasureAdmin", "ExportAdmin", "RefreshAdmin", "RunAdmin", "SuppressionAdmin"]
