from markupsafe import Markup

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import format_date

NAMED = 3  # so many notes are named in an invoice's reference; of more the first and the last one


class TicketingBillingGroupMixin(models.AbstractModel):
    """Requests that share an invoice: which of them may, what it says of each, and how one leaves it."""

    _name = "ticketing.billing.group.mixin"
    _description = "Billing Request: Shared Invoices"

    # What happens to one happens to all

    def _together(self):
        """Return these requests and the live ones that stand on the same invoices."""
        return self | self.invoice_id.billing_request_ids.filtered(lambda request: not request.cancelled)

    def _get_leaders(self):
        """Return one request an invoice: who has locked it works for all that share the invoice."""
        leaders = {}
        for request in self:
            sharing = request.invoice_id.billing_request_ids.filtered(lambda other: not other.cancelled)
            leaders[min(sharing.ids, default=request.id)] = True
        return self.browse(leaders).with_prefetch(self._prefetch_ids)

    def _shares_draft(self):
        return self.invoice_id.state == "draft" and len(self._together()) > 1

    # Which may share an invoice

    def _group_for_invoices(self):
        """Return recordsets for an invoice each: a request alone, or what was collected for one payer on the same terms."""
        groups = {}
        for request in self:
            terms = request._get_invoice_terms() if request.due_on else request.id
            groups.setdefault(terms, []).append(request.id)
        return [self.browse(ids).with_prefetch(self._prefetch_ids) for ids in groups.values()]

    def _get_invoice_terms(self):
        """Return what must not differ on one invoice. Its electronic form follows the payer."""
        order = self._get_order()
        by_reference = self._get_choice()[0] == "reference"
        return (
            self.company_id,
            self.commercial_partner_id,
            self._get_payer(),
            self.due_on,  # what came late, or failed, of a month before has an invoice of its own
            order.currency_id,
            order.fiscal_position_id,
            order.payment_term_id,
            order.journal_id,
            order.preferred_payment_method_line_id,
            by_reference and self.ticket_id._get_customer_order_number(),
        )

    # What stands on the invoice

    def _prepare_collected_invoice(self, billable):
        """Return the values of a draft with a section for each request.

        :param billable: {request: what ``_get_billable_lines`` returned}
        """
        first = self[:1]
        payer = first._get_payer()
        orders = self.ticket_id.sale_order_id.with_context(lang=payer.lang)
        addresses = orders.partner_shipping_id
        header = first._prepare_header(payer)
        return {
            **header,
            "partner_shipping_id": addresses.id if len(addresses) == 1 else payer.id,
            "narration": Markup("<br/>").join(dict.fromkeys(filter(None, orders.mapped("note")))) or False,
            "transaction_ids": header["transaction_ids"] + orders[1:]._get_payment_commands(),
            **self._prepare_collected_values(),
            "invoice_line_ids": self._prepare_sections(payer.lang, billable),
        }

    def _prepare_collected_values(self):
        """Return how the invoice refers to what stands on it, and to the customer's own numbers."""
        sources = [request.note_id.name or request.ticket_id.number for request in self]
        named = ", ".join(sources) if len(sources) <= NAMED else f"{sources[0]} – {sources[-1]} ({len(sources)})"
        references = {ticket._get_customer_order_number() for ticket in self.ticket_id}
        common = references.pop() if len(references) == 1 else False
        return {
            "ticket_id": self.ticket_id[:1].id,
            "ref": named,
            "invoice_origin": named,
            "buyer_reference": common or self.commercial_partner_id[:1].ref or named,
        }

    def _prepare_sections(self, lang, billable):
        commands = []
        for request in self.with_context(lang=lang):
            section = {"display_type": "line_section", "name": request._describe_source()}
            for values in (section, *request._prepare_lines(lang, billable[request])):
                commands.append(
                    Command.create({**values, "billing_request_id": request.id, "sequence": len(commands) + 1})
                )
        return commands

    def _describe_source(self):
        """Return the title of the request's section: which note it was, and who signed it when."""
        note, ticket = self.note_id, self.ticket_id
        day = format_date(self.env, self.company_id._get_ticketing_day(self._get_signed_on()))
        if note:
            title = self.env._(
                "Delivery note %(note)s, ticket %(ticket)s, %(day)s, signed by %(signer)s",
                note=note.name,
                ticket=ticket.number,
                day=day,
                signer=note.signer_name,
            )
        else:
            title = self.env._(
                "Ticket %(ticket)s, %(subject)s, %(day)s", ticket=ticket.number, subject=ticket.name, day=day
            )
        if reference := ticket._get_customer_order_number():
            title = self.env._("%(title)s, your reference %(reference)s", title=title, reference=reference)
        return title

    # How one leaves it

    def _leave_draft(self):
        """Take these requests off the draft that they share with others."""
        for invoice, requests in self.grouped("invoice_id").items():
            others = requests._together() - requests
            lines = invoice.invoice_line_ids.filtered(lambda line, requests=requests: line._get_source() in requests)
            requests._check_nothing_typed(lines)
            requests._free_hours()
            requests.write({"invoice_id": False, "error": False})
            self._get_quiet_invoices(invoice).write(
                {
                    **others.sorted("id")._prepare_collected_values(),
                    "invoice_line_ids": [Command.delete(line.id) for line in lines],
                }
            )
            if others.filtered("error"):
                others._make_due()  # what was wrong may have left with them

    def _check_nothing_typed(self, lines):
        """Refuse to take requests off a draft with what somebody typed in for them: nothing signed would bring it back.

        :raises UserError: names what it is, and says what to do with it
        """
        typed = lines.filtered(lambda line: not line.billing_request_id)
        if typed:
            raise UserError(
                self.env._(
                    "Somebody typed into the section of %(request)s on the draft invoice: %(lines)s. Delete it there, or move "
                    "it to another section; then try again, and type it into the new invoice if it belongs there.",
                    request=", ".join(self.mapped("display_name")),
                    lines=", ".join(line.name or line.product_id.display_name or "-" for line in typed),
                )
            )
