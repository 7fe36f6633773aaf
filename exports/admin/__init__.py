from .exports import ExportAdmin
from .runs import RefreshAdmin, RunAdmin
from .suppressions import SuppressionAdmin

__all__ = ["ExportAdmin", "RefreshAdmin", "RunAdmin", "SuppressionAdmin"]
