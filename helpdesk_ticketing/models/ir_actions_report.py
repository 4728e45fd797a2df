import io

from odoo import api, models

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..tools import letterhead
from ..tools.pdf_pages import number_pages

NUMBERED_REPORTS = ("helpdesk_ticketing.report_delivery_note", "helpdesk_ticketing.report_contract_statement")


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _repeats_header(self):
        """Tell whether the renderer prints headers, footers and page numbers: Debian's wkhtmltopdf does not."""
        return _wkhtml().is_patched_qt

    def _prepare_html(self, html, report_model=False):
        """An invoice says whose it is, whatever the renderer: the seller's name stands in the header."""
        if report_model == "account.move" and not self._repeats_header():
            html = letterhead.put_inside(html)
        return super()._prepare_html(html, report_model=report_model)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """A document of several pages says so on each of them, whatever the renderer."""
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        report = self._get_report(report_ref)
        if report.report_name in NUMBERED_REPORTS and not self._repeats_header():
            for record in self.env[report.model].browse(filter(None, streams)):
                if stream := streams[record.id]["stream"]:
                    streams[record.id]["stream"] = io.BytesIO(number_pages(stream.getvalue(), record.display_name))
        return streams
