from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, plaintext2html

from odoo.addons.rating.models.rating_data import RATING_HAPPY_VALUE, RATING_NEUTRAL_VALUE, RATING_UNHAPPY_VALUE

from ..tools.form_values import read_text
from .ticketing_ticket_feedback_mixin import SATISFACTION

# What core's ratings call them.
RATES = {"happy": RATING_HAPPY_VALUE, "neutral": RATING_NEUTRAL_VALUE, "unhappy": RATING_UNHAPPY_VALUE}
HIGHEST_EFFORT = 7
COMMENT_LENGTH = 2000
TOKEN_LENGTH = 100


class TicketingFeedback(models.Model):
    """What a customer says of a solved ticket: one of three faces, how easy it was, and his words.

    The effort is measured as the Customer Effort Score 2.0 (CEB, now Gartner, 2013; Dixon, Toman and DeLisi, *The
    Effortless Experience*): the sentence "The company made it easy for me to handle my issue", from 1 (strongly
    disagree) to 7 (strongly agree). So much is good: 7 is the least effort.
    """

    _name = "ticketing.feedback"
    _description = "Customer Feedback"
    _inherit = ["ticketing.feedback.ask.mixin"]
    _order = "asked_on desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("ticketing.ticket", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    team_id = fields.Many2one("ticketing.team", readonly=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", "Solved by", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer Company", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    state = fields.Selection(
        [("asked", "Asked"), ("answered", "Answered"), ("expired", "Expired"), ("revoked", "Revoked")],
        default="asked",
        required=True,
        readonly=True,
    )
    asked_on = fields.Datetime("Asked on", required=True, readonly=True)
    answered_on = fields.Datetime("Answered on", readonly=True)
    expires_on = fields.Datetime("Can be Answered until", required=True, readonly=True)
    access_token = fields.Char("Token", readonly=True, copy=False, groups="base.group_system")
    has_link = fields.Boolean("Link Works", compute="_compute_has_link")

    # What he says. Columns stay empty until he does, so that averages count answers alone.
    satisfaction = fields.Selection(SATISFACTION, readonly=True)
    satisfied = fields.Float("Happy (%)", readonly=True, aggregator="avg", digits=(16, 1))
    effort = fields.Integer(
        "Effort Score",
        readonly=True,
        aggregator="avg",
        help="Customer Effort Score 2.0: 'The company made it easy for me to handle my issue', from 1 (strongly disagree) "
        "to 7 (strongly agree). The more, the better.",
    )
    comment = fields.Text(readonly=True)
    rating_id = fields.Many2one("rating.rating", readonly=True, ondelete="set null", index="btree_not_null")
    activity_id = fields.Many2one("mail.activity", "Follow-up", readonly=True, ondelete="set null")
    followed_up_on = fields.Datetime("Follow-up on", readonly=True)

    _token_unique = models.UniqueIndex("(access_token) WHERE access_token IS NOT NULL")
    _list_index = models.Index("(asked_on DESC, id DESC)")
    _open_index = models.Index("(partner_id, expires_on) WHERE state = 'asked'")
    _expiry_index = models.Index("(expires_on) WHERE state = 'asked'")
    _effort_range = models.Constraint(
        "CHECK (effort IS NULL OR effort BETWEEN 1 AND 7)", "The effort score lies between 1 and 7."
    )

    # The link

    @api.depends("access_token", "expires_on")
    def _compute_has_link(self):
        for feedback in self:
            feedback.has_link = feedback._is_open()

    def _is_open(self):
        """Tell whether it can still be answered, or the answer be changed."""
        self.ensure_one()
        own = self.sudo()  # whether there is a token, not which
        return bool(own.access_token) and self.expires_on > fields.Datetime.now()

    def _get_last_day(self):
        """Return the last day on which the customer can answer, as his calendar has it."""
        zone = self.partner_id.tz or self.company_id.partner_id.tz
        return fields.Datetime.context_timestamp(self.with_context(tz=zone or self.env.tz), self.expires_on).date()

    @api.model
    def _get_by_token(self, token):
        """Return what a link opens, as superuser; empty when it opens nothing, whatever the reason."""
        feedbacks = self.with_user(SUPERUSER_ID)  # the token is the right to see and answer this one
        token = read_text(token)
        if not token or not token.isascii() or len(token) > TOKEN_LENGTH:
            return feedbacks.browse()
        found = feedbacks.search([("access_token", "=", token)], limit=1)
        return found if found and consteq(found.access_token, token) and found._is_open() else found.browse()

    @api.model
    def _get_open_of(self, partner):
        """Return the questions that wait for one person's answer."""
        return self.search(
            [("partner_id", "=", partner.id), ("state", "=", "asked"), ("expires_on", ">", fields.Datetime.now())],
            limit=50,
        )

    def _get_link(self, face=""):
        """Return the path of its page, for the customer's mail and portal alone: whoever has it may answer."""
        self.ensure_one()
        token = self.access_token if self.env.su else False
        path = f"/ticketing/feedback/{token or '-'}"
        return f"{path}?face={face}" if face else path

    def _get_url(self, face=""):
        return self.get_base_url() + self._get_link(face)

    def action_revoke(self):
        """Make the link useless; an answer that was given stays.

        :raises AccessError: the user may not change the ticket
        """
        self.ticket_id.check_access("write")
        feedbacks = self.sudo()  # checked above; nobody writes feedback by hand
        feedbacks._end("revoked")
        tickets = feedbacks.ticket_id
        tickets._message_log_batch(dict.fromkeys(tickets.ids, self.env._("Feedback link revoked")))
        return True

    def _end(self, state):
        """Make links useless; what was answered stays so, what was not gets a state."""
        self.filtered(lambda feedback: feedback.state == "asked").state = state
        self.access_token = False

    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ticketing.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    # The answer

    def _answer(self, satisfaction="", effort=0, comment=None):
        """Keep what the customer says, as superuser: the caller has checked that he may. What he leaves out stays.

        :param str satisfaction: a face
        :param int effort: 1 to 7
        :param str comment: None: he was not asked for one yet
        :raises UserError: it was said what can't be, or too late
        """
        self.ensure_one()
        values = self._read_answer(satisfaction, effort, comment)
        self.lock_for_update()
        self.invalidate_recordset()
        if not self._is_open():
            raise UserError(self.env._("This link is no longer valid."))
        values = {name: value for name, value in values.items() if self[name] != value}
        if values:
            if face := values.get("satisfaction"):
                values["satisfied"] = 100.0 if face == "happy" else 0.0  # not compared: 0 and empty would be the same
            self.write({**values, "state": "answered", "answered_on": fields.Datetime.now()})
            self._rate()
            self._follow_up()

    def _read_answer(self, satisfaction, effort, comment):
        values = {}
        if satisfaction:
            if satisfaction not in RATES:
                raise UserError(self.env._("Choose one of the three faces."))
            values["satisfaction"] = satisfaction
        if effort:
            if not 1 <= effort <= HIGHEST_EFFORT:
                raise UserError(self.env._("Choose a number from 1 to 7."))
            values["effort"] = effort
        if comment is not None:
            values["comment"] = read_text(comment)[:COMMENT_LENGTH] or False
        return values

    def _rate(self):
        """Keep core's rating and the ticket's columns in step with the answer; the words stay where rules guard them."""
        self.ticket_id.write({"satisfaction": self.satisfaction, "effort": self.effort})
        if not self.satisfaction:
            return
        values = {"rating": RATES[self.satisfaction], "consumed": True}
        if self.rating_id:
            self.rating_id.write(values)
            return
        self.rating_id = self.env["rating.rating"].create(
            {
                **values,
                "res_model_id": self.env["ir.model"]._get_id("ticketing.ticket"),
                "res_id": self.ticket_id.id,
                "partner_id": self.partner_id.id,
                "rated_partner_id": self.user_id.partner_id.id,
                "access_token": False,  # core's own page shall not change it
            }
        )

    # What becomes of it

    def _is_bad(self):
        """Tell whether somebody has to call: he is unhappy, or it was as hard as the team's limit says, or harder."""
        self.ensure_one()
        return self.satisfaction == "unhappy" or 0 < self.effort <= self.team_id.feedback_effort_limit

    def _follow_up(self):
        """Ask the team's leader to call the customer, once; what he says later is added to that."""
        self.ensure_one()
        leader = self.team_id.with_company(self.company_id)._get_leader()
        if self.followed_up_on:
            self.activity_id.note = self._get_follow_up_note(leader)
        elif self._is_bad() and leader:
            env = self.with_context(lang=leader.lang or self.env.lang).env
            summary = env._("%s is not content: please call", self.partner_id.display_name)
            self.activity_id = self.ticket_id._schedule_warnings([(self.ticket_id, leader, summary)])
            self.activity_id.note = self._get_follow_up_note(leader)
            self.followed_up_on = fields.Datetime.now()

    def _get_follow_up_note(self, leader):
        feedback = self.with_context(lang=leader.lang or self.env.lang)
        faces = dict(feedback._fields["satisfaction"]._description_selection(feedback.env))
        facts = [faces.get(self.satisfaction)]
        if self.effort:
            facts.append(feedback.env._("effort score %s of 7", self.effort))
        link = f"{self.get_base_url()}/odoo/ticketing.feedback/{self.id}"
        return Markup('<p>%s</p>%s<p><a href="%s">%s</a></p>') % (
            ", ".join(filter(None, facts)),
            plaintext2html(self.comment or ""),
            link,
            feedback.env._("Open the feedback"),
        )
