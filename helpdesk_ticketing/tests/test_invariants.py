# pylint: disable=translation-required
import os
import random
from collections import Counter

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import float_compare, mute_logger

from .common_contract import ContractCase
from .invariants_contract import ContractSteps, set_up_unit
from .invariants_steps import STEPS, step

FULL = 20 if os.environ.get("HELPDESK_FULL") else 1
EXAMPLES = int(os.environ.get("HELPDESK_EXAMPLES", 16 * FULL))
START = 1000.0
HOURS = (0.25, 0.5, 1.0, 1.75, 3.0)


def rounded(quantities):
    """Return {key: quantity} without zeros and without the noise of binary fractions."""
    return {key: round(value, 4) for key, value in quantities.items() if round(value, 4)}


class Chain(ContractSteps):
    """Everything that people do with a ticket from its first hour to its last credit note, in any order.

    What is refused must be refused with a message (UserError) and change nothing; whatever else happens, the invariants
    hold after each step, and when everything is billed at the end, what is billed is what was signed.
    """

    done = Counter()  # how often each step succeeded, over all examples
    refused = Counter()

    def __init__(self, case, bill_covered, depth, collect):
        super().__init__(case.env)
        self.case = case
        self.savepoint = self.env.cr.savepoint()
        self.delivered = 0.0
        self.returned = 0.0
        self.signed = {}  # {note: its content as it was signed}
        self.hand_credit = {}  # {invoice: {(request, order line): quantity credited by hand}}

        self.case.team.bill_covered = bill_covered
        self.case.team.ticketing_billing_period = "month" if collect else "note"
        self.tickets = self.case._create_ticket() + self.case._create_ticket(service_mode="remote")
        for act in self._round()[:depth]:  # begin anywhere in the chain: else most sequences would end too early
            act()

    def play(self, dice):
        """Do one of the steps that make sense now, drawn by lot."""
        possible = [name for name, (__, needs) in STEPS.items() if needs(self)]
        [name] = dice.choices(possible, [STEPS[name][0] for name in possible])
        number, flag = dice.randrange(16), dice.random() < 0.2
        hypothesis.note(f"{name}({number}, {flag})")
        getattr(self, name)(number, flag)
        self.holds()

    def close(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.env.registry.clear_cache("stable")

    def _round(self):
        return (
            lambda: (self.add_hours(8, False), self.add_material(2, False), self.add_hours(1, False)),
            lambda: self.ready(0, False),
            lambda: (self._notes("ready") and self.sign(0, False), self.solve(1, False)),
            lambda: self.month_end(0, False),
            lambda: [self.approve(0, False) for __ in self._requests("to_approve")],
            lambda: self._invoices("posted") and self.pay(0, False),
        )

    @step(3, needs=lambda self: len(self.signed) < 4)
    def another_round(self, number, flag):
        self._try("reopen", self.tickets.action_reopen)
        for act in self._round()[: 3 + number % 4]:
            act()

    # Helpers

    def _try(self, name, act):
        """Do a step. A refusal must be a message, and must leave no trace."""
        before = self._facts()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                result = act()
                self.env.flush_all()
        except UserError as error:
            self.refused[name] += 1
            assert str(error).strip(), f"{name} was refused without a word"
            self.env.invalidate_all()
            self.env.registry.clear_cache("stable")  # contracts are remembered there
            assert self._facts() == before, f"{name} was refused but left traces"
            return None
        self.done[name] += 1
        return result if result is not None else True

    def _pick(self, records, number):
        return records[number % len(records)] if records else records

    def _ticket(self, number):
        return self.tickets[number % 2]

    def _notes(self, *states):
        return self.tickets.note_ids.filtered(lambda note: note.state in states).sorted("id")

    def _requests(self, *states):
        return self.tickets.billing_request_ids.filtered(lambda request: request.state in states).sorted("id")

    def _invoices(self, *states, kind="out_invoice"):
        found = self.tickets.billing_request_ids.invoice_id
        return found.filtered(lambda move: move.state in states and move.move_type == kind).sorted("id")

    # Work

    @step()
    def add_hours(self, number, flag):
        quantity = HOURS[number % 5]
        extra = {"covered": True, "cover_reason": "Warranty"} if flag else {}
        user = self.case.manager if flag else self.case.technician
        self._try("add_hours", lambda: self.case._add_hours(self._ticket(number), quantity, user=user, **extra))

    @step(1, needs=lambda self: self.tickets.timesheet_ids)
    def change_hours(self, number, flag):
        quantity = HOURS[number % 5]
        line = self._pick(self.tickets.timesheet_ids.sorted("id"), number)
        self._try("change_hours", lambda: line.with_user(self.case.technician).write({"unit_amount": quantity}))

    @step(1, needs=lambda self: self.tickets.timesheet_ids)
    def delete_hours(self, number, flag):
        line = self._pick(self.tickets.timesheet_ids.sorted("id"), number)
        self._try("delete_hours", lambda: line.with_user(self.case.technician).unlink())

    @step()
    def add_material(self, number, flag):
        quantity = 1 + number // 2 % 4
        self._try("add_material", lambda: self.case._add_material(self._ticket(number), quantity=quantity))

    @step(1, needs=lambda self: self.tickets.material_ids)
    def change_quantity(self, number, flag):
        quantity = 1 + number // 2 % 4
        line = self._pick(self.tickets.material_ids.sorted("id"), number)
        self._try("change_quantity", lambda: line.with_user(self.case.technician).write({"product_uom_qty": quantity}))

    # Proof

    @step(4)
    def ready(self, number, flag):
        ticket = self._ticket(number)

        def act():
            note = ticket.with_user(self.case.technician)._get_or_create_note()
            if flag:
                waiting = note.sudo().line_ids.filtered(lambda line: line.move_id.state not in (False, "done"))
                waiting[:1].with_user(self.case.technician).quantity = 1
            note.action_ready()

        before = self._delivered_by_stock()
        if self._try("ready_in_part" if flag else "ready", act):
            self.delivered += self._delivered_by_stock() - before

    def _delivered_by_stock(self):
        """Return what the customers' location has gained since the start."""
        location = self.env.ref("stock.stock_location_customers")
        return self.case.valve.with_context(location=location.id).qty_available

    @step(2, needs=lambda self: self._notes("ready"))
    def back_to_draft(self, number, flag):
        paper = self._pick(self._notes("ready"), number)
        self._try("back_to_draft", paper.with_user(self.case.technician).action_draft)

    @step(6, needs=lambda self: self._notes("ready"))
    def sign(self, number, flag):
        paper = self._pick(self._notes("ready"), number)
        if self._try("sign", lambda: self.case._sign(paper)):
            self.signed[paper] = self._content(paper)
            self.freeze(paper)

    @step(1, needs=lambda self: self._notes("signed"))
    def sign_again(self, number, flag):
        paper = self._pick(self._notes("signed"), number)
        assert not self._try("sign_again", lambda: self.case._sign(paper)), "signed twice"

    @step(9, needs=lambda self: self._notes("ready"))
    def refuse(self, number, flag):
        paper = self._pick(self._notes("ready"), number)
        self._try("refuse", lambda: paper.with_user(self.case.technician).action_refuse("Not what I ordered"))

    @step(3, needs=lambda self: self._notes("draft", "ready"))
    def cancel_note(self, number, flag):
        paper = self._pick(self._notes("draft", "ready"), number)
        self._try("cancel_note", paper.with_user(self.case.technician).action_cancel)

    @step(4, needs=lambda self: self._deliveries())
    def return_material(self, number, flag):
        quantity = 1 + number // 2 % 4
        moves = self._deliveries()
        if number % 2:  # as often what nobody has signed for yet
            moves = moves.filtered(lambda move: move.note_id.state != "signed") or moves
        move = self._pick(moves, number)
        kept = move.quantity - sum(move.returned_move_ids.filtered(lambda m: m.state == "done").mapped("quantity"))
        quantity = min(quantity, kept)
        if not quantity:
            return

        def act():
            picking = move.picking_id
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
                .create({})
            )
            wizard.product_return_moves.quantity = 0
            wizard.product_return_moves.filtered(lambda line: line.move_id == move).quantity = quantity
            back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
            back.button_validate()
            assert back.state == "done"

        if self._try("return_" + ("signed" if move.note_id.state == "signed" else "unsigned"), act):
            self.returned += quantity

    def _deliveries(self):
        moves = self.tickets.sale_order_id.order_line.move_ids.sorted("id")
        return moves.filtered(lambda move: move.state == "done" and move.picking_id.picking_type_id.code == "outgoing")

    # Money

    @step(4, needs=lambda self: self._requests("queued", "failed", "to_approve", "to_send"))
    def run_billing(self, number, flag):
        self.case._run_billing()
        self.done["run_billing"] += 1

    @step(4, needs=lambda self: self._requests("collecting"))
    def month_end(self, number, flag):
        if waiting := self._requests("collecting"):
            waiting.next_try_on = fields.Datetime.now()
            self.done["month_end"] += 1
        self.run_billing(number, flag)

    @step(6, needs=lambda self: self._requests("collecting"))
    def invoice_now(self, number, flag):
        """One of them or, with the flag, all that the customer has waiting."""
        request = self._pick(self._requests("collecting"), number).with_user(self.case.accountant)
        self._try("invoice_now", request.action_invoice_customer_now if flag else request.action_invoice_now)

    @step(5, needs=lambda self: self._collected())
    def bill_apart(self, number, flag):
        """Mostly what waits or shares a draft; with the flag anything, which is refused."""
        request = self._pick(self.tickets.billing_request_ids.sorted("id") if flag else self._collected(), number)
        self._try("bill_apart", request.with_user(self.case.accountant).action_bill_apart)

    def _collected(self):
        return self.tickets.billing_request_ids.filtered(
            lambda request: request.state == "collecting" or (not request.cancelled and request._shares_draft())
        ).sorted("id")

    @step(1)
    def change_policy(self, number, flag):
        self.case.team.ticketing_billing_period = "month" if number % 3 else "note"
        self.done["change_policy"] += 1

    @step(4, needs=lambda self: self._requests("to_approve", "failed"))
    def approve(self, number, flag):
        request = self._pick(self._requests("to_approve", "failed"), number)
        self._try("approve", request.with_user(self.case.accountant).action_approve)

    @step(needs=lambda self: self._requests("failed"))
    def retry(self, number, flag):
        request = self._pick(self._requests("failed"), number)
        self._try("retry", request.with_user(self.case.accountant).action_retry)

    @step(5, needs=lambda self: self._over())
    def bill_again(self, number, flag):
        """Mostly what may be billed again; with the flag anything, which is refused."""
        request = self._pick(self.tickets.billing_request_ids.sorted("id") if flag else self._over(), number)
        self._try("bill_again", request.with_user(self.case.accountant).action_bill_again)

    def _over(self):
        """Return the requests whose invoice is void, and those given up."""
        return self.tickets.billing_request_ids.filtered(
            lambda request: request.state in ("credited", "cancelled") or request.invoice_id.state == "cancel"
        ).sorted("id")

    @step(1, needs=lambda self: self.tickets.billing_request_ids)
    def give_up(self, number, flag):
        request = self._pick(self.tickets.billing_request_ids.sorted("id"), number)
        if flag:
            self._try("give_up", request.with_user(self.case.accountant).action_cancel)

    @step(needs=lambda self: self._invoices("draft"))
    def delete_draft_invoice(self, number, flag):
        invoice = self._pick(self._invoices("draft"), number)
        self._try("delete_draft_invoice", invoice.with_user(self.case.accountant).unlink)

    @step(needs=lambda self: self._invoices("draft", "posted"))
    def cancel_invoice(self, number, flag):
        invoice = self._pick(self._invoices("draft", "posted"), number)

        def act():
            if invoice.state == "posted":
                invoice.button_draft()
            invoice.button_cancel()

        self._try("cancel_invoice", act)

    @step(needs=lambda self: self._invoices("posted"))
    def reset_invoice_and_post(self, number, flag):
        invoice = self._pick(self._invoices("posted"), number)

        def act():
            invoice.button_draft()
            invoice.billing_request_ids.filtered(lambda r: not r.cancelled).with_user(
                self.case.accountant
            ).action_approve()

        self._try("reset_invoice_and_post", act)

    def _reverse(self, invoice):
        return (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )

    @step(needs=lambda self: self._invoices("posted"))
    def credit_in_full(self, number, flag):
        self._credit(self._pick(self._invoices("posted"), number), part=False)

    @step(needs=lambda self: self._invoices("posted"))
    def credit_in_part(self, number, flag):
        self._credit(self._pick(self._invoices("posted"), number), part=True)

    def _credit(self, invoice, part):
        """Credit by hand what is not credited yet, or one piece of its first line."""

        def act():
            if invoice.reversal_move_ids.filtered(lambda move: move.state == "draft"):
                raise UserError("Another credit note waits")
            left = self._net([invoice, *invoice.reversal_move_ids], by_request=True)
            action = self._reverse(invoice).refund_moves()
            credit = self.env["account.move"].browse(action["res_id"])
            commands, credited = [], {}
            for line in credit.invoice_line_ids:
                key = line.billing_request_id, line.sale_line_ids
                quantity = max(left.pop(key, 0.0), 0.0)
                if part:
                    quantity = 0.0 if credited else min(quantity, 1.0)
                if quantity:
                    credited[key] = quantity
                    commands.append(Command.update(line.id, {"quantity": quantity}))
                else:
                    commands.append(Command.delete(line.id))
            if not credited:
                raise UserError("Nothing left to credit")
            credit.invoice_line_ids = commands
            credit.action_post()
            return credited

        if credited := self._try("credit_in_part" if part else "credit_in_full", act):
            known = self.hand_credit.setdefault(invoice, Counter())
            for key, quantity in credited.items():
                known[key] += quantity

    @step(needs=lambda self: self._invoices("posted"))
    def reverse_and_replace(self, number, flag):
        invoice = self._pick(self._invoices("posted"), number)

        def act():
            if invoice.reversal_move_ids.filtered(lambda move: move.state != "cancel"):
                raise UserError("No accountant reverses an invoice that is credited")
            self._reverse(invoice).modify_moves()

        self._try("reverse_and_replace", act)

    @step(3, needs=lambda self: self._invoices("posted"))
    def pay(self, number, flag):
        invoice = self._pick(self._invoices("posted"), number)
        self._try("pay", lambda: self.case._pay(invoice))

    @step(needs=lambda self: self._invoices("posted").filtered(lambda m: m.payment_state in ("paid", "in_payment")))
    def undo_payment(self, number, flag):
        paid = self._invoices("posted").filtered(lambda move: move.payment_state in ("paid", "in_payment"))
        invoice = self._pick(paid, number)
        self._try("undo_payment", invoice.line_ids.remove_move_reconcile)

    @step(1)
    def break_or_mend_customer(self, number, flag):
        flag = flag or not self.case.customer.zip
        self.case.customer.zip = "46011" if flag else False
        self.done["mend" if flag else "break"] += 1

    # The desk

    @step()
    def solve(self, number, flag):
        self._try("solve", self._ticket(number).with_user(self.case.technician).action_solve)

    @step()
    def reopen(self, number, flag):
        self._try("reopen", self._ticket(number).with_user(self.case.technician).action_reopen)

    # What must hold after each step

    def holds(self):
        self.signed_notes_are_intact()
        self.one_live_request_a_source()
        self.nothing_is_billed_twice()
        self.no_draft_is_forgotten()
        self.stock_adds_up()
        self.billing_state_is_what_the_facts_say()
        self.contracts_hold()

    def signed_notes_are_intact(self):
        for note, content in self.signed.items():
            assert note.state == "signed"
            assert note._is_intact(), "the hash of a signed note does not verify"
            assert self._content(note) == content, "a signed note has other lines"

    def _content(self, note):
        return [
            (
                line.sale_line_id,
                line.quantity,
                line.price_unit,
                line.discount,
                line.covered,
                line.timesheet_id,
                line.move_id,
            )
            for line in note.line_ids.sorted("id")
        ]

    def one_live_request_a_source(self):
        self.env.flush_all()
        for column in ("note_id", "picking_id"):
            self.env.cr.execute(
                f"SELECT {column} FROM ticketing_billing_request "
                f"WHERE ticket_id IN %s AND {column} IS NOT NULL AND cancelled IS NOT TRUE GROUP BY 1 HAVING count(*) > 1",
                [self.tickets._ids],
            )
            assert not self.env.cr.fetchall(), f"{column} is billed by two live requests"
        for note in self.signed:
            if self.case.team.bill_covered or not all(line.covered for line in note.line_ids):
                assert note.billing_request_ids, f"{note.name} is signed but not queued"
                if not note.billing_request_ids.filtered(lambda request: not request.cancelled):
                    assert self.done["give_up"], f"{note.name} has lost its request"

    def nothing_is_billed_twice(self):
        """Net of credit notes, no more than was signed (or recorded, for remote work) stands on posted invoices."""
        limit = Counter()
        for note in self.signed:
            for line in note.line_ids:
                limit[line.sale_line_id] += line.quantity
        for sheet in self.tickets.timesheet_ids.filtered("billing_request_id"):
            assert not sheet.note_id, "an hour is billed by a note and as remote work"
            limit[sheet.so_line] += sheet.unit_amount
        for line, quantity in self._net(self._all_invoices()).items():
            assert float_compare(quantity, limit[line], precision_digits=4) <= 0, (
                f"{line.name}: {quantity} billed, {limit[line]} signed"
            )

    def no_draft_is_forgotten(self):
        """A draft invoice of a ticket's work waits in the queue, where the accountant sees it."""
        for move in self._all_invoices().filtered(lambda move: move.state == "draft"):
            assert move.billing_request_ids.filtered(lambda request: not request.cancelled), f"{move.id} is nobody's"

    def _all_invoices(self):
        return self.tickets.sale_order_id.order_line.invoice_lines.move_id

    def _net(self, invoices, by_request=False):
        net = Counter()
        for move in invoices:
            if move.state == "posted":
                for line in move.invoice_line_ids:
                    key = (line.billing_request_id, line.sale_line_ids) if by_request else line.sale_line_ids
                    net[key] += -line.quantity if move.move_type == "out_refund" else line.quantity
        return net

    def stock_adds_up(self):
        valve = self.case.valve
        inside = valve.with_context(location=self.case.warehouse.view_location_id.id).qty_available
        assert inside == START - self.delivered + self.returned, (inside, self.delivered, self.returned)

    def billing_state_is_what_the_facts_say(self):
        self.env.flush_all()
        for ticket in self.tickets:
            self.env.cr.execute("SELECT billing_state FROM ticketing_ticket WHERE id = %s", [ticket.id])
            [(stored,)] = self.env.cr.fetchall()
            facts = self._billing_facts(ticket)
            assert stored == self._expected_state(facts), (stored, facts)

    def _billing_facts(self, ticket):
        """Return, straight from the tables: requests, whether a note is before the customer, open hours, open material."""
        self.env.cr.execute(
            """
            SELECT request.cancelled IS TRUE, request.error IS NOT NULL, move.state, move.payment_state,
                   request.approved_on IS NOT NULL AND request.sent_on IS NULL
                   AND request.by_hand IS NOT TRUE AND move.is_move_sent IS NOT TRUE,
                   request.due_on IS NOT NULL, request.id
              FROM ticketing_billing_request request
              LEFT JOIN account_move move ON move.id = request.invoice_id
             WHERE request.ticket_id = %s
            """,
            [ticket.id],
        )
        requests = self.env.cr.fetchall()
        self.env.cr.execute(
            "SELECT count(*) FROM ticketing_delivery_note WHERE ticket_id = %s AND state = 'ready'", [ticket.id]
        )
        [(to_sign,)] = self.env.cr.fetchall()
        self.env.cr.execute(
            """
            SELECT CASE WHEN ticket.service_mode = 'remote' AND team.bill_covered IS NOT TRUE
                        THEN count(*) * count(CASE WHEN line.covered IS NOT TRUE THEN 1 END)
                        ELSE count(*) END
              FROM account_analytic_line line
              JOIN ticketing_ticket ticket ON ticket.id = line.ticket_id
              JOIN ticketing_team team ON team.id = ticket.team_id
             WHERE ticket.id = %s AND line.unit_amount != 0
               AND line.note_id IS NULL AND line.billing_request_id IS NULL
             GROUP BY ticket.id, team.id
            """,
            [ticket.id],
        )
        open_hours = sum(count for (count,) in self.env.cr.fetchall())
        self.env.cr.execute(
            """
            SELECT count(*)
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN stock_picking picking ON picking.id = move.picking_id
              JOIN stock_picking_type kind ON kind.id = picking.picking_type_id
             WHERE line.ticket_id = %s AND kind.code = 'outgoing' AND move.note_id IS NULL AND move.state != 'cancel'
               AND (move.state != 'done' OR move.quantity > COALESCE((
                    SELECT sum(back.quantity) FROM stock_move back
                     WHERE back.origin_returned_move_id = move.id AND back.state = 'done' AND back.note_id IS NULL), 0))
            """,
            [ticket.id],
        )
        [(open_material,)] = self.env.cr.fetchall()
        return {"requests": requests, "to_sign": to_sign, "to_deliver": open_hours + open_material}

    def _expected_state(self, facts):
        """The specification of a ticket's billing state: what needs somebody first."""
        found = set()
        for cancelled, error, state, payment, to_send, collected, request_id in facts["requests"]:
            if cancelled:
                continue
            if state is None:
                found.add("failed" if error else "collecting" if collected else "queued")
            elif state == "cancel":
                found.add("failed")
            elif state == "draft":
                found.add("failed" if error else "to_approve")
            elif error:
                found.add("failed")
            elif (payment in ("paid", "in_payment", "reversed") or self._nothing_left(request_id)) and not to_send:
                found.add("paid")
            else:
                found.add("invoiced")  # what is settled already is sent all the same
        if facts["to_sign"]:
            found.add("to_sign")
        if facts["to_deliver"]:
            found.add("to_deliver")
        for state in ("failed", "to_deliver", "to_sign", "queued", "to_approve", "collecting", "invoiced", "paid"):
            if state in found:
                return state
        return "nothing"

    def _nothing_left(self, request_id):
        """Whether all that a request has on an invoice with others is credited, counted in the tables."""
        self.env.cr.execute(
            """
            SELECT bool_and(quantity <= 0) FROM (
                SELECT sum(CASE move.move_type WHEN 'out_refund' THEN -line.quantity ELSE line.quantity END) AS quantity
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                  JOIN ticketing_billing_request request ON request.id = line.billing_request_id
                   AND request.invoice_id IN (move.id, move.reversed_entry_id)
                  JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
                 WHERE request.id = %(id)s
                   AND (SELECT count(DISTINCT other.billing_request_id) FROM account_move_line other
                         WHERE other.move_id = request.invoice_id) > 1
                 GROUP BY rel.order_line_id) net
             WHERE EXISTS (SELECT FROM account_move credit
                             JOIN ticketing_billing_request own ON own.invoice_id = credit.reversed_entry_id
                            WHERE own.id = %(id)s AND credit.state = 'posted')
            """,
            {"id": request_id},
        )
        return self.env.cr.fetchone()[0]

    def _facts(self):
        """Return what a refused step must not have changed."""
        self.env.flush_all()
        invoices = self.tickets.billing_request_ids.invoice_id
        lines = self.tickets.sale_order_id.order_line
        watched = (
            (self.tickets, ["stage_id", "billing_state", "hours", "sale_order_id"]),
            (self.tickets.note_ids, ["state", "content_hash"]),
            (self.tickets.note_ids.line_ids, ["quantity"]),
            (self.tickets.billing_request_ids, ["state", "cancelled", "error", "invoice_id"]),
            (invoices | invoices.reversal_move_ids, ["state", "payment_state", "amount_total"]),
            (self.tickets.timesheet_ids, ["unit_amount", "note_id", "billing_request_id", "so_line", "cover_reason"]),
            (self.contracts.period_ids, ["used_minutes"]),
            (lines, ["product_uom_qty", "discount"]),
            (lines.move_ids, ["state", "quantity", "note_id"]),
        )
        return [records.sorted("id").read(names) for records, names in watched]

    # When everything is billed, what is billed is what was signed

    def finish(self):
        """The accountant works off the queue to its end; nothing is left open, and the sums are right."""
        self.case.customer.zip = "46011"
        accountant = self.case.accountant
        for __ in range(3):
            for request in self._requests("failed"):
                self._try("finish: retry", request.with_user(accountant).action_retry)
            self._requests("collecting").next_try_on = fields.Datetime.now()
            self.case._run_billing()
            for request in self._requests("to_approve"):
                if request.state == "to_approve":  # it may have shared the invoice of the one before
                    request.with_user(accountant).action_approve()
        self.case._run_billing()
        self.signed_notes_are_intact()
        self.billing_state_is_what_the_facts_say()
        for request in self._requests("failed", "queued", "collecting", "to_send", "to_approve"):
            self._check_may_stay_open(request)
        expected = Counter()
        for note in self.signed:
            expected.update(self._expected_of_note(note))
        for request in self.tickets.billing_request_ids.filtered(lambda r: r.kind == "ticket"):
            expected.update(self._expected_of_remote(request))
        assert rounded(self._net(self._all_invoices())) == rounded(expected)
        self.covered_work_costs_nothing(self._all_invoices().filtered(lambda move: move.state == "posted"))
        assert not self.env["ticketing.self.check"]._find_violations(), "the nightly check finds something"
        self.done["finished"] += 1

    def _check_may_stay_open(self, request):
        """Only what a person has to decide may be left, and it says so."""
        assert request.state == "failed" and request.error or request.invoice_id.state == "cancel", (
            request.state,
            request.error,
        )
        if request.kind == "return":
            assert "can be credited once" in request.error or "credit note by hand" in request.error, request.error
        else:
            assert request.invoice_id.state == "cancel", request.error

    def _expected_of_note(self, note):
        request = note.billing_request_ids.filtered(lambda r: not r.cancelled)
        if not request or request.state not in ("sent", "to_send", "paid"):
            return {}
        expected = Counter()
        for line in note.line_ids:
            expected[line.sale_line_id] += line.quantity
        for back in note.line_ids.move_id.returned_move_ids:
            credit = self.env["ticketing.billing.request"].search(
                [("picking_id", "=", back.picking_id.id), ("cancelled", "=", False)]
            )
            if back.state == "done" and not back.note_id and credit.invoice_id.state == "posted":
                expected[back.sale_line_id] -= back.quantity
        return self._less_credited_by_hand(expected, request)

    def _expected_of_remote(self, request):
        if request.state not in ("sent", "to_send", "paid"):
            return {}
        expected = Counter()
        for sheet in request.timesheet_ids:
            expected[sheet.so_line] += sheet.unit_amount
        return self._less_credited_by_hand(expected, request)

    def _less_credited_by_hand(self, expected, request):
        for (source, line), quantity in self.hand_credit.get(request.invoice_id, {}).items():
            if source == request:
                expected[line] -= quantity
        return expected


@tagged("post_install", "-at_install")
class TestInvariants(ContractCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        quants = cls.env["stock.quant"].search([("product_id", "=", cls.valve.id), ("location_id", "=", cls.van.id)])
        cls._stock(cls.valve, START - sum(quants.mapped("quantity")))
        set_up_unit(cls)
        cls.contact.email = False  # nothing is mailed: its rendering would take most of the time

    def test_the_chain_in_any_order(self):
        """Random sequences; HELPDESK_FULL takes twenty times as many, and other ones each time."""
        Chain.done.clear()
        Chain.refused.clear()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=FULL == 1,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # shorter failures would take longer to find than they are to read
        )
        @given(st.integers(min_value=0, max_value=2**32))
        def play(seed):
            dice = random.Random(seed)
            depth = dice.randrange(7)
            chain = Chain(self, bill_covered=dice.random() < 0.3, depth=depth, collect=dice.random() < 0.5)
            try:
                chain.holds()
                for __ in range(dice.randrange(12, 30)):
                    chain.play(dice)
                chain.finish()
            finally:
                chain.close()

        play()
        if "HELPDESK_EXAMPLES" not in os.environ:
            idle = {"return_signed", "credit_in_full", "bill_again", "pay", "sign", "refuse", "reverse_and_replace"}
            idle |= {"month_end", "invoice_now", "bill_apart"}
            idle |= {"make_contract", "change_contract", "move_day", "decide_by_hand", "decide_again", "say_unit"}
            self.assertFalse(idle - Chain.done.keys(), f"steps that no sequence reached; refused: {Chain.refused}")
