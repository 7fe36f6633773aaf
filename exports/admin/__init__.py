from .exports import ExportAdmin
from .refresh import RefreshAdmin
from .runs import RunAdmin

__all__ = ["ExportAdmin", "RefreshAdmin", "RunAdmin"]
