from odoo import Command, api, models
from odoo.exceptions import UserError

NO_PROJECT = {"0": 0.0}  # stands for an analytic distribution while the values of a line are prepared


class TicketingBillingDraftMixin(models.AbstractModel):
    """The draft invoices of requests: what stands on them, and how they are made with little work."""

    _name = "ticketing.billing.draft.mixin"
    _description = "Billing Request: Draft Invoices"

    def _make_invoices(self, date=None):
        """Make drafts with exactly what was signed (or, for remote work, recorded), all of them in one go.

        :param date: of those that the team's policy may approve
        :return: [(requests, draft invoice)], without the requests that have nothing to invoice
        """
        billable = {request: lines for request in self if (lines := request._get_billable_lines())}
        groups = self.filtered(lambda request: request in billable)._group_for_invoices()
        # The chatter gets one line instead of core's three messages an invoice, each with its own queries.
        Invoice = self._get_quiet_invoices(self.env["account.move"].with_context(mail_create_nosubscribe=True))
        drafts = Invoice.create([group._prepare_draft(billable, date) for group in groups]).with_env(self.env)
        made = list(zip(groups, drafts, strict=True))
        for group, invoice in made:
            group._bind_hours(group._get_timesheets(), invoice)
        drafts._message_log_batch(
            {invoice.id: self.env._("Made from %s", ", ".join(group.mapped("display_name"))) for group, invoice in made}
        )
        return made

    def _prepare_draft(self, billable, date):
        """Return the values of the invoice that these requests share, or of the only one's."""
        if len(self) == 1:
            values = self._prepare_invoice(billable[self])
        else:
            values = self._prepare_collected_invoice(billable)
        return {**values, "invoice_date": date if self._may_be_auto_approved() else False}

    @api.model
    def _get_quiet_invoices(self, invoices):
        """Return invoices on which nothing is tracked, and core does not undo the bank's statements that are none."""
        return invoices.with_context(tracking_disable=True, ticketing_quiet=True)

    def _prepare_invoice(self, lines):
        """Return the values of the draft invoice.

        :param lines: what ``_get_billable_lines`` returned
        """
        self.ensure_one()
        payer = self._get_payer()
        return {
            **self._prepare_header(payer),
            "invoice_line_ids": [
                Command.create({**values, "billing_request_id": self.id})
                for values in self._prepare_lines(payer.lang, lines)
            ],
        }

    def _prepare_lines(self, lang, lines):
        """Return the values of invoice lines, in the customer's language.

        Core would look for the project of each order line, with a query each: those of tickets have none.
        """
        prepared = []
        for line, extra in lines:
            values = line.with_context(lang=lang)._prepare_invoice_line(**extra, analytic_distribution=NO_PROJECT)
            prepared.append({name: value for name, value in values.items() if value is not NO_PROJECT})
        return prepared

    def _get_order(self):
        """Hook: return the order on whose terms the request is billed."""
        return self.ticket_id.sale_order_id

    def _prepare_header(self, payer):
        order = self._get_order()
        return {
            **order.with_context(lang=payer.lang)._prepare_invoice(),
            **self._prepare_invoice_values(),
            **self._prepare_payer_values(payer),
        }

    def _get_payer(self):
        """Return whom to bill: who signed is who pays, even if the contact works elsewhere by now.

        Another company that the salesman chose on the order pays for its customer.

        :raises UserError: the customer was a person, and belongs to a company now
        """
        payer = self._get_order().partner_invoice_id
        customer = self.commercial_partner_id
        is_chosen = payer.is_company and payer == payer.commercial_partner_id
        if is_chosen or payer.commercial_partner_id == customer:
            return payer
        if customer.commercial_partner_id != customer:
            raise UserError(
                self.env._(
                    "%(request)s is for %(customer)s, who belongs to %(company)s now: choose on the ticket's sale order "
                    "which company is invoiced, then try again.",
                    request=self.display_name,
                    customer=customer.name,
                    company=customer.commercial_partner_id.name,
                )
            )
        return customer.browse(customer.address_get(["invoice"])["invoice"])

    def _prepare_payer_values(self, payer):
        """Replace an address of the order that is another customer's by now."""
        order = self._get_order()
        if payer == order.partner_invoice_id:
            return {}
        return {"partner_id": payer.id, "partner_shipping_id": payer.id}

    def _prepare_invoice_values(self):
        """Return what the request adds to the order's own invoice values."""
        ticket = self.ticket_id
        return {
            "ticket_id": ticket.id,
            "ref": " ".join(filter(None, (ticket.number, self.note_id.name))),
            "buyer_reference": ticket._get_buyer_reference(),
            "invoice_origin": self.note_id.name or ticket.number,
            "invoice_user_id": False,
            "user_id": False,
        }

    def _may_be_auto_approved(self):
        """Tell, of what is not invoiced yet, whether the policy may approve it: the amount without taxes is no more."""
        return sum(self.note_id.mapped("amount_untaxed")) <= self._get_auto_approve_amount()

    def _get_auto_approve_amount(self):
        """Return up to which total the invoice of these requests needs no approval, -1 if it always does.

        The smallest amount of their teams: no team's work is sent unseen because of another's.
        """
        return min((request.team_id.auto_approve_amount or -1 for request in self), default=-1)
