import base64
from typing import NamedTuple

from odoo import models
from odoo.tools import format_date, formatLang
from odoo.tools.image import image_data_uri, image_process

from ..tools.photos import MIMETYPES
from ..tools.progress import add, get_percent

PHOTO_PIXELS = 900


class Position(NamedTuple):
    """A row of a certificate's table; amounts without taxes."""

    name: str
    part: str  # the order line it belongs to, where there are several
    total: float
    before: float
    period: float
    to_date: float
    percent: float
    retention: float


class TicketingCertificatePaperMixin(models.AbstractModel):
    """What a certificate says, for its PDF and its spreadsheet: in the words of its customer's language."""

    _name = "ticketing.certificate.paper.mixin"
    _description = "Certificate: Paper"

    def _in_customers_language(self):
        return self.with_context(lang=self.partner_id.lang or self.env.lang)

    def _as_reader(self):
        """Return the certificate as superuser: who may read it reads what it is about, his order and project included.

        :raises AccessError: the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        return self.sudo()

    def _get_certificate_title(self):
        if not self.certificate_number:
            return self.env._("Certificate (draft)")
        return self.env._("Certificate No. %s", self.certificate_number)

    def _get_certificate_report_name(self):
        note = self._in_customers_language()
        if not note.certificate_number:
            return note.env._("Certificate %s", note.name)
        return note.env._("Certificate %(name)s, No. %(number)s", name=note.name, number=note.certificate_number)

    def _get_certificate_facts(self):
        """Return [(label, text)] of what is certified, to whom."""
        note = self._as_reader()
        plan, order = note.plan_id, note.plan_id.sale_order_id
        facts = [
            (self.env._("Number"), note.name),
            (self.env._("Project"), note.project_id.display_name),
            (self.env._("Contract"), order.name),
            (self.env._("Your Reference"), order.client_order_ref),
            (self.env._("Completed until"), note.period_end and format_date(self.env, note.period_end)),
        ]
        if plan.method == "completion":
            facts.append((self.env._("Completed"), self._format_percent(note.percent_to_date)))
            facts.append((self.env._("Measured by"), note.percent_reason))
        return [(label, text) for label, text in facts if text]

    def _format_percent(self, percent):
        return f"{formatLang(self.env, percent, digits=2)} %"

    def _format_plain(self, amount):
        """Return an amount without its currency, which a table's head tells."""
        return formatLang(self.env, amount, digits=self.currency_id.decimal_places)

    def _get_certificate_positions(self):
        """Return the positions of this period, and what else there is of the contract in one: they sum up to it."""
        note = self._as_reader()
        lines = note.line_ids.filtered(lambda line: line.kind == "progress")
        several = len(note.plan_id.sale_line_ids) > 1
        positions = [note._get_position(line, several) for line in lines]
        step = note.currency_id.rounding
        total = add([note.total_amount, *(-position.total for position in positions)], step)
        before = add([note.before_amount, *(-position.before for position in positions)], step)
        if total or before:
            name = self.env._("Other positions, as before")
            positions.append(Position(name, "", total, before, 0.0, before, get_percent(before, total), 0.0))
        return positions

    def _get_position(self, line, several):
        part = line.sale_line_id._get_progress_title() if several else ""
        return Position(
            line.name,
            part if part != line.name else "",
            line.amount_total,
            line.amount_before,
            line.amount,
            add([line.amount_before, line.amount], line.currency_id.rounding),
            line.percent_to_date,
            line.retention_amount,
        )

    def _sum_positions(self, positions):
        """Return the last row of the table."""
        step = self.currency_id.rounding
        total, before, period, to_date, retention = (
            add([getattr(position, name) for position in positions], step)
            for name in ("total", "before", "period", "to_date", "retention")
        )
        percent = get_percent(to_date, total) if total else 0.0
        return Position(self.env._("Total"), "", total, before, period, to_date, percent, retention)

    def _get_certificate_deposits(self):
        """Return [(name, paid, deducted before, deducted now, left)] of the deposits that are deducted."""
        step = self.currency_id.rounding
        return [
            (
                line.name,
                line.amount_total,
                -line.amount_before,
                -line.amount,
                add([line.amount_total, line.amount_before, line.amount], step),
            )
            for line in self._as_reader().line_ids
            if line.kind == "deposit"
        ]

    def _get_certificate_sums(self):
        """Return {key: (label, amount)}, in the order of the paper."""
        note = self._as_reader()
        return {
            "contract": (self.env._("Contract sum"), note.contract_amount),
            "changes": (self.env._("Changes"), note.change_amount),
            "total": (self.env._("Contract with changes"), note.total_amount),
            "before": (self.env._("Completed before"), note.before_amount),
            "period": (self.env._("Completed in this period"), note.period_amount),
            "to_date": (self.env._("Completed to date"), note.to_date_amount),
            "retention": (self.env._("Retention of this period"), note.retention_amount),
            "retained": (self.env._("Retention to date"), note.retention_to_date),
            "deposit": (self.env._("Deposit deducted"), note.deposit_amount),
            "balance": (self.env._("Balance to finish, retention included"), note.balance_amount),
        }

    def _get_certificate_tax_rows(self):
        """Return [(order line, values)] as the invoice will have them: work, deposits, what is held back.

        What a deposit's order line remembers of its own taxes stays out, as it does on the invoice.
        """
        request = self.env["ticketing.billing.request"]
        rows = []
        for line in self.line_ids:
            if line.amount:
                rows.append((line.sale_line_id, request._prepare_progress_line(line)))
            if line.retention_amount:
                rows.append((line.sale_line_id, request._prepare_retention_line(line)))
        fixed = {"discount": 0.0, "extra_tax_data": False}
        return [
            (sale_line, {"quantity": values["quantity"], "price_unit": values["price_unit"], **fixed})
            for sale_line, values in rows
        ]

    # Evidence

    def _get_acceptances(self):
        """Return what proves that each who has to accept has done so, in their order; who has not has no name in it."""
        note = self._as_reader()
        both = {"customer": note.partner_id, "lender": note.lender_id}
        asked = both if note.acceptance == "both" else [note.acceptance or "customer"]
        return [{"signer": signer, "partner": both[signer], **note._get_evidence(signer)} for signer in asked]

    def _get_evidence(self, signer):
        """Return what proves that customer or lender has accepted."""
        prefix = "lender_" if signer == "lender" else ""
        methods = dict(self._fields["sign_method"]._description_selection(self.env))
        return {
            "signature": self[f"{prefix}signature"],
            "signer_name": self[f"{prefix}signer_name"],
            "signed_on": self[f"{prefix}signed_on"],
            "method": methods.get(self[f"{prefix}sign_method"]),
            "address": self[f"{prefix}sign_address"],
        }

    def _get_accepted_on(self):
        """Return the day on which the last who had to has accepted; False if not yet."""
        moments = [self.signed_on, self.lender_signed_on]
        last = self.state == "signed" and max(filter(None, moments), default=False)
        return last and self.company_id._get_ticketing_day(last)

    def _get_certificate_photos(self):
        """Return the photos that were added to the certificate; once it is ready, those it had then."""
        note = self._as_reader()
        if note.state != "draft":
            return note.photo_ids.filtered(lambda photo: photo.mimetype in MIMETYPES)
        mine = [("res_model", "=", self._name), ("res_id", "=", note.id), ("mimetype", "in", MIMETYPES)]
        return note.env["ir.attachment"].search(mine, order="id")

    def _get_certificate_pictures(self):
        """Return the addresses (data) of the photos as they are printed: small, and in a format each renderer knows."""
        pictures = []
        for photo in self._get_certificate_photos():
            small = image_process(photo.raw, size=(PHOTO_PIXELS, PHOTO_PIXELS), quality=80, output_format="JPEG")
            pictures.append((photo.name, image_data_uri(base64.b64encode(small))))
            photo.invalidate_recordset()  # one at a time is in memory
        return pictures
