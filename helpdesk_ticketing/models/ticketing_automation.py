from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

HOURS = {"minutes": 1 / 60, "hour": 1, "day": 24, "month": 30 * 24}  # in a unit of core's delays
LONGEST = 365 * 24  # hours


class TicketingAutomation(models.Model):
    """The automation rules about tickets, as a manager of the desk sees them: what they do, after how long, whether at all.

    Core's rules run code and are for administrators alone. Of those that the add-on brings, a manager changes what is
    his to decide; those of others he sees.
    """

    _name = "ticketing.automation"
    _description = "Automation of the Desk"
    _auto = False
    _order = "is_own desc, id"

    is_own = fields.Boolean("Of the Add-on", readonly=True)
    code = fields.Char(readonly=True)
    display_name = fields.Char("Rule")
    what = fields.Char("What It Does", compute="_compute_what")
    since = fields.Char(compute="_compute_what")
    hours = fields.Integer("After (hours)", compute="_compute_settings", inverse="_inverse_hours")
    is_active = fields.Boolean("Runs", compute="_compute_settings", inverse="_inverse_is_active")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT rule.id, data.name AS code, data.id IS NOT NULL AS is_own
              FROM base_automation rule
              JOIN ir_model model ON model.id = rule.model_id AND starts_with(model.model, 'ticketing.')
              LEFT JOIN ir_model_data data ON data.model = 'base.automation' AND data.res_id = rule.id
                   AND data.module = 'helpdesk_ticketing'
            """
        )

    def _get_rule(self):
        """Return core's rule. Who may see this record may see its name and delay; its code is not shown."""
        return self.env["base.automation"].sudo().browse(self.id)

    def _compute_display_name(self):
        for automation in self:
            automation.display_name = automation._get_rule().name

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_what(self):
        waiting = self.env._("the ticket waits for the customer")
        told = {
            "automation_remind": (self.env._("Remind the customer by mail that we wait for his answer"), waiting),
            "automation_chase": (self.env._("Have the assignee call a customer who does not answer"), waiting),
            "automation_close": (
                self.env._("Close tickets to which the customer adds nothing and of which nothing is to be paid"),
                self.env._("the ticket is solved"),
            ),
        }
        other = (self.env._("Made by an administrator, who alone changes it"), "")
        for automation in self:
            automation.what, automation.since = told.get(automation.code, other)

    def _compute_settings(self):
        for automation in self:
            rule = automation._get_rule()
            automation.hours = round(rule.trg_date_range * HOURS.get(rule.trg_date_range_type, 0))
            automation.is_active = rule.active

    def _inverse_hours(self):
        for automation in self:
            automation._set_hours(automation.hours)

    def _inverse_is_active(self):
        for automation in self:
            automation._get_own_rule().active = automation.is_active

    def _get_own_rule(self):
        """Return core's rule to change it; the caller may write this record.

        :raises UserError: it is no rule of the add-on
        """
        self.ensure_one()
        if not self.is_own:
            raise UserError(
                self.env._("“%s” was made by an administrator: ask one of them to change it.", self.display_name)
            )
        return self._get_rule()

    def _set_hours(self, hours):
        """Change after how long the rule runs.

        Core looks at what has come of age since the last run only: made shorter, the rule would never find what is
        between the old age and the new one.
        """
        rule = self._get_own_rule()
        if not 1 <= hours <= LONGEST:
            raise ValidationError(
                self.env._(
                    "“%(rule)s” runs after 1 to %(most)s hours. Not at all? Switch it off.",
                    rule=rule.name,
                    most=LONGEST,
                )
            )
        before = rule.trg_date_range * HOURS.get(rule.trg_date_range_type, 0)
        values = {"trg_date_range": hours, "trg_date_range_type": "hour", "trg_date_range_mode": "after"}
        if rule.last_run and hours < before:
            values["last_run"] = rule.last_run - timedelta(hours=before - hours)
        rule.write(values)

    def action_open_rules(self):
        """Open all settings, for administrators."""
        return self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.automation_action")
