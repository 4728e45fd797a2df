"""A process that forks children to do jobs on a database at the same moment, some of them killed half-way.

Run by ``test_concurrency``: ``concurrency_worker.py DATABASE``, with Odoo's configuration in ODOO_RC. It reads a line of
JSON, a list of jobs ``{"job": name, "arguments": {...}, "kill_after": number of SQL statements or null}``, does them
all at once, each in a child with connections of its own, and answers with a line, the list of their results.
"""

# Run as a script, it has no package to be relative to.
# pylint: disable=odoo-addons-relative-import

import itertools
import json
import logging
import os
import signal
import sys
import time
import traceback
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from odoo import SUPERUSER_ID, Command, api, fields, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import execute_cr
from odoo.tools import config

START_AFTER = 0.15  # seconds in which all children of a line get ready to begin together


class Log(logging.Handler):
    """What Odoo complains of in a child."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


class Statements:
    """Counts the SQL statements of this process, commits included, and kills it before one of them."""

    def __init__(self, kill_after):
        self.count = 0
        self.kill_after = kill_after
        for name in ("execute", "commit"):
            self._watch(name)

    def _watch(self, name):
        origin = getattr(sql_db.Cursor, name)

        def watched(cursor, *args, **kwargs):
            self.count += 1
            if self.count == self.kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
            return origin(cursor, *args, **kwargs)

        setattr(sql_db.Cursor, name, watched)


class Jobs:
    """What a child can be told to do."""

    def __init__(self, database):
        self.database = database

    def _env(self, cursor):
        return api.Environment(cursor, SUPERUSER_ID, {})

    def set_up(self):
        """Make the desk of the tests and keep it; return the ids of its people."""
        world = self._world
        with Registry(self.database).cursor() as cursor:
            desk = world(cursor)
            desk._set_up_company()
            desk._set_up_people()
            desk._set_up_goods()
            desk._set_up_desk()
            desk._set_up_customers()
            desk._stock(desk.valve, 500)
            desk.contact.email = False  # no mail server listens
            desk.customer.email = False
            second = desk.technician.copy({"login": "desk.second", "name": "Second"})
            second.ticketing_location_id = desk.van
            desk.env["hr.employee"].create({"name": "Second", "user_id": second.id})
            desk.team.member_ids |= second
            other = desk.accountant.copy({"login": "desk.other", "name": "Other"})
            return {
                "technician": desk.technician.id,
                "second": second.id,
                "accountant": desk.accountant.id,
                "other": other.id,
                "valve": desk.valve.id,
                "van": desk.van.id,
            }

    def _world(self, cursor):
        from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase, make_signature

        world = type("World", (TicketingCase,), {})
        world.env = self._env(cursor)
        world.company = world.env.company
        world.signature = make_signature()
        users = {"technician": "desk.technician", "accountant": "desk.accountant"}
        for name, login in users.items():
            setattr(world, name, world.env["res.users"].search([("login", "=", login)]))
        world.employee = world.technician.employee_id
        world.team = world.env["ticketing.team"].search([("name", "=", "Desk")], limit=1)
        world.valve = world.env["product.product"].search([("name", "=", "Valve")], limit=1)
        world.contact = world.env["res.partner"].search([("name", "=", "Marta Test")], limit=1)
        return world

    def make(self, count, until, quantity=0):
        """Make tickets with an hour each (and material), as far as the notes' state; return the notes' ids.

        :param str until: open, draft, ready, signed or approved
        """
        with Registry(self.database).cursor() as cursor:
            desk = self._world(cursor)
            tickets = desk.env["ticketing.ticket"]
            for __ in range(count):
                ticket = desk._create_ticket()
                tickets |= ticket
                if until != "open":
                    desk._add_hours(ticket, 1)
                    if quantity:
                        desk._add_material(ticket, quantity=quantity)
                    note = ticket._get_or_create_note()
                    if until != "draft":
                        note.action_ready()
                    if until in ("signed", "approved"):
                        desk._sign(note)
            if until == "approved":
                desk.env.flush_all()
                desk.env["ticketing.billing.request"]._cron_bill()
                tickets.billing_request_ids.with_user(desk.accountant).action_approve()
            return tickets.ids if until == "open" else tickets.note_ids.ids

    def plans(self, count, until):
        """Sell contracts with a billing plan each, 5 % of which are held back; return the plans' ids.

        :param str until: reached, draft, ready, signed or done, which is all of it signed
        """
        from odoo.addons.helpdesk_ticketing.tests.common_progress import ProgressCase

        with Registry(self.database).cursor() as cursor:
            world = self._world(cursor)
            desk = ProgressCase.__new__(type("World", (ProgressCase,), dict(vars(world))))
            type(desk).customer = desk.contact.commercial_partner_id
            desk._set_up_works()
            plans = [desk._make_plan(10000.01, (33.33, 66.67), retention_percent=5) for __ in range(count)]
            for plan in plans:
                (plan.milestone_ids if until == "done" else plan.milestone_ids[0]).is_reached = True
                if until != "reached":
                    note = desk._certify(plan)
                    if until != "draft":
                        note.action_ready()
                    if until in ("signed", "done"):
                        desk._accept(note)
            return [plan.id for plan in plans]

    def rpc(self, user, model, method, arguments):
        """Call a method as the web client does, tried again by Odoo when transactions collide."""
        with Registry(self.database).check_signaling().cursor() as cursor:
            return execute_cr(cursor, user, model, method, arguments, {})

    def sign(self, user, note):
        from odoo.addons.helpdesk_ticketing.tests.common import make_signature

        arguments = [[note], f"Signer of {user}", make_signature().decode()]
        return self.rpc(user, "ticketing.delivery.note", "action_sign", arguments)

    def staff(self, count):
        """Hire people with a ticket each; return [(user, ticket)]."""
        with Registry(self.database).cursor() as cursor:
            desk = self._world(cursor)
            pairs = []
            for number in range(count):
                user = desk.technician.copy({"login": f"desk.hand{number}", "name": f"Hand {number}"})
                desk.env["hr.employee"].create({"name": user.name, "user_id": user.id})
                pairs.append((user.id, desk._create_ticket(user_id=user.id).id))
            return pairs

    def dialog(self, user, ticket):
        """Open the dialog that asks what was done, a moment later; return its id."""
        with Registry(self.database).cursor() as cursor:
            env = api.Environment(cursor, user, {})
            return env["ticketing.timer.wizard"].create({"ticket_id": ticket, "description": "Repaired"}).id

    def certificate(self, names):
        """Make a certificate that customer and lender accept, and a dialog to sign it for each name."""
        from odoo.addons.helpdesk_ticketing.tests.common import make_signature
        from odoo.addons.helpdesk_ticketing.tests.common_progress import ProgressCase

        with Registry(self.database).cursor() as cursor:
            desk = self._world(cursor)
            desk.customer = desk.contact.commercial_partner_id
            works = {"name": "Works", "type": "service", "invoice_policy": "delivery", "service_type": "manual"}
            desk.works = desk.env["product.product"].create(works)
            desk.project = desk.env["project.project"].create({"name": "Works", "allow_billable": True})
            case = type("World", (ProgressCase, desk), {})("_make_plan")
            plan = case._make_plan(payer="lender", lender_id=desk.env["res.partner"].create({"name": "Bank"}).id)
            plan.milestone_ids[0].is_reached = True
            note = case._certify(plan)
            note.action_ready()
            wizards = desk.env["ticketing.sign.wizard"].with_context(**note.action_open_sign()["context"])
            values = [{"signer_name": name, "signature": make_signature()} for name in names]
            return note.id, wizards.create(values).ids

    def receive(self, raw):
        """Take a raw message in, as the mail gateway does; return the journal's row."""
        with Registry(self.database).cursor() as cursor:
            env = self._env(cursor)
            env["mail.thread"].message_process("ticketing.ticket", raw)
            return env["ticketing.inbound"].search([], limit=1, order="id desc").id

    def replay(self):
        """Process again what collided with other work, as the scheduler does."""
        with Registry(self.database).cursor() as cursor:
            self._env(cursor)["ticketing.inbound"]._cron_retry()

    def acknowledge(self):
        """Answer the new requests, as the scheduler does."""
        with Registry(self.database).cursor() as cursor:
            self._env(cursor)["ticketing.inbound"]._cron_acknowledge()

    def bill(self):
        """Work the billing queue off, as the scheduler does."""
        with Registry(self.database).cursor() as cursor:
            self._env(cursor)["ticketing.billing.request"]._cron_bill()

    def promise(self, count, used):
        """Make tickets with a promise of which so many percent are used, at day or night; return their ids."""
        with Registry(self.database).cursor() as cursor:
            desk = self._world(cursor)
            policies = desk.env["ticketing.sla.policy"]
            if not policies.search([("name", "=", "Promise")]):
                policies.search([]).active = False
                alarm_ids = [
                    Command.create({"percent": 75, "recipient": "assignee", "method": "inbox"}),
                    Command.create({"percent": 100, "recipient": "leader", "method": "activity"}),
                ]
                values = {"name": "Promise", "calendar_source": "always", "duration": 10, "alarm_ids": alarm_ids}
                policies.create(values)
            tickets = desk.env["ticketing.ticket"].create(
                [{"name": "Promised", "team_id": desk.team.id, "user_id": desk.technician.id} for __ in range(count)]
            )
            start = fields.Datetime.now() - timedelta(minutes=6 * used)
            statuses = tickets.sla_status_ids
            statuses.write({"running_since": False, "held_since": start, "started_on": start, "history": []})
            for status in statuses:
                status._run(start)
            return tickets.ids

    def talk(self, count):
        """Make tickets with a promise of ten hours and a customer who writes; return [(id, message id to answer)]."""
        with Registry(self.database).cursor() as cursor:
            env = self._env(cursor)
            tickets = env["ticketing.ticket"].browse(self.promise(count, 90))
            env.cr.rollback()  # begins anew, after the other transaction
            contact = self._world(cursor).contact
            contact.email = "marta@customer.example"
            tickets.write({"partner_id": contact.id})
            talks = []
            for ticket in tickets:
                message = ticket.message_post(body="Well?", message_type="comment", subtype_xmlid="mail.mt_comment")
                talks.append([ticket.id, message.message_id])
            return talks

    def contract(self, hours, count, carry_over=False):
        """Make a contract of so many hours a month for a new customer; return its id and those of tickets of it."""
        registry = Registry(self.database)
        with registry.manage_changes(), registry.cursor() as cursor:
            desk = self._world(cursor)
            customer = desk.env["res.partner"].create({"name": "Shared"})
            values = {"name": "Shared", "partner_id": customer.id, "carry_over": carry_over}
            contract = desk.env["ticketing.contract"].create({**values, "allowance": "month", "included_hours": hours})
            contract.action_confirm()
            tickets = [desk._create_ticket(user_id=False, partner_id=customer.id) for __ in range(count)]
            return [contract.id, [ticket.id for ticket in tickets]]

    def pack(self, hours, count, draft=False):
        """Sell a new customer so many hours in advance; return the ids of contract, order and tickets.

        :param draft: an hour of each ticket stands on a draft of a delivery note
        """
        registry = Registry(self.database)
        with registry.manage_changes(), registry.cursor() as cursor:
            desk = self._world(cursor)
            customer = desk.env["res.partner"].create({"name": "Prepaid"})
            values = {"name": "Prepaid", "partner_id": customer.id, "allowance": "prepaid"}
            contract = desk.env["ticketing.contract"].create(values)
            contract.action_confirm()
            values = {"type": "service", "invoice_policy": "order", "ticketing_prepaid_hours": 1}
            product = desk.env["product.product"].create({"name": "Pack", **values})
            lines = [Command.create({"product_id": product.id, "product_uom_qty": hours})]
            order = desk.env["sale.order"].create({"partner_id": customer.id, "order_line": lines})
            order.action_confirm()
            tickets = [desk._create_ticket(user_id=False, partner_id=customer.id) for __ in range(count)]
            for ticket in tickets if draft else ():
                desk._add_hours(ticket, 1)
                ticket._get_or_create_note()
            return [contract.id, order.id, [ticket.id for ticket in tickets]]

    def alarm(self, batch=5):
        """Raise the alarms that are due, as the scheduler does."""
        with Registry(self.database).cursor() as cursor:
            self._env(cursor)["ticketing.sla.status"]._cron_alarm(batch=batch)

    def solve(self, count):
        """Make customers with two solved tickets each, whose team asks for feedback; return the customers' ids."""
        with Registry(self.database).cursor() as cursor:
            desk = self._world(cursor)
            desk.team.write({"feedback_ask": True, "feedback_delay": 0})
            names = [f"Asked {number}" for number in range(count)]
            customers = desk.env["res.partner"].create(
                [{"name": name, "email": f"{uuid.uuid4().hex}@customer.example"} for name in names]
            )
            tickets = desk.env["ticketing.ticket"].create(
                [
                    {"name": "Done", "team_id": desk.team.id, "partner_id": partner.id}
                    for partner in [*customers, *customers]
                ]
            )
            tickets.action_solve()
            tickets.solved_on = fields.Datetime.now() - timedelta(minutes=1)
            return customers.ids

    def ask(self):
        """Ask for feedback, as the scheduler does."""
        with Registry(self.database).cursor() as cursor:
            self._env(cursor)["ticketing.feedback"]._cron_ask()

    def self_check(self):
        with Registry(self.database).cursor() as cursor:
            return self._env(cursor)["ticketing.self.check"]._find_violations()

    def make_calendar(self):
        from odoo.addons.helpdesk_ticketing.tests.business_calendars import SPLIT, make_calendar

        with Registry(self.database).cursor() as cursor:
            return make_calendar(self._env(cursor), "Office", "Europe/Madrid", SPLIT).id

    def answer_twice(self, calendar, marker):
        """Answer, say so, wait for another process to change the holidays, answer as before, and as a next request."""
        registry = Registry(self.database)

        def ask():
            return self._ask(calendar)

        def changed():
            with registry.cursor() as cursor:
                return self._env(cursor)["resource.calendar.leaves"].search_count([("name", "=", "Fallas")])

        first = ask()
        Path(marker).touch()
        wait_until(changed)
        kept = ask()
        wait_until(lambda: registry.check_signaling() and ask() != first)
        return [first, kept, ask()]

    def _ask(self, calendar):
        with Registry(self.database).cursor() as cursor:
            calendars = self._env(cursor)["resource.calendar"]
            monday = datetime(2026, 3, 2, 9)
            return str(calendars.browse(calendar)._business_deadline(monday, 3600, calendars.env.company))

    def answer_before_commit(self, calendar):
        """Answer while another transaction of this process has changed the working hours, and after its commit."""
        registry = Registry(self.database)
        with registry.manage_changes(), registry.cursor() as cursor:
            self._env(cursor)["resource.calendar"].browse(calendar).tz = "America/New_York"
            cursor.flush()
            before = self._ask(calendar)
        return [before, self._ask(calendar)]

    def add_holiday(self, calendar, marker):
        """Add a holiday once another process has answered without it."""
        wait_until(Path(marker).exists)
        registry = Registry(self.database)
        with registry.manage_changes(), registry.cursor() as cursor:
            self._env(cursor)["resource.calendar.leaves"].create(
                {
                    "name": "Fallas",
                    "calendar_id": calendar,
                    "date_from": datetime(2026, 3, 2),
                    "date_to": datetime(2026, 3, 3),
                }
            )


def wait_until(happens, seconds=30):
    """Ask until something has happened; what comes next shows that it has not."""
    last = time.monotonic() + seconds
    while not happens() and time.monotonic() < last:
        time.sleep(0.05)


def child(jobs, order, begin, pipe):
    """Do one job and write its result."""
    log = Log()
    logging.getLogger("odoo").addHandler(log)
    statements = Statements(order.get("kill_after"))
    result = {"value": None, "error": None}
    time.sleep(max(begin - time.monotonic(), 0))
    try:
        result["value"] = getattr(jobs, order["job"])(**order.get("arguments", {}))
    except Exception as error:
        result["error"] = [type(error).__name__, str(error)]
        result["traceback"] = traceback.format_exc()
    result |= {"log": log.lines, "statements": statements.count}
    with os.fdopen(pipe, "w") as stream:
        json.dump(result, stream, default=str)
    os._exit(0)


def run(jobs, orders):
    """Fork a child for each order; return their results in the same sequence."""
    sql_db.close_all()  # a child must not talk on a connection of its parent's
    begin = time.monotonic() + (START_AFTER if len(orders) > 1 else 0)
    children = []
    for order in orders:
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            child(jobs, order, begin, writing)
        os.close(writing)
        children.append((pid, reading))
    results = []
    for pid, reading in children:
        with os.fdopen(reading) as stream:
            answer = stream.read()
        __, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        results.append({"killed": killed, **(json.loads(answer) if answer and not killed else {})})
    return results


def main():
    database = sys.argv[1]
    config.parse_config(["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=warn"], setup_logging=True)
    Registry(database)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed does not mix with the answers
    for line in itertools.chain(["[]"], sys.stdin):
        json.dump(run(Jobs(database), json.loads(line)), answers)
        answers.write("\n")
        answers.flush()


if __name__ == "__main__":
    main()
