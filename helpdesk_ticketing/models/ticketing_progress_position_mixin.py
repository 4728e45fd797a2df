from odoo import models
from odoo.exceptions import UserError

from ..tools.progress import add, get_line, get_percent, get_share


class TicketingProgressPositionMixin(models.AbstractModel):
    """What a plan's next certificate says: completed to date, less what was certified before, less what is held back."""

    _name = "ticketing.progress.position.mixin"
    _description = "Billing Plan: Positions of a Certificate"

    # What counts already

    def _get_certified(self):
        """Return {(order line id, milestone id or False): (amount, retention)} of the certificates that count."""
        rows = self.env["ticketing.delivery.note.line"]._read_group(
            self._get_certified_domain(),
            ["sale_line_id", "milestone_id"],
            ["amount:sum", "retention_amount:sum"],
        )
        return {(line.id, milestone.id): (amount, retention) for line, milestone, amount, retention in rows}

    def _get_held(self):
        """Return {(order line id, payer): amount} of what is held back and not released."""
        self.ensure_one()
        certified = self.env["ticketing.delivery.note.line"]._read_group(
            self._get_certified_domain(), ["sale_line_id", "payer"], ["retention_amount:sum"]
        )
        held = {(line.id, payer): amount for line, payer, amount in certified}
        released = self.env["ticketing.retention.release.line"]._read_group(
            [
                ("release_id.plan_id", "=", self.id),
                ("release_id.is_live", "=", True),
                ("sale_line_id.is_downpayment", "=", False),
            ],
            ["sale_line_id", "payer"],
            ["amount:sum"],
        )
        for line, payer, amount in released:
            held[line.id, payer] = held.get((line.id, payer), 0.0) - amount
        return {key: self.currency_id.round(amount) for key, amount in held.items()}

    def _check_held(self):
        """Refuse to count again what would release more than is held back.

        :raises UserError: says of what
        """
        for plan in self:
            lines = plan.sale_line_ids.grouped("id")
            for (line_id, __), amount in plan._get_held().items():
                if amount * lines[line_id].price_subtotal < 0:
                    raise UserError(
                        self.env._(
                            "More than was held back of %s would be released: give up its release first.",
                            lines[line_id]._get_progress_title(),
                        )
                    )

    def _check_given_back(self):
        """Refuse to give up what later certificates have given back, or what one starts from that is being signed.

        :raises UserError: says what to do first
        """
        for plan in self:
            if waiting := plan.certificate_ids.filtered(lambda note: note.state == "ready"):
                raise UserError(
                    self.env._(
                        "%s waits for its signature and says what was certified before: take it back to draft first.",
                        ", ".join(waiting.mapped("name")),
                    )
                )
            lines = plan.sale_line_ids.grouped("id")
            deposits = self.env["sale.order.line"].browse([line.id for line in plan._get_deposits()])
            sums = [amount * lines[line].price_subtotal for (line, __), (amount, __) in plan._get_certified().items()]
            if min([*sums, *plan._get_deducted(deposits).values()], default=0.0) < 0:
                raise UserError(
                    self.env._("Later certificates of %s give back what this one bills: give them up first.", plan.name)
                )

    def _get_certified_domain(self):
        return [("note_id.plan_id", "in", self.ids), ("note_id.is_certified", "=", True), ("kind", "=", "progress")]

    def _get_last_percent(self):
        """Return the completion (%) that the last certificate which counts has certified."""
        self.ensure_one()
        last = self.certificate_ids.filtered("is_certified").sorted("certificate_number")[-1:]
        return last.percent_to_date

    # The lines of a certificate

    def _prepare_certificate_lines(self, note):
        """Return the values of the lines of a certificate that is made now.

        :param note: the draft, with its payer and, for completion, its percentage to date
        """
        self.ensure_one()
        certified, held = self._get_certified(), self._get_held()
        positions = (
            self._get_completion_positions(note) if self.method == "completion" else self._get_milestone_positions(note)
        )
        rows = []
        for position in positions:
            purse = (position["sale_line"].id, note.payer)  # milestones of a line share what is held back of it
            left = held.get(purse, 0.0)
            values = self._prepare_position(position, certified.get((purse[0], position["milestone"].id)), left)
            if values:
                held[purse] = add([left, values["retention_amount"]], self.currency_id.rounding)
                rows.append(values)
        return rows + self._prepare_deposit_lines(note, rows, certified)

    def _get_milestone_positions(self, note):
        """Return what is due of the milestones that this payer pays and that stand on no other open certificate."""
        taken = self.certificate_ids.filtered(lambda other: other.state in ("draft", "ready") and other != note)
        milestones = self.milestone_ids.filtered(lambda milestone: milestone.payer == note.payer)
        return [
            {
                "sale_line": milestone.sale_line_id,
                "milestone": milestone,
                "name": milestone.name,
                "total": milestone.amount,
                "points": milestone.percentage,
                "percent": 100.0 if milestone.is_reached else 0.0,
                "retention_percent": milestone.retention_percent,
            }
            for milestone in milestones - taken.line_ids.milestone_id
        ]

    def _get_completion_positions(self, note):
        return [
            {
                "sale_line": line,
                "milestone": self.env["project.milestone"],
                "name": line._get_progress_title(),
                "total": line.price_subtotal,
                "points": 100.0,
                "percent": note.percent_to_date,
                "retention_percent": self.retention_percent,
            }
            for line in self.sale_line_ids
        ]

    def _prepare_position(self, position, before, held):
        """Return the values of a line, None where nothing changes.

        :param before: (amount, retention) that earlier certificates have, None if it stands on none of them
        :param held: what is held back of the order line: no more can be given back with the work
        """
        step = self.currency_id.rounding
        line, total = position["sale_line"], position["total"]
        stands, before = before is not None, before or (0.0, 0.0)
        to_date = get_share(total, position["percent"], step)
        amount = add([to_date, -before[0]], step)
        if not amount and (stands or not position["percent"]):
            return None
        retention = add([get_share(to_date, position["retention_percent"], step), -before[1]], step)
        if retention * total < 0:
            retention = max(retention, -held) if total > 0 else min(retention, -held)
            retention = retention if retention * total < 0 else 0.0
        points = get_percent(before[0], total) if before[0] or total else 0.0
        quantity, price = get_line(amount, (position["percent"] - points) * position["points"] / 100)
        return {
            "kind": "progress",
            "sale_line_id": line.id,
            "milestone_id": position["milestone"].id,
            "name": position["name"],
            "quantity": quantity,
            "price_unit": price,
            "uom_id": line.product_uom_id.id,
            "tax_names": ", ".join(line.tax_ids.mapped("name")),
            "amount_total": total,
            "amount_before": before[0],
            "amount": amount,
            "percent_to_date": position["percent"],
            "retention_amount": retention,
        }

    # Making one

    def action_certify(self):
        """Make the draft certificates of what is due, one for each payer, and show them.

        :raises UserError: nothing is due, or another certificate is open
        """
        self.check_access("write")
        notes = self.env["ticketing.delivery.note"]
        for plan in self.sudo():  # checked above; a project manager may certify without the helpdesk's rights on notes
            plan._lock()
            plan._check_running()
            notes |= plan._make_certificates()
        if not notes:
            raise UserError(self._explain_nothing_due())
        return notes._open_certificates()

    def _make_certificates(self):
        """Return new drafts for the payers for whom something is due and no certificate is open."""
        self.ensure_one()
        Note = self.env["ticketing.delivery.note"]
        made = Note
        self.certificate_ids.flush_recordset(
            ["state"]
        )  # of one that was cancelled a moment ago, before the next is inserted
        payers = set(self.milestone_ids.mapped("payer")) if self.method == "milestone" else {self.payer}
        busy = self.certificate_ids.filtered(lambda note: note.state in ("draft", "ready")).mapped("payer")
        for payer in sorted(payers - set(busy)):
            note = Note._make_certificate(self, payer)
            if note.line_ids.filtered(lambda line: line.kind == "progress"):
                made |= note
            elif self.method == "milestone":
                note.unlink()
            else:
                made |= note  # somebody may say the percentage by hand
        return made

    def _explain_nothing_due(self):
        if open_notes := self.certificate_ids.filtered(lambda note: note.state in ("draft", "ready")):
            return self.env._(
                "%s waits for its signature: have it accepted or cancel it first.", ", ".join(open_notes.mapped("name"))
            )
        return self.env._("Nothing is due: mark a milestone as reached first; none was since the last certificate.")

    # Completion

    def _get_completion(self):
        """Return the percentage of the project that is completed, as the plan counts it, with two decimals."""
        self.ensure_one()
        project = self.project_id.sudo()  # a number about its tasks, whoever may see these
        if self.completion_source == "tasks":
            tasks = project.task_ids.filtered(lambda task: not task.parent_id and task.state != "1_canceled")
            return get_percent(len(tasks.filtered(lambda task: task.state == "1_done")), len(tasks)) if tasks else 0.0
        if self.completion_source == "hours":
            planned = project.allocated_hours or sum(project.task_ids.mapped("allocated_hours"))
            spent = sum(project.timesheet_ids.mapped("unit_amount"))
            return min(get_percent(spent, planned), 100.0) if planned else 0.0
        return self._get_last_percent()

    # Retention

    def action_release(self):
        """Release what is held back now, before its day."""
        self.check_access("write")
        for plan in self.sudo():  # checked above; the queue is nobody's to write
            plan._lock()
            if not plan._release_retention():
                raise UserError(self.env._("Nothing is held back of %s: there is nothing to release.", plan.name))
        return True

    def _release_retention(self):
        """Queue what is held back for billing, less what is left of deposits; return the releases, none if nothing is."""
        self.ensure_one()
        return self.env["ticketing.retention.release"]._release(self, self._prepare_release())

    def _prepare_release(self):
        """Return {(order line id, payer): amount} of what is held back; negative ones deduct deposits."""
        held = self._get_held()
        for line in self.certificate_ids.filtered(lambda note: note.state == "ready").line_ids:
            if line.retention_amount * line.amount_total < 0:  # is about to be given back
                key = (line.sale_line_id.id, line.payer)
                held[key] = add([held.get(key, 0.0), line.retention_amount], self.currency_id.rounding)
        held = {key: amount for key, amount in held.items() if amount}
        to_date = [(key, amount) for key, (amount, __) in self._get_certified().items()] if held else []
        for payer in sorted({whose for __, whose in held}):
            due = self._sum_by_tax({line: [amount] for (line, whose), amount in held.items() if whose == payer})
            percent = self._get_payer_percent(payer, to_date)
            for line, __, __, part in self._get_deductions(payer, due, percent, {}):
                held[line.id, payer] = -part
        return held
