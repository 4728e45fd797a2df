from collections import Counter

from odoo import fields, models

from .ticketing_stage import SOLVED_KINDS


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = [
        "res.partner",
        "ticketing.sla.condition.mixin",
        "ticketing.billing.policy.mixin",
        "ticketing.partner.portal.mixin",
        "ticketing.partner.feedback.mixin",
    ]
    _billed_by = "commercial_partner_id"

    # Whoever writes a message is looked up by it, several times a message.
    email_normalized = fields.Char(index="btree_not_null")
    ticket_ids = fields.One2many("ticketing.ticket", "partner_id", string="Tickets", groups="base.group_user")
    open_ticket_count = fields.Integer(
        "Open Tickets", compute="_compute_open_ticket_count", groups="helpdesk_ticketing.group_user_own"
    )

    ticketing_contract_count = fields.Integer(
        "Contracts", compute="_compute_ticketing_contract_count", groups="helpdesk_ticketing.group_user_own"
    )

    ticketing_customer_since = fields.Date(
        "Customer since",
        groups="helpdesk_ticketing.group_user_own",
        help="Decides which SLA terms hold, where they depend on it. Kept on the company.",
    )
    ticketing_calendar_id = fields.Many2one(
        "resource.calendar",
        "Business Hours",
        groups="helpdesk_ticketing.group_user_own",
        help="The customer's own hours, for SLA policies that are counted in them. Kept on the company.",
    )

    def write(self, vals):
        """Tickets of a person who is found to belong to a company become the company's, while nobody has signed for them.

        Those of one company's contact stay that company's, whoever employs him next; he hears no more of them.
        """
        if "ticketing_sees" in vals:
            self.env.registry.clear_cache()  # the record rules remember what users see
        persons = (
            self.filtered(lambda partner: partner == partner.commercial_partner_id) if "parent_id" in vals else self[:0]
        )
        employers = {partner: partner.commercial_partner_id for partner in self} if "parent_id" in vals else {}
        result = super().write(vals)
        if persons:
            tickets = self.env["ticketing.ticket"].sudo()  # who may write customers need not see tickets
            unsigned = tickets.with_context(active_test=False).search(
                [
                    ("partner_id", "in", persons.ids),
                    ("commercial_partner_id", "in", persons.ids),
                    ("note_ids", "not any", [("state", "in", ("ready", "signed"))]),
                    ("billing_request_ids", "=", False),
                ]
            )
            self.env.add_to_compute(unsigned._fields["commercial_partner_id"], unsigned)
            notes = unsigned.note_ids
            self.env.add_to_compute(notes._fields["commercial_partner_id"], notes)
            self.env["stock.lot"]._follow_persons(persons)
        if employers:
            self._leave_tickets(employers)
        return result

    def _leave_tickets(self, employers):
        """Stop following the tickets of companies that contacts do not belong to any more.

        :param dict employers: {contact: his commercial partner before}
        """
        left = {
            contact: employer
            for contact, employer in employers.items()
            if employer not in (contact, contact.commercial_partner_id) and contact.partner_share
        }
        followers = self.env["mail.followers"].sudo()  # who may write customers need not see tickets
        followed = followers.search_fetch(
            [("res_model", "=", "ticketing.ticket"), ("partner_id", "in", [contact.id for contact in left])],
            ["res_id", "partner_id"],
        )
        tickets = self.env["ticketing.ticket"].sudo().browse(followed.mapped("res_id")).exists()
        owners = {ticket.id: ticket.commercial_partner_id for ticket in tickets}
        followed.filtered(lambda follower: owners.get(follower.res_id) == left[follower.partner_id]).unlink()

    def signup_prepare(self, signup_type="signup"):
        """As core, but for those who are prepared already: it is done with each mail to a customer without a log-in.

        All mails of one customer would collide on his row.
        """
        known = self.sudo()  # for administrators to read; nothing is shown
        fresh = self.browse([partner.id for partner in known if partner.signup_type != signup_type])
        return super(ResPartner, fresh).signup_prepare(signup_type=signup_type)

    def _get_group(self):
        """Return the customer company of a contact and the companies above it: a contract of any of them is his."""
        self.ensure_one()
        group = partner = self.commercial_partner_id
        while partner := partner.parent_id.commercial_partner_id - group:
            group |= partner
        return group

    def _compute_open_ticket_count(self):
        """Open tickets of the partner and, for a company, of its contacts: two queries for any number of partners."""
        family = self.with_context(active_test=False).search_fetch([("id", "child_of", self.ids)], ["parent_id"])
        counts = Counter()
        for partner, count in self.env["ticketing.ticket"]._read_group(
            [("partner_id", "in", family.ids), ("stage_kind", "not in", SOLVED_KINDS)], ["partner_id"], ["__count"]
        ):
            while partner:
                counts[partner.id] += count
                partner = partner.parent_id
        for partner in self:
            partner.open_ticket_count = counts[partner.id]

    def _compute_ticketing_contract_count(self):
        groups = {partner: partner._get_group() for partner in self}
        customers = self.browse().union(*groups.values())
        counts = dict(
            self.env["ticketing.contract"]._read_group(
                [("partner_id", "in", customers.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner, group in groups.items():
            partner.ticketing_contract_count = sum(counts.get(customer, 0) for customer in group)

    def action_view_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_contract_action")
        return {
            **action,
            "domain": [("partner_id", "in", self._get_group().ids)],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id, "search_default_open": 1},
        }
