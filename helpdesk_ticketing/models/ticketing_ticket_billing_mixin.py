from odoo import api, fields, models
from odoo.exceptions import UserError

# The state that needs somebody first decides what is shown of the ticket.
BILLING_STATES = [
    ("nothing", "Nothing to Bill"),
    ("failed", "Billing Failed"),
    ("to_deliver", "To Deliver"),
    ("to_sign", "To Sign"),
    ("queued", "Queued"),
    ("to_approve", "To Approve"),
    ("collecting", "Collected"),
    ("invoiced", "Invoiced"),
    ("paid", "Paid"),
]
FROM_REQUEST = {"to_send": "invoiced", "by_hand": "invoiced", "sent": "invoiced", "credited": "paid"}


class TicketingTicketBillingMixin(models.AbstractModel):
    """From the ticket's work to its paid invoices, and so to its end."""

    _name = "ticketing.ticket.billing.mixin"
    _description = "Ticket: Billing"

    note_ids = fields.One2many("ticketing.delivery.note", "ticket_id", string="Delivery Notes")
    billing_request_ids = fields.One2many("ticketing.billing.request", "ticket_id", string="Billing Requests")
    invoice_ids = fields.Many2many("account.move", string="Invoices", compute="_compute_invoice_ids")
    customer_reference = fields.Char(
        "Customer's Reference",
        copy=False,
        help="The customer's own number for this: his order, his incident, his cost centre. It stands on the invoice.",
    )
    note_count = fields.Integer("Number of Delivery Notes", compute="_compute_note_count")
    invoice_count = fields.Integer("Number of Invoices", compute="_compute_invoice_count")
    billing_state = fields.Selection(
        BILLING_STATES,
        string="Billing",
        compute="_compute_billing_state",
        store=True,
        index=True,
        default="nothing",
        help="How far the work is billed. It follows its delivery notes, invoices and payments by itself.",
    )

    @api.depends("note_ids")
    def _compute_note_count(self):
        for ticket in self:
            ticket.note_count = len(ticket.note_ids)

    @api.depends("billing_request_ids.invoice_id")
    def _compute_invoice_count(self):
        counts = dict(
            self.env["ticketing.billing.request"]._read_group(
                [("ticket_id", "in", self.ids), ("invoice_id", "!=", False)],
                ["ticket_id"],
                ["invoice_id:count_distinct"],
            )
        )
        for ticket in self:
            ticket.invoice_count = counts.get(ticket._origin, 0)

    @api.depends("billing_request_ids.invoice_id")
    def _compute_invoice_ids(self):
        """Its own invoices and credit notes, and those on which it stands with others."""
        moves = self.env["account.move"].search(
            [
                "|",
                ("ticket_id", "in", self.ids),
                ("invoice_line_ids.billing_request_id.ticket_id", "in", self.ids),
            ]
        )
        for ticket in self:
            ticket.invoice_ids = moves.filtered(lambda move, ticket=ticket: ticket._origin in move.ticket_ids)

    @api.depends(
        "note_ids.state",
        "billing_request_ids.state",
        "timesheet_ids.note_id",
        "timesheet_ids.billing_request_id",
        "timesheet_ids.covered",
        "timesheet_ids.unit_amount",
        "service_mode",
        "sale_order_id.order_line.move_ids.note_id",
        "sale_order_id.order_line.move_ids.state",
        "sale_order_id.order_line.move_ids.quantity",
    )
    def _compute_billing_state(self):
        """Show the state that needs somebody first, from the facts alone: four queries for any number of tickets."""
        tickets = self._origin._filter_touched()
        found = {ticket_id: set() for ticket_id in tickets.ids}
        for ticket, state in self.env["ticketing.billing.request"]._read_group(
            [("ticket_id", "in", tickets.ids), ("state", "!=", "cancelled")], ["ticket_id", "state"]
        ):
            found[ticket.id].add(FROM_REQUEST.get(state, state))
        for (ticket,) in self.env["ticketing.delivery.note"]._read_group(
            [("ticket_id", "in", tickets.ids), ("state", "=", "ready")], ["ticket_id"]
        ):
            found[ticket.id].add("to_sign")
        for ticket in tickets._filter_open_work():
            found[ticket.id].add("to_deliver")
        for ticket in self:
            states = found.get(ticket._origin.id, ())
            ticket.billing_state = next((state for state, __ in BILLING_STATES[1:] if state in states), "nothing")

    def _filter_touched(self):
        """Leave out tickets that were just made: their lists are known to be empty, the database need not be asked."""
        lists = ("note_ids", "billing_request_ids", "timesheet_ids")
        return self.filtered(
            lambda ticket: (
                any(name not in ticket._cache or ticket._cache[name] for name in lists) or ticket.sale_order_id
            )
        )

    def _filter_open_work(self):
        """Return the tickets whose hours or material stand on no delivery note and no request yet."""
        return self._filter_open_hours() | self._filter_open_material()

    def _filter_open_hours(self):
        """Covered hours of remote work are nothing to bill alone, unless the team makes invoices of zero."""
        covered = {}
        for ticket, is_covered in self.env["account.analytic.line"]._read_group(
            self._get_open_hours_domain(), ["ticket_id", "covered"]
        ):
            covered.setdefault(ticket, []).append(is_covered)
        return self.browse().union(
            *(
                ticket
                for ticket, kinds in covered.items()
                if ticket.service_mode != "remote" or ticket.team_id.bill_covered or not all(kinds)
            )
        )

    def _get_open_hours_domain(self):
        """Hours that stand on no delivery note and no request."""
        return [
            ("ticket_id", "in", self.ids),
            ("unit_amount", "!=", 0),
            ("note_id", "=", False),
            ("billing_request_id", "=", False),
        ]

    def _get_open_hours(self):
        """Return the hours of these tickets that nothing bills yet."""
        return self.env["account.analytic.line"].search(self._get_open_hours_domain())

    def _filter_open_material(self):
        """What came back whole, before anybody signed for it, is nothing to deliver."""
        moves = self.env["stock.move"].search_fetch(
            [
                ("sale_line_id.ticket_id", "in", self.ids),
                ("state", "!=", "cancel"),
                ("note_id", "=", False),
                ("picking_id.picking_type_id.code", "=", "outgoing"),
            ],
            ["sale_line_id", "state", "quantity"],
        )
        moves = moves.filtered(lambda move: move.state != "done" or move._get_kept_quantity())
        return moves.sale_line_id.ticket_id

    # Delivery note

    def action_delivery_note(self):
        """Open the ticket's open delivery note, made from its hours and material."""
        self.ensure_one()
        note = self._get_or_create_note()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.delivery.note",
            "res_id": note.id,
            "views": [(False, "form")],
        }

    def _get_or_create_note(self):
        """Return the note that is open for this ticket (draft or ready), with fresh lines while it is a draft.

        :raises UserError: closed ticket, or no customer
        """
        self.ensure_one()
        self.check_access("write")
        note = self.note_ids.filtered(lambda note: note.state in ("draft", "ready"))[:1]
        if not note:
            self._check_may_work()
            note = self.env["ticketing.delivery.note"].create(self._prepare_note_values())
            if self.work_summary:
                self.work_summary = False  # the note has it from now on
        if note.state == "draft":
            self._add_call_out()
            note.sudo()._refresh_lines()  # reads orders and moves, which a technician may not
        return note

    def _prepare_note_values(self):
        return {
            "ticket_id": self.id,
            "partner_id": self._get_contact().id,
            "currency_id": (self.sudo().sale_order_id.currency_id or self.company_id.currency_id).id,
            "summary": self.work_summary,
        }

    def action_view_notes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_delivery_note_action")
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        return {
            **action,
            "domain": [("id", "in", self.billing_request_ids.invoice_id.ids)],
            "context": {"create": False},
        }

    # What the customer looks for on the invoice

    def _get_customer_order_number(self):
        """Return the customer's own number for the work, if he gave one."""
        self.ensure_one()
        return self.customer_reference or self.sale_order_id.client_order_ref

    def _get_buyer_reference(self):
        """Return BT-10 of EN 16931: the customer's number for this work, else his standing one, else ours."""
        return self._get_customer_order_number() or self.commercial_partner_id.ref or self.number

    # Solved is not closed

    def _on_solved(self):
        """Hook: the work on these tickets is done. Remote work is billed now, work on site at its signature."""
        # as superuser: who solves a ticket need not be allowed to see its billing, nor his colleagues' hours
        remote = self.sudo().filtered(lambda ticket: ticket.service_mode == "remote")
        if open_work := remote._filter_open_hours():
            open_work.env["ticketing.billing.request"]._queue_remote(open_work)

    def _bill_late_hours(self):
        """Hours that come to a ticket after it was solved are billed as those before."""
        if solved := self.filtered(lambda ticket: ticket.stage_kind == "solved"):
            solved._on_solved()

    # Cancelled

    def _cancel_work(self):
        """Nothing is left to sign or reserved. Signed work stays, and is billed.

        :raises UserError: material is with the customer, who signed for none of it
        """
        tickets = self.sudo()  # who may cancel a ticket, checked by its write, need not see its notes and deliveries
        open_notes = tickets.note_ids.filtered(lambda note: note.state in ("draft", "ready"))
        if open_notes:
            open_notes.action_cancel()  # frees their material, which may have come back
        for ticket in tickets.filtered("sale_order_id"):
            if delivered := ticket._get_unsigned_deliveries():
                raise UserError(
                    ticket.env._(
                        "Ticket %(ticket)s can't be cancelled: %(products)s was delivered, and nobody signed for it. "
                        "Have its delivery note signed, or return the material, first.",
                        ticket=ticket.display_name,
                        products=", ".join(delivered.product_id.mapped("display_name")),
                    )
                )
            waiting = ticket.sale_order_id.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            waiting.filtered(lambda picking: picking.picking_type_id.code != "incoming").action_cancel()

    def _get_unsigned_deliveries(self):
        """Return the deliveries of a ticket that the customer has and that stand on no note."""
        moves = self.sale_order_id.order_line.move_ids.filtered(
            lambda move: (
                move.state == "done" and not move.note_id and move.picking_id.picking_type_id.code == "outgoing"
            )
        )
        return moves.filtered(lambda move: move._get_kept_quantity())

    def _deliver_anew(self):
        """A ticket that is not cancelled after all: its material is reserved again."""
        orders = self.sudo().sale_order_id  # who may reopen a ticket need not be a salesman
        orders.filtered(lambda order: order.state == "sale").order_line._action_launch_stock_rule()

    def _close_settled(self):
        """Close solved tickets whose invoices are all settled."""
        self.env.flush_all()
        settled = self.filtered(lambda ticket: ticket.stage_kind == "solved" and ticket.billing_state == "paid")
        # a payment is booked whatever stages a team has
        closing = settled.filtered(lambda ticket: "closed" in ticket.team_id._get_stages().mapped("kind"))
        if closing:
            closing._move_to_kind("closed")

    @api.model
    def _cron_close_settled(self):
        """Nightly: close what was settled without core telling, as by a credit note."""
        self.search([("stage_kind", "=", "solved"), ("billing_state", "=", "paid")])._close_settled()
