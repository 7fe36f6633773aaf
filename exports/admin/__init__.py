from .exports import ExportAdmin
from .runs import RefreshAdmin, RunAdmin

__all__ = ["ExportAdmin", "RefreshAdmin", "RunAdmin"]
