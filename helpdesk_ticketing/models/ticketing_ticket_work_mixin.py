from odoo import api, fields, models
from odoo.exceptions import UserError

from .ticketing_stage import CLOSED_KINDS


class TicketingTicketWorkMixin(models.AbstractModel):
    """Hours and material of a ticket: both hang on a sale order of its own.

    One order per ticket, never a shared one: core merges the deliveries of one order, so that a single signature
    would cover a stranger's work.
    """

    _name = "ticketing.ticket.work.mixin"
    _description = "Ticket: Hours and Material"

    service_mode = fields.Selection(
        [("onsite", "On Site"), ("remote", "Remote")],
        string="Work",
        compute="_compute_service_mode",
        store=True,
        readonly=False,
        precompute=True,
        help="On-site work is billed when the customer signs the delivery note; remote work when it is solved.",
    )
    timesheet_ids = fields.One2many("account.analytic.line", "ticket_id", string="Hours")
    hours = fields.Float("Total Hours", compute="_compute_hours", store=True, default=0.0)
    sale_order_id = fields.Many2one("sale.order", copy=False, readonly=True, index="btree_not_null")
    labour_line_id = fields.Many2one("sale.order.line", copy=False, readonly=True, index="btree_not_null")
    covered_labour_line_id = fields.Many2one("sale.order.line", copy=False, readonly=True, index="btree_not_null")
    material_ids = fields.One2many(
        "sale.order.line", "ticket_id", string="Material", domain=[("product_id.type", "=", "consu")]
    )
    picking_ids = fields.One2many("stock.picking", "ticket_id", string="Deliveries", copy=False)
    picking_count = fields.Integer(compute="_compute_picking_count")
    material_location_id = fields.Many2one(
        "stock.location",
        string="Material from",
        compute="_compute_material_location_id",
        help="The technician's van, else his warehouse, else the team's.",
    )

    @api.depends("team_id")
    def _compute_service_mode(self):
        for ticket in self:
            ticket.service_mode = ticket.team_id.service_mode or ticket.service_mode or "onsite"

    @api.depends("timesheet_ids.unit_amount")
    def _compute_hours(self):
        for ticket in self:
            ticket.hours = sum(ticket.timesheet_ids.mapped("unit_amount"))

    def _compute_picking_count(self):
        counts = dict(
            self.env["stock.picking"]
            .sudo()  # only how many: an agent without stock rights sees the number
            ._read_group([("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"])
        )
        for ticket in self:
            ticket.picking_count = counts.get(ticket, 0)

    @api.depends("user_id", "team_id")
    def _compute_material_location_id(self):
        for ticket in self:
            ticket.material_location_id = ticket._get_material_location()

    def _get_material_location(self):
        """Return the stock location from which this ticket's material is taken."""
        self.ensure_one()
        own = self.user_id._get_material_location(self.company_id) if self.user_id else False
        return own or self._get_warehouse().lot_stock_id

    def _get_warehouse(self):
        """Return the warehouse that delivers this ticket's material (empty recordset if the company has none)."""
        self.ensure_one()
        user = self.user_id.sudo().with_company(self.company_id)  # a colleague's settings are only read here
        warehouse = user.ticketing_location_id.warehouse_id or user.property_warehouse_id or self.team_id.warehouse_id
        return warehouse or self.env["stock.warehouse"].search_fetch(
            [("company_id", "=", self.company_id.id)], ["lot_stock_id"], limit=1
        )

    # The order behind the ticket

    def _check_may_work(self):
        """Refuse work that could never be billed.

        :raises UserError: closed ticket, or no customer
        """
        for ticket in self:
            if ticket.stage_kind in CLOSED_KINDS:
                raise UserError(self.env._("Ticket %s is closed. Reopen it before adding work.", ticket.display_name))
            if not ticket.partner_id:
                raise UserError(
                    self.env._(
                        "Ticket %s has no customer: set one first, so that the work can be delivered and billed.",
                        ticket.display_name,
                    )
                )

    def _get_or_create_order(self):
        """Return the ticket's own confirmed sale order, made at its first hour or material.

        The order is made as superuser because a technician is no salesman; he must be able to write on the ticket.
        Two requests at once make one order: the ticket's row is locked.

        :raises UserError: closed ticket, no customer, no warehouse
        :rtype: sale.order, as superuser
        """
        self.ensure_one()
        self.check_access("write")
        if not self.sale_order_id:
            self._check_may_work()
            self.lock_for_update()
            self.invalidate_recordset(["sale_order_id"])
        if not self.sale_order_id:
            order = self.env["sale.order"].sudo().with_company(self.company_id).create(self._prepare_order_values())
            order.with_context(mail_create_nosubscribe=True, mail_notrack=True).action_confirm()
            self.sudo().sale_order_id = order
        return self.sudo().sale_order_id.with_company(self.company_id)

    def _prepare_order_values(self):
        self.ensure_one()
        warehouse = self._get_warehouse()
        if not warehouse:
            raise UserError(
                self.env._(
                    "%(company)s has no warehouse: make one in Inventory / Configuration, or set it on the team %(team)s.",
                    company=self.company_id.name,
                    team=self.team_id.name,
                )
            )
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "warehouse_id": warehouse.id,
            "ticket_id": self.id,
            "origin": self.number,
            "user_id": self.user_id.id,
            "picking_policy": "direct",
        }

    def _get_labour_line(self, covered):
        """Return the order line on which hours are billed, made at its first hour.

        Covered and billable hours stand on lines of their own: a discount is a line's.

        :param bool covered: hours that the customer does not pay
        :raises UserError: the team has no labour product
        :rtype: sale.order.line, as superuser
        """
        self.ensure_one()
        field = "covered_labour_line_id" if covered else "labour_line_id"
        if not self[field]:
            order = self._get_or_create_order()
            product = self.sudo().team_id.labour_product_id
            if not product:
                raise UserError(
                    self.env._(
                        "The team %s has no labour product: set it in the team's settings before recording hours.",
                        self.team_id.name,
                    )
                )
            line = (
                self.env["sale.order.line"]
                .sudo()
                .create(
                    {
                        "order_id": order.id,
                        "product_id": product.id,
                        "product_uom_qty": 0,
                        "covered": covered,
                        "cover_reason": covered and self.env._("Covered hours"),
                    }
                )
            )
            self.sudo()[field] = line
        return self.sudo()[field]

    def action_view_pickings(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_picking_tree_all")
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {"create": False}}

    def action_view_sale_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }
