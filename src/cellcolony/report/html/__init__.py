"""The report as one self-contained HTML file: no script, and nothing from elsewhere."""

from cellcolony.report.html.page import report_page, write_report

__all__ = ["report_page", "write_report"]
