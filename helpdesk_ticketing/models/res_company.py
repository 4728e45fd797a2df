from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import ormcache


class ResCompany(models.Model):
    _inherit = "res.company"

    ticketing_einvoice_format = fields.Selection(
        selection="_get_einvoice_formats",
        string="E-invoice Format of the Helpdesk",
        default="ubl_bis3",
        help="Used for customers who have no format of their own.",
    )

    @api.model
    def _get_einvoice_formats(self):
        return self.env["res.partner"]._fields["invoice_edi_format"]._description_selection(self.env)

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["resource.calendar"]._forget_business_timelines()  # its time zone is kept with them
        return result

    # Its days: contracts, collections and invoices count by them, wherever somebody is and whatever the scheduler's are

    @ormcache("self.id", cache="stable")
    def _get_ticketing_zone(self):
        """Return the name of the time zone in which the company's days end."""
        return self.sudo().resource_calendar_id.tz or "UTC"  # the same for whoever asks

    def _get_ticketing_day(self, moment):
        """Return the company's day of a moment (naive UTC)."""
        return utc.localize(moment).astimezone(timezone(self._get_ticketing_zone())).date()

    def _get_ticketing_today(self):
        return self._get_ticketing_day(fields.Datetime.now())

    # Its numbers

    def _next_ticket_numbers(self, count):
        """Return the next ticket numbers of a company in one query.

        PostgreSQL's own sequences neither block nor fail under concurrency; a number is lost when its transaction
        is rolled back, which tickets may and invoices may not.

        :param int count: how many
        :rtype: list[str]
        """
        self.ensure_one()
        sequence = self._get_ticket_sequence()
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for __ in range(count)]
        self.env.cr.execute("SELECT nextval(%s) FROM generate_series(1, %s)", (f"ir_sequence_{sequence.id:03d}", count))
        return [sequence.get_next_char(number) for (number,) in self.env.cr.fetchall()]

    def _get_ticket_sequence(self):
        """Return the company's ticket sequence, made at its first use."""
        self.ensure_one()
        Sequence = self.env["ir.sequence"].sudo()  # who opens a ticket need not be able to read sequences
        domain = [("code", "=", "ticketing.ticket"), ("company_id", "in", [self.id, False])]
        used = ["implementation", "use_date_range", "prefix", "suffix", "padding"]
        return Sequence.search_fetch(domain, used, order="company_id", limit=1) or Sequence.create(
            {
                "name": self.env._("Tickets of %s", self.name),
                "code": "ticketing.ticket",
                "company_id": self.id,
                "prefix": "T",
                "padding": 5,
            }
        )

    def _next_note_number(self):
        """Return the next delivery note number of the company."""
        return self._next_number(
            "ticketing.delivery.note", self.env._("Delivery Notes of %s", self.name), "ALB/%(year)s/"
        )

    def _next_certificate_number(self):
        """Return the next number of a certificate of progress of the company."""
        return self._next_number("ticketing.certificate", self.env._("Certificates of %s", self.name), "CERT/%(year)s/")

    def _next_contract_number(self):
        """Return the next contract number of the company."""
        return self._next_number("ticketing.contract", self.env._("Contracts of %s", self.name), "C")

    def _next_number(self, code, name, prefix):
        """Return the next number of a sequence of the company, made at its first use."""
        self.ensure_one()
        Sequence = self.env["ir.sequence"].sudo().with_company(self)  # a technician can't read sequences
        if not Sequence.search_count([("code", "=", code), ("company_id", "in", [self.id, False])]):
            Sequence.create({"name": name, "code": code, "company_id": self.id, "prefix": prefix, "padding": 5})
        return Sequence.next_by_code(code)
