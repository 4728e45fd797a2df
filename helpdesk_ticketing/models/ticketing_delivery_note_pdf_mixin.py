import logging
from datetime import timedelta

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.tools import format_datetime

_logger = logging.getLogger(__name__)

PDF_TRIES = 5
# Minutes until the next try, times the number of tries so far.
PDF_RETRY_MINUTES = 10


class TicketingDeliveryNotePdfMixin(models.AbstractModel):
    """The paper of a delivery note: rendered after the signature, never in the signer's request."""

    _name = "ticketing.delivery.note.pdf.mixin"
    _description = "Delivery Note: PDF"

    pdf_id = fields.Many2one("ir.attachment", "Signed PDF", copy=False, readonly=True, index="btree_not_null")
    pdf_pending = fields.Boolean("PDF Pending", copy=False, readonly=True)
    pdf_attempts = fields.Integer("PDF Attempts", copy=False, readonly=True)
    pdf_retry_on = fields.Datetime("Next PDF Attempt", copy=False, readonly=True)
    pdf_error = fields.Text("Error of the PDF", copy=False, readonly=True, groups="base.group_user")

    _pdf_pending_index = models.Index("(id) WHERE pdf_pending IS TRUE")

    # What the templates show

    def _get_report_name(self):
        self.ensure_one()
        note = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return note.env._("Delivery note %s", note.name).replace("/", "-")

    def _get_report_base_filename(self):
        return self._get_report_name()

    def _get_time_zone(self):
        """Return the name of the time zone in which the note tells its times: the customer's, else the company's."""
        self.ensure_one()
        partner = self.partner_id
        zones = (partner.tz, partner.commercial_partner_id.tz, self.company_id.partner_id.tz, self.env.user.tz)
        return next((zone for zone in zones if zone), "UTC")

    def _format_moment(self, moment):
        """Return a moment (UTC) as evidence shows it: with the seconds and the offset to UTC."""
        self.ensure_one()
        if not moment:
            return ""
        zone = self._get_time_zone()
        offset = pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).strftime("%z")
        text = format_datetime(self.env, moment, tz=zone, dt_format="medium")
        if zone == "UTC":
            return f"{text} (UTC)"
        return f"{text} ({zone}, UTC{offset[:3]}:{offset[3:]})"

    def _get_hours_total(self):
        """Return the hours of the note in its lines' unit; False when they have several units."""
        lines = self.labour_line_ids
        return sum(lines.mapped("quantity")) if len(lines.uom_id) == 1 else False

    def _get_tax_rows(self):
        """Hook: return [(order line, values of a base line of taxes)] of what will be invoiced."""
        return [
            (line.sale_line_id, {name: line[name] for name in ("quantity", "price_unit", "discount")})
            for line in self.line_ids
        ]

    def _get_tax_totals(self):
        """Return core's summary of taxes, from the frozen quantities and prices and the order's taxes."""
        self.ensure_one()
        tax = self.env["account.tax"]
        company = self.company_id
        base_lines = [
            tax._prepare_base_line_for_taxes_computation(
                sale_line,
                **values,
                partner_id=self.partner_id,
                currency_id=self.currency_id,
                rate=1.0,
            )
            for sale_line, values in self._get_tax_rows()
        ]
        tax._add_tax_details_in_base_lines(base_lines, company)
        tax._round_base_lines_tax_details(base_lines, company)
        return tax._get_tax_totals_summary(base_lines, self.currency_id, company)

    # After the commit

    @api.model
    def _trigger_pdf(self, at=None):
        self.env["ir.cron"]._trigger_at_commit("helpdesk_ticketing.ir_cron_note_pdf", at)

    def _attach_pdf(self):
        """Render the signed note, attach it, and send the customer his copy; his signature goes on the deliveries."""
        self.ensure_one()
        pickings = self.line_ids.move_id.picking_id.with_context(ticketing_note_signature=True)
        pickings.write({"signature": self.signature})
        pdf, kind = self.env["ir.actions.report"]._render_qweb_pdf("helpdesk_ticketing.delivery_note_report", self.ids)
        message = self.message_post(
            body=self.env._("Signed by %s", self._get_signer_names()),
            attachments=[(f"{self._get_report_name()}.{kind}", pdf)],
            partner_ids=self._get_copy_partners().ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.write(
            {
                "pdf_id": message.attachment_ids[:1].id,
                "pdf_pending": False,
                "pdf_error": False,
                "pdf_attempts": 0,
                "pdf_retry_on": False,
            }
        )

    def _get_copy_partners(self):
        """Hook: return who gets a copy of what was signed."""
        return self.partner_id.filtered("email")

    @api.model
    def _cron_attach_pdfs(self):
        """Render what was signed since; one bad note does not stop the others."""
        due = ["|", ("pdf_retry_on", "=", False), ("pdf_retry_on", "<=", fields.Datetime.now())]
        pending = [("pdf_pending", "=", True), ("pdf_attempts", "<", PDF_TRIES)]
        notes = self.search([*pending, *due], limit=50, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(notes))
        for note in notes:
            locked = note.try_lock_for_update()
            if locked and locked.pdf_pending:
                locked._try_attach_pdf()
            if not cron._commit_progress(1):
                self._trigger_pdf()
                break

    def _try_attach_pdf(self):
        """Render one note; an error stays on the note and is tried again some times."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.with_company(self.company_id)._attach_pdf()
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the whole run is repeated
        except Exception as error:  # whatever a layout or a template does wrong
            _logger.warning("PDF of delivery note %s: %s", self.id, error, exc_info=True)
            self._fail_pdf(str(error))

    def _fail_pdf(self, message):
        """Keep the error and plan the next try; after the last one the leader is asked."""
        self.env.invalidate_all()
        attempts = self.pdf_attempts + 1
        again = attempts < PDF_TRIES and fields.Datetime.now() + timedelta(minutes=PDF_RETRY_MINUTES * attempts)
        self.write({"pdf_error": message, "pdf_attempts": attempts, "pdf_retry_on": again})
        if again:
            self._trigger_pdf(at=again)
        if attempts == 1:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("The PDF of a signed delivery note could not be made"),
                note=message,
                user_id=(self.team_id.user_id or self.user_id or self.env.user).id,
            )

    def action_retry_pdf(self):
        """Try again to make the PDF, after what was wrong has been mended."""
        self.check_access("write")
        self.sudo().write({"pdf_pending": True, "pdf_attempts": 0, "pdf_retry_on": False})
        self._trigger_pdf()
        return True
