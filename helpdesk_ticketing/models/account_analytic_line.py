from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from .ticketing_cover_hours_mixin import COVER_TRIGGERS

# What decides how much a customer pays for an hour; frozen with the delivery note.
FROZEN_FIELDS = {"unit_amount", "employee_id", "project_id", "so_line", "date", "name", "ticket_id", "covered"}
# Where hours are billed follows from their ticket and from the steps of its notes and requests.
STEP_FIELDS = {"so_line", "is_so_line_edited", "note_id", "billing_request_id", "timesheet_invoice_id"}


class AccountAnalyticLine(models.Model):
    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "ticketing.cover.hours.mixin"]

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
    cover_reason = fields.Char("Why", copy=False, help="Why the customer pays for these hours, or does not.")

    # What a contract's periods are counted from.
    _cover_index = models.Index("(cover_contract_id, date) WHERE cover_contract_id IS NOT NULL")

    @api.constrains("date", "ticket_id")
    def _check_not_in_future(self):
        """Hours that nobody has worked would use what is included; a day ahead it may be tomorrow somewhere."""
        for line in self.filtered("ticket_id"):
            if line.date > line.company_id._get_ticketing_today() + timedelta(days=1):
                raise ValidationError(
                    self.env._(
                        "%s lies in the future: only work that was done is recorded.", format_date(self.env, line.date)
                    )
                )

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
        if self._is_deciding():
            return super().create(vals_list)
        self.browse()._check_cover_steps(*vals_list)
        for vals in vals_list:
            if vals.get("ticket_id"):
                self._check_steps(vals)
                self._prepare_ticket_hours(vals)
        lines = super().create(vals_list)
        if of_tickets := lines.filtered("ticket_id"):
            of_tickets.filtered("covered")._log_manual()
            of_tickets._decide_coverage()
            of_tickets.ticket_id._bill_late_hours()
        return lines

    def _prepare_ticket_hours(self, vals):
        """Complete the values of hours on a ticket: project, and the order line that will bill them."""
        ticket = self.env["ticketing.ticket"].browse(vals["ticket_id"])
        ticket.check_access("write")
        ticket._check_may_work()
        self._check_may_cover(vals)
        if vals.get("covered"):
            vals["cover_kind"] = "manual"
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
        if self._is_deciding():
            if "covered" in vals or vals.get("ticket_id"):
                self._prepare_ticket_lines(vals)
            return super().write(vals)
        self._check_not_frozen(vals.keys())
        self._check_cover_steps(vals)
        if self.ticket_id or vals.get("ticket_id"):
            self._check_steps(vals)
        by_hand = {"covered", "cover_reason"} & vals.keys() and self.filtered("ticket_id")
        if by_hand:
            self._check_may_cover(vals)
        if "covered" in vals or vals.get("ticket_id"):
            self._prepare_ticket_lines(vals)
        freed = by_hand._get_used_contracts() if by_hand else None
        values = by_hand._get_manual_values(vals) if by_hand else vals
        if not by_hand:
            self.filtered("ticket_id")._follow_entry(vals)
        result = super().write(values)
        if by_hand:
            by_hand._as_deciding()._leave_entry()
            by_hand._log_manual()
        if COVER_TRIGGERS & vals.keys() and self.ticket_id:
            self.filtered("ticket_id")._decide_coverage(freed)
            self.exists().ticket_id._bill_late_hours()
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
        """What the customer need not pay against, or without, the contract is the manager's decision."""
        decided = self.filtered("cover_kind") if self else self
        if (vals.get("covered") or decided) and not (
            self.env.su or self.env.user.has_group("helpdesk_ticketing.group_manager")
        ):
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

    def unlink(self):
        freed = None if self._is_deciding() else self._get_used_contracts()
        others = self.sudo().search([("split_id", "in", self.ids)]) if freed else self.browse()
        if of_tickets := self.filtered("ticket_id"):
            self.env["ticketing.delivery.note.line"]._let_go_of_hours(of_tickets)
        result = super().unlink()
        if freed:
            others.exists()._decide_coverage(freed)
        return result

    def _is_readonly(self):
        line = self.sudo()  # a technician may not read invoices
        return (
            super()._is_readonly()
            or line.note_id.state in ("ready", "signed")
            or line.billing_request_id.invoice_id.state in ("draft", "posted")
        )
