from .exports import ExportAdmin
from .runs import RunAdmin

__all__ = ["ExportAdmin", "RunAdmin"]
