from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.article_groups import join_pairs
from ..tools.folded_char import fold
from ..tools.search_text import join_words
from .ticketing_stage import SOLVED_KINDS

MONTHS = 6
TICKETS = 5000
LEAST = 3  # tickets that ask the same
LIKENESS = 0.55
SAMPLES = 50


class TicketingArticleProposal(models.Model):
    """What customers ask again and again: tickets that read alike, to be answered by one article."""

    _name = "ticketing.article.proposal"
    _description = "Proposed Article"
    _order = "state, count desc, id desc"

    name = fields.Char("Request", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    team_id = fields.Many2one("ticketing.team", readonly=True)
    type_id = fields.Many2one("ticketing.type", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    ticket_ids = fields.Many2many(
        "ticketing.ticket", "ticketing_article_proposal_ticket_rel", "proposal_id", "ticket_id", readonly=True
    )
    count = fields.Integer("Tickets", readonly=True)
    state = fields.Selection(
        [("new", "New"), ("drafted", "Article Written"), ("dismissed", "Dismissed")], default="new", required=True
    )
    article_id = fields.Many2one("ticketing.article", readonly=True, ondelete="set null", index="btree_not_null")

    def action_draft(self):
        """Write the draft of an article from the ticket whose solution tells most."""
        self.ensure_one()
        if self.article_id:
            return self.article_id._get_form_action()
        tickets = self.ticket_ids._filtered_access("read").sorted("id", reverse=True)[:SAMPLES]
        if not tickets:
            raise UserError(self.env._("None of these tickets is yours to read: ask a manager to write the article."))
        best = max(tickets, key=lambda ticket: (len(ticket._get_solution()), ticket.id))
        values = {**best._prepare_article_values(), "name": self.name}
        self.article_id = self.env["ticketing.article"].create(values)
        self.state = "drafted"
        return self.article_id._get_form_action()

    def action_dismiss(self):
        self.state = "dismissed"

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "display_name": self.name,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.ticket_ids.ids)],
            "context": {},
        }

    # Found by the scheduled action

    @api.model
    def _cron_propose(self):
        solved = [("stage_kind", "in", SOLVED_KINDS)]
        for (company,) in self.env["ticketing.ticket"]._read_group(solved, ["company_id"]):
            self._propose(company)
            if not self.env["ir.cron"]._commit_progress(1):
                return

    @api.model
    def _propose(self, company):
        """Group the solved tickets of the last months by what they ask; add to what was proposed before."""
        tickets = self._get_tickets(company)
        by_ticket = self._get_proposal_by_ticket(tickets)
        for ids in join_pairs(self._get_pairs(tickets, company)):
            if len(ids) < LEAST:
                continue
            group = tickets.browse(ids)
            known = Counter(by_ticket[ticket.id] for ticket in group if ticket.id in by_ticket).most_common(1)
            if known:
                known[0][0]._add_tickets(group)
            else:
                self.create(self._prepare_values(group))

    @api.model
    def _get_tickets(self, company):
        since = fields.Datetime.now() - timedelta(days=30 * MONTHS)
        domain = [("company_id", "=", company.id), ("stage_kind", "in", SOLVED_KINDS), ("solved_on", ">=", since)]
        # what machines report reads alike, and nobody looks it up
        domain += ["|", ("channel_id", "=", False), ("channel_id.code", "!=", "monitoring")]
        return self.env["ticketing.ticket"].search_fetch(
            domain, ["name", "type_id", "product_id", "team_id"], order="id desc", limit=TICKETS
        )

    @api.model
    def _get_proposal_by_ticket(self, tickets):
        found = self._read_group([("ticket_ids", "in", tickets.ids)], ["ticket_ids"], ["id:recordset"])
        return {ticket.id: proposals[:1] for ticket, proposals in found}

    @api.model
    def _get_pairs(self, tickets, company):
        """Return [(ticket id, ticket id)] of those that ask the same: same type and product, and alike in words.

        What is compared are the roots of the subjects' words, in a table that is indexed and gone with the transaction.
        Where they are the same, one ticket stands for all: its pairs are as many as they are, not their square.
        """
        config = self.env["ticketing.article"]._get_dictionary(company.partner_id.lang or "en_US")
        rows = [
            (ticket.id, ticket.type_id.id or 0, ticket.product_id.id or 0, join_words(fold(ticket.name), config))
            for ticket in tickets
        ]
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS ticketing_subject")
        cr.execute(
            "CREATE TEMP TABLE ticketing_subject (ids int[], type_id int, product_id int, roots text) ON COMMIT DROP"
        )
        cr.execute_values(
            "INSERT INTO ticketing_subject SELECT array_agg(id ORDER BY id), type_id, product_id, "
            "array_to_string(tsvector_to_array(to_tsvector(config::regconfig, words)), ' ') AS roots "
            "FROM (VALUES %s) AS subject (config, id, type_id, product_id, words) GROUP BY type_id, product_id, roots",
            [(config, *row) for row in rows],
            page_size=TICKETS,
        )
        alike = SQL("a.roots = b.roots")
        if self.env.registry.has_trigram:
            cr.execute("CREATE INDEX ON ticketing_subject USING gist (roots gist_trgm_ops(siglen=32))")
            cr.execute("SET LOCAL pg_trgm.similarity_threshold = %s", [LIKENESS])
            alike = SQL("a.roots %% b.roots")
        cr.execute("ANALYZE ticketing_subject")
        pairs = self.env.execute_query(
            SQL(
                """
                SELECT a.ids[1], b.ids[1]
                  FROM ticketing_subject a
                  JOIN ticketing_subject b ON %s AND a.ids[1] < b.ids[1] AND a.type_id = b.type_id
                                              AND a.product_id = b.product_id
                 WHERE a.roots != ''
                 UNION ALL
                SELECT ids[1], unnest(ids[2:]) FROM ticketing_subject WHERE roots != ''
                """,
                alike,
            )
        )
        if self.env.registry.has_trigram:
            cr.execute("SET LOCAL pg_trgm.similarity_threshold = 0.3")
        cr.execute("DROP TABLE ticketing_subject")
        return pairs

    @api.model
    def _prepare_values(self, tickets):
        """Name it as most of them are named, of these as the last one."""
        last = tickets.sorted("id")[-1]
        names = Counter(ticket.name for ticket in tickets.sorted("id", reverse=True))
        return {
            "name": names.most_common(1)[0][0],
            "company_id": last.company_id.id,
            "team_id": last.team_id.id,
            "type_id": last.type_id.id,
            "product_id": last.product_id.id,
            "ticket_ids": tickets.ids,
            "count": len(tickets),
        }

    def _add_tickets(self, tickets):
        """Count what came since; what was dismissed or written about stays so."""
        new = tickets - self.ticket_ids
        if new:
            self.write({"ticket_ids": [(4, ticket.id) for ticket in new], "count": self.count + len(new)})
