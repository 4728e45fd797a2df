from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# What decides how much a customer pays for an hour; frozen with the delivery note.
FROZEN_FIELDS = {"unit_amount", "employee_id", "project_id", "so_line", "date", "name", "ticket_id", "covered"}
# Where hours are billed follows from their ticket and from the steps of its notes and requests.
STEP_FIELDS = {"so_line", "is_so_line_edited", "note_id", "billing_request_id", "timesheet_invoice_id"}


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    ticket_id = fields.Many2one("ticketing.ticket", index="btree_not_null", ondelete="restrict", copy=False)
    note_id = fields.Many2one(
        "ticketing.delivery.note", string="Delivery Note", index="btree_not_null", readonly=True, copy=False
    )
    billing_request_id = fields.Many2one(
        "ticketing.billing.request",
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="The request that bills these hours of remote work.",
    )
    worklog_ids = fields.One2many("ticketing.worklog", "timesheet_id", "Worked", readonly=True)
    covered = fields.Boolean(copy=False, help="The customer does not pay for these hours.")
    cover_reason = fields.Char("Why Covered", copy=False)

    @api.constrains("unit_amount", "ticket_id")
    def _check_ticket_hours(self):
        for line in self:
            if line.ticket_id and line.unit_amount < 0:
                raise ValidationError(self.env._("Hours on a ticket can't be negative: correct the entry itself."))

    @api.constrains("covered", "cover_reason")
    def _check_cover_reason(self):
        for line in self:
            if line.ticket_id and line.covered and not line.cover_reason:
                raise ValidationError(self.env._("Say why these hours are covered: the customer reads it."))

    @api.constrains("ticket_id", "so_line", "covered")
    def _check_order_line(self):
        for line in self.sudo().filtered("ticket_id"):  # a technician may not read sale orders
            ticket = line.ticket_id
            if line.so_line != (ticket.covered_labour_line_id if line.covered else ticket.labour_line_id):
                raise ValidationError(
                    self.env._(
                        "These hours would not be billed with ticket %(ticket)s. Is the project %(project)s billable?",
                        ticket=ticket.display_name,
                        project=line.project_id.display_name,
                    )
                )

    @api.constrains("unit_amount", "ticket_id", "so_line")
    def _check_not_rounded_to_nothing(self):
        for line in self.sudo().filtered("ticket_id"):  # a technician may not read sale orders
            unit = line.so_line.product_uom_id
            hours = line.product_uom_id._compute_quantity(line.unit_amount, unit, rounding_method="HALF-UP")
            if line.unit_amount and unit and not hours:
                raise ValidationError(
                    self.env._(
                        "%(hours)s hours are too few to be billed: they round to nothing in the unit %(unit)s.",
                        hours=f"{line.unit_amount:g}",
                        unit=unit.name,
                    )
                )

    @api.depends("ticket_id.labour_line_id", "ticket_id.covered_labour_line_id", "covered")
    def _compute_so_line(self):
        super()._compute_so_line()

    def _timesheet_determine_sale_line(self):
        if self.ticket_id:
            ticket = self.ticket_id.sudo()  # a technician may not read sale orders
            return ticket.covered_labour_line_id if self.covered else ticket.labour_line_id
        return super()._timesheet_determine_sale_line()

    @api.depends("ticket_id.partner_id")
    def _compute_partner_id(self):
        super()._compute_partner_id()
        for line in self.filtered("ticket_id"):
            line.partner_id = line.ticket_id.partner_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("ticket_id"):
                self._check_steps(vals)
                self._prepare_ticket_hours(vals)
        lines = super().create(vals_list)
        lines.ticket_id._bill_late_hours()
        return lines

    def _prepare_ticket_hours(self, vals):
        """Complete the values of hours on a ticket: project, and the order line that will bill them."""
        ticket = self.env["ticketing.ticket"].browse(vals["ticket_id"])
        ticket.check_access("write")
        ticket._check_may_work()
        self._check_may_cover(vals)
        if not ticket.team_id:
            raise UserError(
                self.env._("Ticket %s has no team: choose one, its settings say where hours go.", ticket.display_name)
            )
        project = ticket.sudo().team_id.project_id
        if not project:
            raise UserError(
                self.env._(
                    "The team %s has no project for its hours: set it in the team's settings.", ticket.team_id.name
                )
            )
        ticket._get_labour_line(bool(vals.get("covered")))
        # a form sends the empty fields too
        vals["project_id"] = vals.get("project_id") or project.id
        vals["company_id"] = vals.get("company_id") or ticket.company_id.id

    def write(self, vals):
        if vals.keys() == {"timesheet_invoice_id"} and not self.env.context.get("ticketing_billing"):
            # Core frees hours with every credit note, even of a cent: they would be billed twice. Hours of a
            # ticket are bound and freed by their billing request.
            others = self.filtered(lambda line: not line.ticket_id)
            return super(AccountAnalyticLine, others).write(vals)
        self._check_not_frozen(vals.keys())
        if self.ticket_id or vals.get("ticket_id"):
            self._check_steps(vals)
        if "covered" in vals or "cover_reason" in vals:
            self._check_may_cover(vals)
        if "covered" in vals or vals.get("ticket_id"):
            self._prepare_ticket_lines(vals)
        result = super().write(vals)
        if {"ticket_id", "unit_amount", "covered"} & vals.keys():
            self.ticket_id._bill_late_hours()
        return result

    def _prepare_ticket_lines(self, vals):
        """Make the order lines that will bill these hours once they are written."""
        ticket = self.env["ticketing.ticket"].browse(vals.get("ticket_id"))
        if ticket:
            ticket.check_access("write")
            ticket._check_may_work()
        wanted = {(ticket or line.ticket_id, bool(vals.get("covered", line.covered))) for line in self}
        for target, covered in wanted:
            if target:
                target._get_labour_line(covered)

    def _check_steps(self, vals):
        """Refuse to send hours of a ticket to another bill.

        :raises AccessError: not one of the steps, which run as superuser
        """
        typed = {name for name in STEP_FIELDS & vals.keys() if vals[name]} if not self else STEP_FIELDS & vals.keys()
        if typed and not self.env.su:
            raise AccessError(
                self.env._("The hours of a ticket are billed with it; you can't set: %s", ", ".join(sorted(typed)))
            )

    def _check_may_cover(self, vals):
        """What the customer need not pay is the manager's decision."""
        if vals.get("covered") and not (self.env.su or self.env.user.has_group("helpdesk_ticketing.group_manager")):
            raise UserError(self.env._("Only a helpdesk manager may decide that work is covered."))

    def _check_not_frozen(self, names):
        """Refuse to change hours that a customer has before him, or has signed.

        :raises UserError: the hours stand on a delivery note that is ready or signed
        """
        if not FROZEN_FIELDS.intersection(names):
            return
        lines = self.sudo()  # a technician may not read invoices
        frozen = lines.filtered(lambda line: line.note_id.state in ("ready", "signed"))
        if billed := lines.filtered(lambda line: line.billing_request_id.invoice_id.state in ("draft", "posted")):
            raise UserError(
                self.env._(
                    "These hours are billed by %s and can't be changed: record a correction as new hours.",
                    ", ".join(billed.billing_request_id.invoice_id.mapped("display_name")),
                )
            )
        if frozen:
            raise UserError(
                self.env._(
                    "These hours stand on the delivery note %s and can't be changed. "
                    "Take the note back to draft if it is not signed yet; else record a correction on a new note.",
                    ", ".join(frozen.note_id.mapped("name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_not_frozen(FROZEN_FIELDS)

    def _is_readonly(self):
        line = self.sudo()  # a technician may not read invoices
        return (
            super()._is_readonly()
            or line.note_id.state in ("ready", "signed")
            or line.billing_request_id.invoice_id.state in ("draft", "posted")
        )
