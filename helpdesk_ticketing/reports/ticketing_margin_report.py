from odoo import fields, models
from odoo.tools import SQL

from ..models.ticketing_stage import STAGE_KINDS


class TicketingMarginReport(models.Model):
    """A row for each ticket with work: what it cost, what was billed of it, and what was given for free.

    All amounts are of the ticket's company and in its currency. Whoever filters gets only the work of those tickets
    added up: each sum is looked up by the ticket.
    """

    _name = "ticketing.margin.report"
    _description = "Margins"
    _auto = False
    _order = "opened_on desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "ticketing.ticket": [
            "company_id",
            "team_id",
            "commercial_partner_id",
            "contract_id",
            "user_id",
            "product_id",
            "stage_kind",
            "sale_order_id",
        ],
        "account.analytic.line": [
            "ticket_id",
            "amount",
            "unit_amount",
            "product_uom_id",
            "covered",
            "so_line",
            "billing_request_id",
        ],
        "sale.order": ["currency_rate"],
        "sale.order.line": [
            "ticket_id",
            "covered",
            "price_unit",
            "discount",
            "qty_delivered",
            "product_uom_id",
            "invoice_lines",
        ],
        "stock.move": ["sale_line_id", "state", "value", "quantity", "product_uom", "location_id", "location_dest_id"],
        "product.product": ["standard_price"],
        "account.move": ["ticket_id", "state", "move_type"],
        "account.move.line": ["move_id", "balance", "display_type", "billing_request_id"],
        "ticketing.billing.request": ["ticket_id", "note_id", "invoice_id", "cancelled"],
        "ticketing.delivery.note.line": ["note_id", "sale_line_id", "price_subtotal"],
    }

    ticket_id = fields.Many2one("ticketing.ticket", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    team_id = fields.Many2one("ticketing.team", readonly=True)
    user_id = fields.Many2one("res.users", "Assigned to", readonly=True)
    commercial_partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    contract_id = fields.Many2one("ticketing.contract", readonly=True)
    product_id = fields.Many2one("product.product", "Affected Product", readonly=True)
    stage_kind = fields.Selection(STAGE_KINDS, "Status", readonly=True)
    opened_on = fields.Datetime("Opened on", readonly=True)

    hours = fields.Float(readonly=True)
    labour_cost = fields.Monetary("Cost of Hours", readonly=True, help="By the employees' hourly cost.")
    material_cost = fields.Monetary(
        "Cost of Material",
        readonly=True,
        help="What was delivered and did not come back, by its value in stock, else by the product's present cost.",
    )
    cost = fields.Monetary("Total Cost", readonly=True)
    revenue = fields.Monetary("Billed", readonly=True, help="Posted invoices less credit notes, without taxes.")
    to_bill = fields.Monetary(
        "To Be Billed", readonly=True, help="Signed or solved, and not on a posted invoice yet; not in the margin."
    )
    covered_value = fields.Monetary(
        "Covered (price)", readonly=True, help="What the customer would have paid for the covered work."
    )
    covered_cost = fields.Monetary("Covered (cost)", readonly=True, help="What the covered work cost us.")
    margin = fields.Monetary(
        readonly=True, help="What is billed less what it cost. The contract's own fee is not in it."
    )
    margin_percent = fields.Float("Margin (%)", readonly=True, aggregator="avg", help="Of what is billed.")
    missing_cost = fields.Boolean(
        readonly=True, help="Hours of somebody without hourly cost, or material without cost: the margin is too good."
    )

    def _read_group_select(self, aggregate_spec, query):
        """The percentage of a group is that of its sums: a mean of percentages would weigh all tickets alike."""
        if aggregate_spec != "margin_percent:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * SUM(%(margin)s) / NULLIF(SUM(%(revenue)s), 0)",
            margin=self._field_to_sql(self._table, "margin", query),
            revenue=self._field_to_sql(self._table, "revenue", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT ticket.id,
                   ticket.id AS ticket_id,
                   ticket.company_id,
                   company.currency_id,
                   ticket.team_id,
                   ticket.user_id,
                   ticket.commercial_partner_id,
                   ticket.contract_id,
                   ticket.product_id,
                   ticket.stage_kind,
                   ticket.create_date AS opened_on,
                   labour.hours,
                   labour.cost AS labour_cost,
                   material.cost AS material_cost,
                   labour.cost + material.cost AS cost,
                   billed.amount AS revenue,
                   waiting.amount AS to_bill,
                   given.amount AS covered_value,
                   labour.covered_cost + material.covered_cost AS covered_cost,
                   billed.amount - labour.cost - material.cost AS margin,
                   100.0 * (billed.amount - labour.cost - material.cost) / NULLIF(billed.amount, 0) AS margin_percent,
                   labour.missing OR material.missing AS missing_cost
              FROM ticketing_ticket ticket
              JOIN res_company company ON company.id = ticket.company_id
             CROSS JOIN LATERAL (%(labour)s) labour
             CROSS JOIN LATERAL (%(material)s) material
             CROSS JOIN LATERAL (%(billed)s) billed
             CROSS JOIN LATERAL (%(waiting)s) waiting
             CROSS JOIN LATERAL (%(given)s) given
             WHERE ticket.sale_order_id IS NOT NULL
            """,
            labour=self._labour(),
            material=self._material(),
            billed=self._billed(),
            waiting=self._waiting(),
            given=self._given(),
        )

    def _labour(self):
        return SQL(
            """
            SELECT COALESCE(SUM(hours.unit_amount), 0) AS hours,
                   COALESCE(SUM(-hours.amount), 0) AS cost,
                   COALESCE(SUM(-hours.amount) FILTER (WHERE hours.covered), 0) AS covered_cost,
                   COALESCE(BOOL_OR(hours.unit_amount > 0 AND hours.amount = 0), FALSE) AS missing
              FROM account_analytic_line hours
             WHERE hours.ticket_id = ticket.id
            """
        )

    def _material(self):
        """What reached the customer less what he gave back. What is not valued, as drop shipments, has a cost all the same."""
        return SQL(
            """
            SELECT COALESCE(SUM(moved.cost), 0) AS cost,
                   COALESCE(SUM(moved.cost) FILTER (WHERE moved.covered), 0) AS covered_cost,
                   COALESCE(ROUND(SUM(moved.quantity) FILTER (WHERE moved.cost = 0), 4) > 0, FALSE) AS missing
              FROM (
                SELECT line.covered,
                       direction.sign * own.quantity AS quantity,
                       direction.sign * COALESCE(
                           NULLIF(move.value, 0),
                           (product.standard_price ->> move.company_id::text)::numeric * own.quantity,
                           0
                       ) AS cost
                  FROM sale_order_line line
                  JOIN stock_move move ON move.sale_line_id = line.id AND move.state = 'done'
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN uom_uom unit ON unit.id = move.product_uom
                  JOIN uom_uom own_unit ON own_unit.id = template.uom_id
                 CROSS JOIN LATERAL (
                    SELECT move.quantity * unit.factor::numeric / own_unit.factor::numeric AS quantity
                 ) own
                 CROSS JOIN LATERAL (
                    SELECT (target.usage = 'customer')::integer - (source.usage = 'customer')::integer AS sign
                 ) direction
                 WHERE line.ticket_id = ticket.id AND direction.sign != 0
              ) moved
            """
        )

    def _billed(self):
        """An invoice line is of the ticket whose order line it bills; without one, as typed in by hand, of its invoice's.

        Where several tickets share the invoice, posting it has noted on such a line in whose section it stands.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(-item.balance), 0) AS amount
              FROM account_move_line item
              JOIN account_move invoice ON invoice.id = item.move_id
             WHERE item.id IN (
                       SELECT link.invoice_line_id
                         FROM sale_order_line line
                         JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
                        WHERE line.ticket_id = ticket.id
                    UNION
                       SELECT typed.id
                         FROM account_move of_ticket
                         JOIN account_move_line typed ON typed.move_id = of_ticket.id
                        WHERE of_ticket.ticket_id = ticket.id
                          AND typed.billing_request_id IS NULL
                          AND NOT EXISTS (
                              SELECT FROM sale_order_line_invoice_rel link WHERE link.invoice_line_id = typed.id
                          )
                    UNION
                       SELECT typed.id
                         FROM ticketing_billing_request request
                         JOIN account_move_line typed ON typed.billing_request_id = request.id
                        WHERE request.ticket_id = ticket.id
                          AND NOT EXISTS (
                              SELECT FROM sale_order_line_invoice_rel link WHERE link.invoice_line_id = typed.id
                          )
                   )
               AND item.display_type = 'product'
               AND invoice.state = 'posted'
               AND invoice.move_type IN ('out_invoice', 'out_refund')
            """
        )

    def _waiting(self):
        """What live requests of signed notes and of remote work have on no posted invoice."""
        return SQL(
            """
            SELECT COALESCE(SUM(source.amount / COALESCE(NULLIF(sale.currency_rate, 0), 1)), 0) AS amount
              FROM ticketing_billing_request request
              LEFT JOIN account_move invoice ON invoice.id = request.invoice_id
             CROSS JOIN LATERAL (
                   SELECT signed.sale_line_id, signed.price_subtotal AS amount
                     FROM ticketing_delivery_note_line signed
                    WHERE signed.note_id = request.note_id
                UNION ALL
                   SELECT hours.so_line,
                          hours.unit_amount::numeric * unit.factor::numeric / own_unit.factor::numeric
                              * line.price_unit * (1 - COALESCE(line.discount, 0) / 100)
                     FROM account_analytic_line hours
                     JOIN sale_order_line line ON line.id = hours.so_line
                     JOIN uom_uom unit ON unit.id = hours.product_uom_id
                     JOIN uom_uom own_unit ON own_unit.id = line.product_uom_id
                    WHERE hours.billing_request_id = request.id
                   ) source
              JOIN sale_order_line line ON line.id = source.sale_line_id
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE request.ticket_id = ticket.id
               AND request.cancelled IS NOT TRUE
               AND invoice.state IS DISTINCT FROM 'posted'
            """
        )

    def _given(self):
        return SQL(
            """
            SELECT COALESCE(
                       SUM(line.price_unit * line.qty_delivered / COALESCE(NULLIF(sale.currency_rate, 0), 1)), 0
                   ) AS amount
              FROM sale_order_line line
              JOIN sale_order sale ON sale.id = line.order_id
             WHERE line.ticket_id = ticket.id AND line.covered
            """
        )

    def action_view_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }
