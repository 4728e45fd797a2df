import psycopg2

from odoo import Command, api, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import mute_logger

# The module of the external identifiers by which sample records are known.
MODULE = "__ticketing_sample__"
MARTA, PAU = "marta", "pau"
# What is taken away first: who points to others before who is pointed to.
ORDER = ("ticketing.ticket", "ticketing.team", "project.project", "product.product", "res.partner")
# Who else may have begun to use it: tasks would go with their project.
USED_BY = {
    "project.project": (("project.task", "project_id"), ("ticketing.team", "project_id")),
    "product.product": (("ticketing.team", "labour_product_id"),),
}


class TicketingSample(models.AbstractModel):
    """A few records to try the desk with, which are taken away with one button. Nobody gets a mail about them."""

    _name = "ticketing.sample"
    _description = "Sample Data"

    @api.model
    def action_load(self):
        """Make the sample records, in the language of who asks for them."""
        sample = self._as_manager()
        if sample._get_records():
            raise UserError(self.env._("The sample data is here already: remove it before you load it again."))
        people, products = sample._make_people(), sample._make_products()
        team = sample._make_team(products["labour"])
        sample._make_tickets(team, people, products)
        return {**self.env["ir.actions.act_window"]._for_xml_id("helpdesk_ticketing.ticketing_ticket_action")}

    @api.model
    def action_remove(self):
        """Take the sample records away, and tell which had to stay: what was billed, signed or used elsewhere."""
        sample = self._as_manager()
        records = sample._get_records()
        if not records:
            raise UserError(self.env._("There is no sample data."))
        kept = []
        for model in ORDER:
            for record in records.get(model, ()):
                if reason := sample._remove(record):
                    kept.append(self.env._("%(name)s stays: %(reason)s", name=record.display_name, reason=reason))
        return self._tell(kept)

    @api.model
    def action_manual(self):
        """Open the manual, in the user's language if there is one in it."""
        language = "es" if (self.env.user.lang or "").startswith("es") else "en"
        url = f"/helpdesk_ticketing/static/manual/{language}/index.html"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _as_manager(self):
        if not self.env.user.has_group("helpdesk_ticketing.group_manager"):
            raise AccessError(self.env._("Only who manages the desk loads and removes sample data."))
        # Sample records are of several applications; what is touched is only what was loaded here. Nobody is told.
        return self.sudo().with_context(tracking_disable=True, mail_create_nosubscribe=True, mail_notrack=True)

    @api.model
    def _is_loaded(self):
        """Tell whether there are sample records."""
        return bool(self._get_records())

    @api.model
    def _get_records(self):
        """Return the sample records that are still here: {model: records}."""
        rows = self.env["ir.model.data"].sudo().search([("module", "=", MODULE)])  # names of records, nothing of them
        found = {}
        for model, own in rows.grouped("model").items():
            if records := self.env[model].with_context(active_test=False).browse(own.mapped("res_id")).exists():
                found[model] = records
        return found

    def _make(self, model, identifier, /, **values):
        record = self.env[model].create(values)
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{MODULE}.{identifier}", "record": record, "noupdate": True}], update=True
        )
        return record

    # What there is

    def _make_people(self):
        company = self._make(
            "res.partner",
            "customer",
            name=self.env._("Sample Hotel"),
            is_company=True,
            city="Valencia",
            country_id=self.env.company.country_id.id,
        )
        return {
            name: self._make("res.partner", name, name=title, parent_id=company.id, function=function)
            for name, title, function in (
                (MARTA, "Marta Ruiz", self.env._("Director")),
                (PAU, "Pau Soler", self.env._("Maintenance")),
            )
        }

    def _make_products(self):
        return {
            "labour": self._make(
                "product.product",
                "labour",
                name=self.env._("Technician's hour (sample)"),
                type="service",
                service_policy="delivered_timesheet",
                uom_id=self.env.ref("uom.product_uom_hour").id,
                list_price=45,
            ),
            "valve": self._make(
                "product.product",
                "valve",
                name=self.env._("Three-way valve (sample)"),
                type="consu",
                invoice_policy="delivery",
                list_price=65,
            ),
        }

    def _make_team(self, labour):
        name = self.env._("Sample Desk")
        project = self._make("project.project", "project", name=name, allow_timesheets=True, allow_billable=True)
        return self._make(
            "ticketing.team",
            "team",
            name=name,
            user_id=self.env.uid,
            member_ids=[Command.set(self.env.user.ids)],
            project_id=project.id,
            labour_product_id=labour.id,
        )

    def _make_tickets(self, team, people, products):
        for number, (who, subject, story, kind, mine, weight) in enumerate(self._get_tickets(), 1):
            ticket = self._make(
                "ticketing.ticket",
                f"ticket_{number}",
                name=subject,
                description=story,
                partner_id=people[who].id,
                team_id=team.id,
                user_id=self.env.uid if mine else False,
                impact=weight,
                urgency=weight,
                product_id=products["valve"].id if number == 1 else False,
            )
            if kind != "new":
                ticket._move_to_kind(kind)

    def _get_tickets(self):
        """Return (who, subject, what happened, kind of stage, whether it is the user's, impact and urgency)."""
        return [
            (
                MARTA,
                self.env._("No hot water on the third floor"),
                self.env._("Since this morning, in all rooms."),
                "new",
                False,
                "3",
            ),
            (PAU, self.env._("The pump in the cellar is loud"), self.env._("It hums and shakes."), "open", True, "2"),
            (
                PAU,
                self.env._("Filter to be changed"),
                self.env._("The lamp is yellow. It can wait until next week."),
                "new",
                False,
                "1",
            ),
            (
                MARTA,
                self.env._("Second bill for June?"),
                self.env._("Reception got the same bill twice."),
                "waiting",
                True,
                "1",
            ),
            (
                PAU,
                self.env._("Thermostat shows nothing"),
                self.env._("Room 214. New batteries did not help."),
                "solved",
                True,
                "2",
            ),
        ]

    # Taking away

    def _remove(self, record):
        """Delete a sample record and what grew out of it; return why it stays, if it does."""
        if reason := self._get_use(record):
            return reason
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                if record._name == "ticketing.ticket":
                    self._remove_work(record)
                record.unlink()
                self.env.flush_all()
        except (UserError, RedirectWarning) as error:
            return error.args[0]
        except psycopg2.IntegrityError:
            return self.env._("other records use it.")
        return ""

    def _get_use(self, record):
        """Return why a record is to be kept: posted invoices on which it stands, what is still there and needs it."""
        moves = {
            "ticketing.ticket": [("ticket_id", "=", record.id)],
            "res.partner": [("partner_id", "child_of", record.id)],
            "product.product": [("invoice_line_ids.product_id", "=", record.id)],
        }.get(record._name)
        moves = moves and self.env["account.move"].search([*moves, ("state", "=", "posted")], limit=3)
        if moves:
            return self.env._("it stands on %s.", ", ".join(moves.mapped("name")))
        tickets = {
            "ticketing.team": [("team_id", "=", record.id)],
            "project.project": [("team_id.project_id", "=", record.id)],
            "res.partner": [("partner_id", "child_of", record.id)],
            "product.product": [("product_id", "=", record.id)],
        }.get(record._name)
        tickets = tickets and self.env["ticketing.ticket"].with_context(active_test=False).search(tickets, limit=3)
        if tickets:
            return self.env._("%s needs it.", ", ".join(tickets.mapped("number")))
        for model, name in USED_BY.get(record._name, ()):
            if users := self.env[model].with_context(active_test=False).search([(name, "=", record.id)], limit=3):
                return self.env._("%s needs it.", ", ".join(users.mapped("display_name")))
        return ""

    def _remove_work(self, ticket):
        """Take away hours, unsigned notes and the order of a ticket; what is evidence refuses, and the ticket stays."""
        notes = self.env["ticketing.delivery.note"].search([("ticket_id", "=", ticket.id)])
        notes.filtered(lambda note: note.state == "ready").action_draft()
        notes.unlink()
        ticket.timesheet_ids.unlink()
        if order := ticket.sale_order_id:
            order._action_cancel()
            order.unlink()
            self.env.flush_all()
            ticket.invalidate_recordset()

    def _tell(self, kept):
        message = "\n".join(kept) or self.env._("The sample data is gone.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if kept else "success",
                "sticky": bool(kept),
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
