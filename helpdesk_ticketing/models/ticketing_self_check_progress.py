from odoo import api, models


class TicketingSelfCheckProgress(models.AbstractModel):
    """Progress billing: nothing is certified beyond what is sold, invoiced as accepted, released beyond what is held."""

    _inherit = "ticketing.self.check"

    @api.model
    def _get_checks(self):
        return [
            *super()._get_checks(),
            ("ticketing.progress.plan", self._check_certified_is_sold),
            ("ticketing.progress.plan", self._check_released_was_held),
            ("ticketing.billing.request", self._check_progress_is_billed_as_accepted),
        ]

    def _check_certified_is_sold(self):
        """Of each order line, contract or change, no more is certified than it was sold for; nor of the other sign."""
        rows = self._rows(
            """
            SELECT sold.progress_plan_id, sold.name, sum(line.amount), sold.price_subtotal
              FROM ticketing_delivery_note_line line
              JOIN ticketing_delivery_note note ON note.id = line.note_id AND note.is_certified
              JOIN sale_order_line sold ON sold.id = line.sale_line_id
              JOIN res_currency currency ON currency.id = sold.currency_id
             WHERE line.kind = 'progress' AND sold.progress_plan_id IS NOT NULL
             GROUP BY sold.id
            HAVING abs(sum(line.amount)) > abs(sold.price_subtotal) + max(currency.rounding) / 2
                OR sum(line.amount) * sign(sold.price_subtotal) < -max(currency.rounding) / 2
            """
        )
        for plan_id, name, certified, sold in rows:
            yield (
                plan_id,
                self.env._(
                    "%(certified).2f of %(line)s are certified, and it was sold for %(sold).2f.",
                    certified=certified,
                    line=name.split("\n")[0],
                    sold=sold,
                ),
            )

    def _check_released_was_held(self):
        """Of each order line and payer, no more retention is released than certificates which count have held back."""
        rows = self._rows(
            """
            WITH retention AS (
                SELECT line.sale_line_id, line.payer, line.retention_amount AS held, 0 AS released
                  FROM ticketing_delivery_note_line line
                  JOIN ticketing_delivery_note note ON note.id = line.note_id AND note.is_certified
                 WHERE line.kind = 'progress'
             UNION ALL
                SELECT line.sale_line_id, line.payer, 0, line.amount
                  FROM ticketing_retention_release_line line
                  JOIN ticketing_retention_release release ON release.id = line.release_id AND release.is_live
            )
            SELECT sold.progress_plan_id, sold.name, sum(held), sum(released)
              FROM retention
              JOIN sale_order_line sold ON sold.id = retention.sale_line_id AND sold.progress_plan_id IS NOT NULL
              JOIN res_currency currency ON currency.id = sold.currency_id
             GROUP BY sold.id, retention.payer
            HAVING sum(held - released) * sign(sold.price_subtotal) < -max(currency.rounding) / 2
            """
        )
        for plan_id, name, held, released in rows:
            yield (
                plan_id,
                self.env._(
                    "%(released).2f of the retention of %(line)s are released, and %(held).2f were held back.",
                    released=released,
                    line=name.split("\n")[0],
                    held=held,
                ),
            )

    def _check_progress_is_billed_as_accepted(self):
        """The posted invoice of a certificate is what was accepted, that of a release what is released: without taxes."""
        rows = self._rows(
            """
            SELECT request.id, sum(billed.net), max(COALESCE(release.amount - release.deposit_amount, note.amount_untaxed))
              FROM ticketing_billing_request request
              JOIN account_move invoice ON invoice.id = request.invoice_id AND invoice.state = 'posted'
              JOIN res_currency currency ON currency.id = invoice.currency_id
              LEFT JOIN ticketing_delivery_note note ON note.id = request.note_id
              LEFT JOIN ticketing_retention_release release ON release.id = request.release_id
              LEFT JOIN LATERAL (
                  SELECT COALESCE(sum(line.price_subtotal), 0)
                         * CASE invoice.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS net
                    FROM account_move_line line
                   WHERE line.move_id = invoice.id AND line.display_type = 'product'
                     AND COALESCE(line.billing_request_id, request.id) = request.id
              ) billed ON TRUE
             WHERE request.kind IN ('progress', 'release') AND request.cancelled IS NOT TRUE
             GROUP BY request.id
            HAVING abs(sum(billed.net) - max(COALESCE(release.amount - release.deposit_amount, note.amount_untaxed)))
                   > max(currency.rounding) / 2
            """
        )
        for request_id, net, accepted in rows:
            yield (
                request_id,
                self.env._(
                    "%(net).2f are invoiced, without taxes, of %(accepted).2f that were accepted.",
                    net=net,
                    accepted=accepted,
                ),
            )
