from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from .ticketing_sla_alarm import BREACH, METHODS, RECIPIENTS

BATCH = 200  # alarms that are told in one transaction


class TicketingSlaNotice(models.Model):
    """One alarm that was raised: to be told in the working hours of whom it concerns, and then told once.

    It is held back while the clock stands still, and told when it goes on.
    """

    _name = "ticketing.sla.notice"
    _description = "SLA Alarm Raised"
    _order = "id"
    _rec_name = "status_id"

    status_id = fields.Many2one("ticketing.sla.status", "Promise", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="status_id.company_id")
    percent = fields.Integer("At (%)", required=True, readonly=True)
    recipient = fields.Selection(RECIPIENTS, required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Person", readonly=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    state = fields.Selection(
        [
            ("due", "To Tell"),
            ("held", "Held Back"),
            ("told", "Told"),
            ("void", "Not Told"),
        ],
        required=True,
        readonly=True,
        help="Held back while the clock of the promise stands still. Not told: there is nobody to tell, or something "
        "more urgent was told to him in its place.",
    )
    notify_on = fields.Datetime("To be Told on", readonly=True)
    told_on = fields.Datetime("Told on", readonly=True)
    told_user_id = fields.Many2one("res.users", "Told to", readonly=True)
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null", index="btree_not_null")

    _once = models.UniqueIndex("(status_id, percent, recipient, method, COALESCE(user_id, 0))")
    _due_index = models.Index("(notify_on) WHERE notify_on IS NOT NULL")

    @api.model
    def _get_batch_size(self):
        return BATCH

    # Raised, by the statement that advances promises, in its transaction

    @api.model
    def _raise(self, rows, now):
        """Keep the alarms between two percents of promises, by their frozen terms.

        Of several that came at once for the same recipient the last one counts: nobody was there to tell the others.

        :param rows: [(status id, ticket id, percent before, percent now)]
        :param datetime now: naive UTC
        """
        status_ids, __, before, after = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """
                WITH raised AS (
                    SELECT status.id, (alarm ->> 0)::int AS percent, alarm ->> 1 AS recipient,
                           CASE WHEN alarm ->> 1 = 'user' THEN (alarm ->> 2)::int END AS user_id, alarm ->> 3 AS method,
                           max((alarm ->> 0)::int) OVER (PARTITION BY status.id, alarm ->> 1, alarm ->> 2) AS last
                      FROM unnest(%(ids)s, %(before)s, %(after)s) passed(id, percent_before, percent)
                      JOIN ticketing_sla_status status ON status.id = passed.id
                     CROSS JOIN LATERAL jsonb_array_elements(status.alarms) alarm
                     WHERE (alarm ->> 0)::int > passed.percent_before AND (alarm ->> 0)::int <= passed.percent
                )
                INSERT INTO ticketing_sla_notice
                       (status_id, percent, recipient, user_id, method, state, notify_on,
                        create_uid, create_date, write_uid, write_date)
                SELECT raised.id, percent, recipient, users.id, method, 'due', %(now)s,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM raised LEFT JOIN res_users users ON users.id = raised.user_id
                 WHERE percent = last
                    ON CONFLICT DO NOTHING
                """,
                ids=status_ids,
                before=before,
                after=after,
                now=now,
                uid=self.env.uid,
            )
        )
        self.invalidate_model(flush=False)

    # Told

    @api.model
    def _tell_due(self, now):
        """Tell a batch of those that are due; what somebody else has locked is left to him, or to the next run.

        :param datetime now: naive UTC
        :return: how many there were
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notice.id
                  FROM ticketing_sla_notice notice JOIN ticketing_sla_status status ON status.id = notice.status_id
                 WHERE notice.notify_on <= %s
                 ORDER BY notice.notify_on, notice.id LIMIT %s
                   FOR NO KEY UPDATE OF notice, status SKIP LOCKED
                """,
                now,
                BATCH,
            )
        )
        self.browse([notice_id for (notice_id,) in rows])._tell(now)
        return len(rows)

    def _tell(self, now):
        held = self.filtered(lambda notice: not (notice.status_id.is_open and notice.status_id.running_since))
        held.write({"state": "held", "notify_on": False})
        users = (self - held)._get_users(now)
        openings = self._get_openings(users, now)
        told = self.browse()
        seen = set()
        for notice in (self - held).sorted("percent", reverse=True):
            key = notice.status_id, users[notice], notice.method
            if not users[notice] or key in seen:
                notice.write({"state": "void", "notify_on": False})
            elif openings[notice] > now:
                notice.notify_on = openings[notice]
            else:
                told |= notice
                seen.add(key)
                notice.told_user_id = users[notice]
        for method, notices in told.grouped("method").items():
            getattr(notices.sorted("id"), f"_tell_by_{method}")()
        told.write({"state": "told", "told_on": now, "notify_on": False})
        # Written on the promise too, so that who ends it at the same time has to look again, and finds the activity.
        told.status_id.write({"alarmed_on": now})

    def _tell_by_inbox(self):
        self.env["ticketing.ticket"]._notify_each(
            [
                (
                    notice.status_id.ticket_id,
                    notice.told_user_id.partner_id.ids,
                    f"{notice.status_id.ticket_id.display_name}: {summary}",
                    Markup("<p>%s</p>") % summary,
                )
                for notice in self
                for summary in [notice._get_summary()]
            ]
        )

    def _tell_by_mail(self):
        template = self.env.ref("helpdesk_ticketing.mail_template_sla_alarm", raise_if_not_found=False)
        if template:
            headers = repr(self.env["ticketing.ticket"]._get_automatic_headers())
            template.send_mail_batch(self.ids, email_values={"headers": headers})
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _tell_by_activity(self):
        """Schedule an activity, or say in the one that is there already what it is about now."""
        there = {
            (notice.status_id, notice.activity_id.user_id): notice.activity_id
            for notice in self.search([("status_id", "in", self.status_id.ids), ("activity_id", "!=", False)])
            if notice.activity_id.active
        }
        fresh = self.browse()
        for notice in self:
            if activity := there.get((notice.status_id, notice.told_user_id)):
                activity.summary = notice._get_summary()
                notice.activity_id = activity
            else:
                fresh |= notice
        tickets = {notice: (notice.status_id.ticket_id, notice.told_user_id, notice._get_summary()) for notice in fresh}
        activities = self.env["ticketing.ticket"]._schedule_warnings(list(tickets.values()))
        for notice, activity in zip(fresh, activities, strict=True):
            notice.activity_id = activity

    def _get_summary(self):
        """Return what the alarm says, in the language and time zone of whom it is told to."""
        self.ensure_one()
        status, user = self.status_id, self.told_user_id
        env = self.with_context(lang=user.lang or self.env.lang).env
        values = {
            "target": dict(status._fields["target"]._description_selection(env))[status.target],
            "deadline": format_datetime(env, status.deadline, tz=user.tz or "UTC", dt_format="short"),
            "percent": self.percent,
        }
        if self.percent < BREACH:
            return env._("%(target)s due at %(deadline)s: %(percent)s %% used", **values)
        if self.percent == BREACH:
            return env._("SLA breached: %(target)s was due at %(deadline)s", **values)
        return env._("SLA breached: %(target)s was due at %(deadline)s, %(percent)s %% used", **values)

    # To whom, and when

    def _get_users(self, now):
        """Return whom each alarm is for: {notice: res.users}, who may be none.

        An assignee who is away is stood in for by the leader, and a leader by his superior.
        """
        teams = self.status_id.ticket_id.team_id
        away = teams._get_absent_users(now) if self else self.env["res.users"]
        leaders = {team: (team.user_id - away).filtered("active") or team._get_manager() for team in teams}
        managers = {team: team._get_manager() for team in teams if "manager" in self.mapped("recipient")}
        users = {}
        for notice in self:
            ticket, team = notice.status_id.ticket_id, notice.status_id.ticket_id.team_id
            named = {"assignee": ticket.user_id, "user": notice.user_id}.get(notice.recipient, notice.user_id.browse())
            named = (named - away).filtered("active")
            if notice.recipient == "manager":
                named = managers.get(team, named)
            users[notice] = named or leaders.get(team, named)
        return users

    @api.model
    def _get_openings(self, users, now):
        """Return when each alarm may be told: {notice: moment, naive UTC}, now or the next opening of its user.

        :param users: {notice: res.users}
        """
        people = self.env["res.users"].union(*users.values())
        companies = self.browse([notice.id for notice in users]).company_id
        employees = {
            (employee.user_id, employee.company_id): employee
            for employee in self.env["hr.employee"].search(
                [("user_id", "in", people.ids), ("company_id", "in", companies.ids)]
            )
        }
        openings, kept = {}, {}
        for notice, user in users.items():
            team, company = notice.status_id.ticket_id.team_id, notice.company_id
            if notice.status_id.around_the_clock or not user:
                openings[notice] = now
                continue
            key = user, team, company
            if key not in kept:
                employee = employees.get((user, company), self.env["hr.employee"])
                calendar = employee.resource_calendar_id or team.resource_calendar_id
                kept[key] = calendar._get_next_opening(now, company, employee.resource_calendar_id and employee.tz)
            openings[notice] = kept[key]
        return openings

    # When the clock of a promise goes on, or ends

    @api.model
    def _tell_held(self, status_ids):
        """Have told what was held back while a clock stood still.

        Also what is due is written: if the scheduled action is just about to hold it back, one of both has to repeat.
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                "UPDATE ticketing_sla_notice SET state = 'due', notify_on = %s "
                "WHERE status_id = ANY(%s) AND state IN ('due', 'held') RETURNING id",
                now,
                status_ids,
            )
        )
        if rows:
            self.invalidate_model(["state", "notify_on"], flush=False)
            self.env["ticketing.sla.status"]._wake(now)

    @api.model
    def _withdraw(self, status_ids):
        """Remove the activities about promises that have ended."""
        notices = self.sudo().search(  # whoever solves a ticket ends what others were asked to do about it
            [("status_id", "in", status_ids), ("activity_id", "!=", False), ("status_id.is_open", "=", False)]
        )
        notices.activity_id.filtered("active").unlink()
