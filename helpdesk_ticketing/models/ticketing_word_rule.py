import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..tools.courtesy import fold
from ..tools.priority import LEVELS


class TicketingWordRule(models.Model):
    """New tickets in whose text certain words stand get a type, tags, an impact or an urgency."""

    _name = "ticketing.word.rule"
    _description = "Word Rule for New Tickets"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    words = fields.Text(
        required=True,
        help="Words or phrases, separated by commas; one of them is enough. Case and accents do not matter. An asterisk "
        "stands for any ending: leak* finds leaks and leaking.",
    )
    team_ids = fields.Many2many("ticketing.team", string="Teams", help="Empty: every team.")
    type_id = fields.Many2one("ticketing.type")
    tag_ids = fields.Many2many("ticketing.tag", string="Tags")
    impact = fields.Selection(LEVELS)
    urgency = fields.Selection(LEVELS)

    @api.constrains("words")
    def _check_words(self):
        for rule in self:
            if not rule._get_phrases():
                raise ValidationError(self.env._("Write at least one word for which the rule looks."))

    @api.constrains("name", "type_id", "tag_ids", "impact", "urgency")
    def _check_effect(self):
        for rule in self:
            if not (rule.type_id or rule.tag_ids or rule.impact or rule.urgency):
                raise ValidationError(self.env._("Choose what the rule sets: a type, tags, an impact or an urgency."))

    def _get_phrases(self):
        return [
            phrase for phrase in (part.strip() for part in re.split(r"[,\n;]", self.words or "")) if phrase.strip("*")
        ]

    @api.model
    @ormcache(cache="stable")
    def _get_matchers(self):
        """Return [(pattern, company id, team ids, values)] of all rules: kept, so that a new ticket asks nothing."""
        matchers = []
        # All of them, and the same for whoever opens a ticket
        for rule in self.sudo().search([("active", "=", True)]):
            phrases = [
                re.escape(fold(phrase)).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in rule._get_phrases()
            ]
            values = {
                "type_id": rule.type_id.id,
                "tag_ids": rule.tag_ids.ids,
                "impact": rule.impact,
                "urgency": rule.urgency,
            }
            pattern = re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")
            matchers.append((pattern, rule.company_id.id, frozenset(rule.team_ids.ids), values))
        return tuple(matchers)

    @api.model
    def _get_values(self, text, team_id, company_id):
        """Return what the rules say of a text: the first rule decides on each field, tags come together.

        :return: {"type_id", "impact", "urgency": value; "tag_ids": [id]}, only what is set
        """
        found, folded = {}, None
        for pattern, company, teams, values in self._get_matchers():
            if (company and company != company_id) or (teams and team_id not in teams):
                continue
            folded = fold(text) if folded is None else folded
            if not pattern.search(folded):
                continue
            for name, value in values.items():
                if name == "tag_ids":
                    found["tag_ids"] = [*found.get("tag_ids", ()), *value]
                elif value:
                    found.setdefault(name, value)
        return {name: value for name, value in found.items() if value}

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache("stable")
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache("stable")
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache("stable")
        return super().unlink()
