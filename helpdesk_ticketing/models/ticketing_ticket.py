from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools.folded_char import FoldedChar, fold, trigram_index
from ..tools.priority import LEVELS, PRIORITIES, PRIORITY_MATRIX
from ..tools.typed_fields import get_typed_fields
from .ticketing_stage import CLOSED_KINDS, SOLVED_KINDS

# What becomes of a ticket by itself: by its stage, its work and its payments. Nobody types it in.
STEP_FIELDS = {
    "number",
    "search_text",
    "commercial_partner_id",
    "assigned_on",
    "first_response_on",
    "solved_on",
    "closed_on",
    "stage_kind",
    "hours",
    "billing_state",
    "sale_order_id",
    "labour_line_id",
    "covered_labour_line_id",
    "portal_key",
    "waiting_since",
    "escalated_on",
    "urgent_on",
    "sla_deadline",
    "sla_state",
    "sla_target",
    "satisfaction",
    "effort",
    "rating_last_value",
}


class TicketingTicket(models.Model):
    """A customer's request, from the complaint to the paid invoice."""

    _name = "ticketing.ticket"
    _description = "Ticket"
    _inherit = [
        "ticketing.ticket.checklist.mixin",
        "ticketing.ticket.coverage.mixin",
        "ticketing.ticket.asset.mixin",
        "ticketing.ticket.automation.mixin",
        "ticketing.ticket.sla.mixin",
        "ticketing.ticket.escalation.mixin",
        "ticketing.ticket.sla.view.mixin",
        "ticketing.grouping.mixin",
        "ticketing.ticket.sample.mixin",
        "ticketing.thread.mixin",
        "ticketing.ticket.work.mixin",
        "ticketing.ticket.worklog.mixin",
        "ticketing.ticket.visit.mixin",
        "ticketing.ticket.document.mixin",
        "ticketing.ticket.project.mixin",
        "ticketing.ticket.technician.mixin",
        "ticketing.ticket.billing.mixin",
        "ticketing.margin.mixin",
        "ticketing.ticket.portal.mixin",
        "ticketing.ticket.form.mixin",
        "ticketing.ticket.urgent.mixin",
        "ticketing.ticket.fault.mixin",
        "ticketing.ticket.mail.mixin",
        "ticketing.ticket.article.mixin",
        "ticketing.ticket.feedback.mixin",
        "portal.mixin",
        "mail.activity.mixin",
        "mail.tracking.duration.mixin",
    ]
    _order = "priority desc, id desc"
    _primary_email = "email_from"
    _margin_field = "ticket_id"
    _creation_layout = "helpdesk_ticketing.mail_ticket_created"
    _rec_names_search = ["search_text", "partner_id"]
    _track_duration_field = "stage_id"
    _check_company_auto = True

    number = fields.Char(readonly=True, copy=False)
    name = fields.Char("Subject", required=True, tracking=True)
    search_text = FoldedChar(compute="_compute_search_text", store=True, precompute=True, exportable=False)
    description = fields.Html(sanitize_attributes=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True, required=True
    )

    # Customer
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", tracking=True, check_company=True
    )
    commercial_partner_id = fields.Many2one(
        "res.partner",
        compute="_compute_commercial_partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        string="Customer Company",
    )
    partner_name = fields.Char("Contact Name", compute="_compute_contact", store=True, readonly=False, precompute=True)
    email_from = fields.Char(
        "Email", compute="_compute_contact", store=True, readonly=False, precompute=True, index="trigram"
    )
    partner_phone = fields.Char("Phone", compute="_compute_contact", store=True, readonly=False, precompute=True)

    # Desk
    team_id = fields.Many2one(
        "ticketing.team", index=True, tracking=True, default=lambda self: self._default_team_id(), check_company=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Assigned to",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        domain=[("share", "=", False)],
    )
    stage_id = fields.Many2one(
        "ticketing.stage",
        compute="_compute_stage_id",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        copy=False,
        ondelete="restrict",
        group_expand="_read_group_stage_ids",
        domain="[('team_ids', 'in', [False, team_id])]",
    )
    stage_kind = fields.Selection(string="Status", related="stage_id.kind", store=True, precompute=True)
    impact = fields.Selection(LEVELS, default="2", required=True, help="How much of the customer's business is hurt.")
    urgency = fields.Selection(LEVELS, default="2", required=True, help="How soon it hurts.")
    priority = fields.Selection(
        PRIORITIES, compute="_compute_priority", store=True, readonly=False, precompute=True, tracking=True
    )
    type_id = fields.Many2one("ticketing.type", domain="[('team_ids', 'in', [False, team_id])]")
    tag_ids = fields.Many2many("ticketing.tag", string="Tags")
    channel_id = fields.Many2one("ticketing.channel", default=lambda self: self._default_channel_id())
    product_id = fields.Many2one("product.product", string="Affected Product", check_company=True)
    lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number",
        domain="[('product_id', '=?', product_id)]",
        index="btree_not_null",
        check_company=True,
    )
    happened_on = fields.Datetime("Happened on", help="When it went wrong, if not when it was reported.")

    # Milestones of its life
    assigned_on = fields.Datetime(
        "Assigned on", compute="_compute_assigned_on", store=True, precompute=True, copy=False
    )
    first_response_on = fields.Datetime("First Response", copy=False, readonly=True)
    solved_on = fields.Datetime("Solved", compute="_compute_milestones", store=True, precompute=True, copy=False)
    closed_on = fields.Datetime("Closed", compute="_compute_milestones", store=True, precompute=True, copy=False)

    partner_ticket_count = fields.Integer("Other Tickets", compute="_compute_partner_ticket_count")
    partner_order_count = fields.Integer("Orders", compute="_compute_partner_order_count")

    _number_unique = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL", "This ticket number is already taken."
    )
    # Who opens a ticket sees it, whoever gets it: the record rules ask.
    _creator_index = models.Index("(create_uid)")
    # The desk's list and kanban; Odoo searches `active IS TRUE`.
    _desk_index = models.Index("(team_id, stage_id, priority DESC, id DESC) WHERE active IS TRUE")
    # The same without a team: the first of each column.
    _stage_index = models.Index("(stage_id, priority DESC, id DESC) WHERE active IS TRUE")
    # Counts of columns, progress bars and lists, from the index alone: few distinct keys, so it is small.
    _count_index = models.Index("(stage_kind, stage_id, priority, company_id) WHERE active IS TRUE")
    _search_index = models.Index(trigram_index("search_text"))
    _open_index = models.Index("(stage_kind, priority DESC, id DESC) WHERE active IS TRUE")
    _order_index = models.Index("(priority DESC, id DESC) WHERE active IS TRUE")

    # Defaults and computes

    @api.model
    def _default_team_id(self):
        Team = self.env["ticketing.team"]
        company = ("company_id", "=", self.env.company.id)
        return Team.search([company, ("member_ids", "in", self.env.uid)], limit=1) or Team.search([company], limit=1)

    @api.model
    def _default_channel_id(self):
        return self.env["ticketing.channel"]._get_by_code("phone")

    @api.depends("team_id")
    def _compute_company_id(self):
        for ticket in self:
            ticket.company_id = ticket.team_id.company_id or ticket.company_id or self.env.company

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        """Whose the ticket is when its contact is chosen: not who employs the contact later."""
        for ticket in self:
            ticket.commercial_partner_id = ticket.partner_id.commercial_partner_id

    @api.depends("partner_id")
    def _compute_contact(self):
        for ticket in self:
            if partner := ticket.partner_id:
                ticket.partner_name = partner.name
                ticket.email_from = partner.email_normalized or partner.email or ticket.email_from
                ticket.partner_phone = partner.phone or ticket.partner_phone

    @api.depends("team_id")
    def _compute_user_id(self):
        """A ticket that moves to a team without its assignee is free again."""
        for ticket in self:
            if ticket.user_id and ticket.team_id and ticket.user_id not in ticket.team_id.member_ids:
                ticket.user_id = False

    @api.depends("team_id")
    def _compute_stage_id(self):
        """Keep the stage if the team uses it, else take the team's first one."""
        stages_by_team = {}
        for ticket in self:
            team = ticket.team_id
            if team not in stages_by_team:
                stages_by_team[team] = team._get_stages()
            if ticket.stage_id not in stages_by_team[team]:
                ticket.stage_id = stages_by_team[team][:1]

    @api.depends("impact", "urgency")
    def _compute_priority(self):
        for ticket in self:
            ticket.priority = PRIORITY_MATRIX[ticket.impact or "2", ticket.urgency or "2"]

    @api.depends("user_id")
    def _compute_assigned_on(self):
        for ticket in self:
            ticket.assigned_on = ticket.user_id and (ticket.assigned_on or fields.Datetime.now())

    @api.depends("stage_kind")
    def _compute_milestones(self):
        """Self-correcting whatever moved the stage: reopening takes the moment back."""
        now = fields.Datetime.now()
        for ticket in self:
            ticket.solved_on = ticket.stage_kind in SOLVED_KINDS and (ticket.solved_on or now)
            ticket.closed_on = ticket.stage_kind in CLOSED_KINDS and (ticket.closed_on or now)

    @api.depends("number", "name")
    def _compute_display_name(self):
        for ticket in self:
            ticket.display_name = " ".join(filter(None, (ticket.number, ticket.name)))

    @api.depends("number", "name", "form_answer_ids.value")
    def _compute_search_text(self):
        """All in one column: what people type is one of them, and is found in one index."""
        for ticket in self:
            ticket.search_text = fold(" ".join([ticket.display_name, *ticket._get_searched_answers()]))

    def _compute_partner_ticket_count(self):
        partners = self.commercial_partner_id
        counts = dict(
            self._read_group([("commercial_partner_id", "in", partners.ids)], ["commercial_partner_id"], ["__count"])
        )
        for ticket in self:
            ticket.partner_ticket_count = max(counts.get(ticket.commercial_partner_id, 0) - 1, 0)

    def _compute_partner_order_count(self):
        Order = self.env["sale.order"]
        counts = {}
        if Order.has_access("read"):
            domain = [
                ("partner_id.commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("state", "=", "sale"),
            ]
            for partner, count in Order._read_group(domain, ["partner_id"], ["__count"]):
                customer = partner.commercial_partner_id
                counts[customer] = counts.get(customer, 0) + count
        for ticket in self:
            ticket.partner_order_count = counts.get(ticket.partner_id.commercial_partner_id, 0)

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        """Show a team's stages as columns even when they are empty."""
        team = self.env["ticketing.team"].browse(self.env.context.get("default_team_id"))
        return stages | team._get_stages()

    @api.constrains("happened_on")
    def _check_happened_on(self):
        for ticket in self:
            if ticket.happened_on and ticket.happened_on > fields.Datetime.now():
                raise ValidationError(self.env._("'Happened on' lies in the future: correct the date of the incident."))

    # Creation and changes

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_steps(*vals_list)
        vals_list = self._with_teams(vals_list)
        vals_list = self._with_assignees(vals_list)
        return super().create(self._with_numbers(vals_list))

    def _with_teams(self, vals_list):
        """Return copies of the values with a team each: the default is looked up once, not for each ticket."""
        if all("team_id" in vals for vals in vals_list):
            return [dict(vals) for vals in vals_list]
        default = self.default_get(["team_id"]).get("team_id", False)
        return [{"team_id": default, **vals} for vals in vals_list]

    def _with_assignees(self, vals_list):
        """Choose the assignee where the team balances its tickets: before they exist, so that nothing is written twice."""
        free = [vals for vals in vals_list if not vals.get("user_id", self.env.context.get("default_user_id"))]
        teams = self.env["ticketing.team"].browse([vals["team_id"] for vals in free if vals["team_id"]])
        balanced = teams.sudo().filtered(lambda team: team.assign_method == "balanced")  # a customer can't read teams
        if balanced:
            free = [vals for vals in free if vals["team_id"] in balanced._ids]
            users = balanced._choose_balanced([vals["team_id"] for vals in free])
            for vals, user in zip(free, users, strict=True):
                vals["user_id"] = user.id
        return vals_list

    def _with_numbers(self, vals_list):
        """Give each its number, of the ticket's company: one query a company, not one a ticket."""
        teams = self.env["ticketing.team"].browse([vals["team_id"] for vals in vals_list if vals["team_id"]])
        company_of_team = {team.id: team.company_id for team in teams.sudo()}  # a customer can't read teams
        wanted = {}
        for vals in vals_list:
            if not vals.get("number"):
                own = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                wanted.setdefault(company_of_team.get(vals["team_id"], own), []).append(vals)
        for company, waiting in wanted.items():
            for vals, number in zip(waiting, company._next_ticket_numbers(len(waiting)), strict=True):
                vals["number"] = number
        return vals_list

    def _get_customers(self):
        """The customer follows his ticket, so that what the desk writes reaches him."""
        return self.partner_id

    def _subscribe_customers(self):
        by_partner = self.filtered("partner_id").grouped("partner_id")
        for partner, tickets in by_partner.items():
            tickets._message_subscribe(partner_ids=partner.ids)

    def write(self, vals):
        self._check_steps(vals)
        moving = {"stage_id", "team_id"} & vals.keys()
        kinds = {ticket.id: ticket.stage_kind for ticket in self} if moving else {}
        customers = self._get_customers_of_work() if "partner_id" in vals else {}
        result = super().write(vals)
        if "partner_id" in vals:
            self._check_customers_of_work(customers)
            self._subscribe_customers()
        if {"service_mode", "team_id"} & vals.keys():
            self._bill_late_hours()
        changed = self.filtered(lambda ticket: kinds.get(ticket.id, ticket.stage_kind) != ticket.stage_kind)
        if changed:
            changed._on_stage_kind_changed(kinds)
        return result

    def _check_steps(self, *vals_list):
        """Refuse a number, a moment or a payment that somebody types in.

        :raises AccessError: not the add-on's own code, nor an import as superuser
        """
        if typed := get_typed_fields(self, STEP_FIELDS, *vals_list):
            raise AccessError(
                self.env._(
                    "A ticket's number, moments and billing follow from what is done with it; you can't set: %s",
                    ", ".join(typed),
                )
            )

    def _on_stage_kind_changed(self, previous):
        """React to a change of meaning, whatever caused it.

        :param previous: {ticket id: kind before}
        """
        solved = self.filtered(
            lambda ticket: ticket.stage_kind in ("solved", "closed") and previous[ticket.id] not in ("solved", "closed")
        )
        if solved:
            solved._on_solved()
        if cancelled := self.filtered(lambda ticket: ticket.stage_kind == "cancelled"):
            cancelled._cancel_work()
        if revived := self.filtered(lambda ticket: previous[ticket.id] == "cancelled" and ticket.sale_order_id):
            revived._deliver_anew()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_evidence(self):
        for ticket in self.sudo():  # a manager who may not see the billing loses none of it
            if ticket.note_ids or ticket.billing_request_ids or ticket.timesheet_ids or ticket.sale_order_id:
                raise UserError(
                    self.env._(
                        "Ticket %(ticket)s has hours, material or delivery notes, which must be kept: archive the ticket "
                        "instead.",
                        ticket=ticket.display_name,
                    )
                )

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", ticket.name)} if "name" not in (default or {}) else vals
            for ticket, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # Stages by meaning

    def _move_to_kind(self, kind):
        """Move each ticket to its team's first stage of a kind.

        :raises UserError: a team has no stage of that kind
        """
        for team, tickets in self.grouped("team_id").items():
            stage = team._get_stages().filtered(lambda stage: stage.kind == kind)[:1]
            if not stage:
                kinds = dict(stage._fields["kind"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "The team %(team)s has no stage of the kind '%(kind)s': add one in Configuration / Stages.",
                        team=team.name or self.env._("(none)"),
                        kind=kinds[kind],
                    )
                )
            tickets.stage_id = stage

    def action_assign_to_me(self):
        self.user_id = self.env.user

    def action_solve(self):
        self._move_to_kind("solved")

    def action_reopen(self):
        self._move_to_kind("open")

    def action_cancel(self):
        self._move_to_kind("cancelled")

    # Customer's history

    def action_view_partner_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")
        return {
            **action,
            "display_name": self.env._("Tickets of %s", self.commercial_partner_id.name),
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("commercial_partner_id", "=", self.commercial_partner_id.id), ("id", "!=", self.id)],
            "context": {"default_partner_id": self.partner_id.id},
        }

    def action_view_partner_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        return {
            **action,
            "domain": [("partner_id", "child_of", self.commercial_partner_id.id), ("state", "=", "sale")],
            "context": {"create": False},
        }

    # Mail

    def _creation_message(self):
        """Say nothing: the subtype says it, in the reader's language; the author's words would repeat it in his."""
        return ""

    def _creation_subtype(self):
        return self._get_subtype("helpdesk_ticketing.mt_ticket_new")

    def _track_subtype(self, init_values):
        self.ensure_one()
        if "stage_id" in init_values:
            return self._get_subtype("helpdesk_ticketing.mt_ticket_stage")
        return super()._track_subtype(init_values)

    def _get_subtype(self, xmlid):
        """Return a subtype without asking the database whether it exists, as ``env.ref`` does for each ticket."""
        return self.env["mail.message.subtype"].browse(
            self.env["ir.model.data"]._xmlid_to_res_id(xmlid, raise_if_not_found=False) or []
        )

    def _track_template(self, changes):
        """Tell the customer of a stage that has a message of its own."""
        templates = super()._track_template(changes)
        ticket = self[:1]
        if "stage_id" in changes and (template := ticket.stage_id.template_id):
            templates["stage_id"] = (
                template,
                {
                    "auto_delete_keep_log": False,
                    "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
                    "email_layout_xmlid": "mail.mail_notification_light",
                },
            )
        return templates
