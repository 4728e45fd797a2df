from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError, ValidationError
from odoo.tools import SQL

from .ticketing_stage import CLOSED_KINDS

# What lists and boards show of a ticket's next activity: empty if there is none.
ACTIVITY_FIELDS = {
    "activity_date_deadline",
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_state",
    "activity_summary",
    "activity_type_icon",
    "activity_type_id",
    "activity_user_id",
}
# Lists on a ticket's form that are empty on most.
LISTS = ("timesheet_ids", "material_ids", "note_ids", "answer_ids", "photo_ids", "form_answer_ids")


class TicketingTicketWorkMixin(models.AbstractModel):
    """Hours and material of a ticket: both hang on a sale order of its own.

    One order per ticket, never a shared one: core merges the deliveries of one order, so that a single signature
    would cover a stranger's work.
    """

    _name = "ticketing.ticket.work.mixin"
    _description = "Ticket: Hours and Material"

    service_mode = fields.Selection(
        [("onsite", "On-site"), ("remote", "Remote")],
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
    material_ids = fields.One2many("sale.order.line", "ticket_id", domain=[("product_id.type", "=", "consu")])
    picking_ids = fields.One2many("stock.picking", "ticket_id", string="Deliveries", copy=False)
    picking_count = fields.Integer("Number of Deliveries", compute="_compute_picking_count")
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
        return warehouse or self._get_default_warehouse(self.company_id)

    @api.model
    def _get_default_warehouse(self, company):
        return self.env["stock.warehouse"].search_fetch([("company_id", "=", company.id)], ["lot_stock_id"], limit=1)

    # Reading

    def web_read(self, specification):
        if not self:
            return []
        self._cache_empty_lists(specification.keys())
        self._cache_no_activities(specification.keys())
        return super().web_read(specification)

    def _cache_no_activities(self, names):
        """Say at once what a list shows of tickets on which nothing is scheduled, as on most.

        Core works it out field by field and ticket by ticket, which is a quarter of the time of a list.
        """
        if "activity_ids" not in names:
            return
        idle = self.filtered(lambda ticket: ticket.id and not ticket.activity_ids)
        for name in ACTIVITY_FIELDS.intersection(names):
            field = self._fields[name]
            field._update_cache(idle, field.convert_to_cache(False, idle))

    def _cache_empty_lists(self, names):
        """Find out in one query which of a ticket's lists are empty for everybody, as on most tickets they are.

        To list the hours that a user may read, core reads all that he follows and the tree of his companies first.
        """
        wanted = [self._fields[name] for name in LISTS if name in names]
        if len(self) != 1 or not self.id or not wanted:
            return
        asked = []
        for field in wanted:
            if field.type == "many2many":
                self.flush_model([field.name])
                table, column = field.relation, field.column1
            else:
                self.env[field.comodel_name].flush_model([field.inverse_name])
                table, column = self.env[field.comodel_name]._table, field.inverse_name
            asked.append(
                SQL("EXISTS (SELECT FROM %s WHERE %s = %s)", SQL.identifier(table), SQL.identifier(column), self.id)
            )
        [found] = self.env.execute_query(SQL("SELECT %s", SQL(", ").join(asked)))
        for field, is_filled in zip(wanted, found, strict=True):
            if not is_filled:
                field._update_cache(self, ())

    # The order behind the ticket

    @api.constrains("sale_order_id", "labour_line_id", "covered_labour_line_id")
    def _check_own_order(self):
        """One signature must never cover a stranger's work: the order is the ticket's own, and stays it."""
        for ticket in self.sudo():  # who may write a ticket may not read all sale orders
            lines = ticket.labour_line_id | ticket.covered_labour_line_id
            own = self.env["sale.order"].sudo().search([("ticket_id", "=", ticket.id), ("state", "!=", "cancel")])
            if (ticket.sale_order_id or own) and ticket.sale_order_id != own or lines.order_id - own:
                raise ValidationError(
                    self.env._("The sale order of ticket %s is its own and can't be exchanged.", ticket.display_name)
                )

    def _get_contact(self):
        """Return for whom work is recorded: the contact, or his former company if he works elsewhere by now."""
        self.ensure_one()
        is_theirs = self.partner_id.commercial_partner_id == self.commercial_partner_id
        return self.partner_id if is_theirs else self.commercial_partner_id

    def _get_customers_of_work(self):
        """Return {ticket: customer} of those with an order."""
        return {ticket: ticket.commercial_partner_id for ticket in self if ticket.sale_order_id}

    def _check_customers_of_work(self, customers):
        """What is done for one customer is not billed to another.

        :param customers: what ``_get_customers_of_work`` returned before the change
        :raises ValidationError: another customer's contact
        """
        for ticket, customer in customers.items():
            if ticket.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "Ticket %(ticket)s has work for %(customer)s already, who will be billed. Open another ticket "
                        "for the other customer, and record the work there.",
                        ticket=ticket.display_name,
                        customer=customer.sudo().display_name,  # who may write a ticket need not read all customers
                    )
                )

    @api.constrains("team_id")
    def _check_order_company(self):
        """What is done by one company is not billed by another."""
        for ticket in self.filtered("sale_order_id").sudo():  # who may write a ticket may not read all sale orders
            order = ticket.sale_order_id
            if order.company_id != ticket.company_id:
                raise ValidationError(
                    self.env._(
                        "Ticket %(ticket)s has work of %(company)s already, which will bill it: it can't move to another "
                        "company's team.",
                        ticket=ticket.display_name,
                        company=order.company_id.name,
                    )
                )

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
        :raises ConcurrencyError: another request makes it at this moment; Odoo tries this one again
        :rtype: sale.order, as superuser
        """
        self.ensure_one()
        self.check_access("write")
        if not self._has_order():
            self._check_may_work()
            try:
                self.lock_for_update()
            except LockError as error:
                raise ConcurrencyError(f"{self} is being changed by another request") from error
            self.invalidate_recordset(["sale_order_id"])
        if not self._has_order():
            order = self.env["sale.order"].sudo().with_company(self.company_id).create(self._prepare_order_values())
            order.with_context(mail_create_nosubscribe=True, mail_notrack=True).action_confirm()
            self.sudo().write({"sale_order_id": order.id, "labour_line_id": False, "covered_labour_line_id": False})
            # hours that stood on an order which was cancelled
            for covered in set(self.sudo().timesheet_ids.mapped("covered")):
                self._get_labour_line(covered)
        order = self.sudo().sale_order_id.with_company(self.company_id)
        if order.locked:
            order.action_unlock()  # by the company's settings: core would deliver nothing of further lines
        return order

    def _has_order(self):
        """Tell whether the ticket has an order that was not cancelled."""
        return self.sudo().sale_order_id.state not in (False, "cancel")

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
            "partner_id": self._get_contact().id,
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
        if not (self[field] and self._has_order()):
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
                        "contract_discount": 0.0 if covered else self.sudo()._get_labour_discount(),
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
