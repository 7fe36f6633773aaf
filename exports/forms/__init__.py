from .export_form import ExportForm

__all__ = ["ExportForm"]
