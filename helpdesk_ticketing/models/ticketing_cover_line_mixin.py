from odoo import fields, models
from odoo.exceptions import AccessError, UserError

COVER_KINDS = [
    ("contract", "In the Contract"),
    ("warranty", "Warranty"),
    ("exhausted", "Used Up"),
    ("excluded", "Excluded Cause"),
    ("not_included", "Not Included"),
    ("outside", "Outside the Contract's Dates"),
    ("call_out", "Call-out Fee"),
    ("manual", "Decided by Hand"),
]
COVERED_KINDS = ("contract", "warranty")
DECISION_FIELDS = {"covered", "cover_reason"}
STEP_FIELDS = {"cover_kind", "cover_contract_id", "split_id"}


class TicketingCoverLineMixin(models.AbstractModel):
    """Work of a ticket that its customer pays or does not pay: by which contract or warranty, and why.

    The decision is made when the work is recorded and again when something changes on which it depends, as long as
    nobody has it before him to sign. What a manager decides by hand stays.
    """

    _name = "ticketing.cover.line.mixin"
    _description = "Covered or Billed"

    cover_kind = fields.Selection(COVER_KINDS, "Coverage", readonly=True, copy=False)
    cover_contract_id = fields.Many2one(
        "ticketing.contract", "Contract", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    # Deciding is done as superuser, so that nobody gets it by a context of his own.

    def _as_deciding(self):
        return self.sudo().with_context(ticketing_deciding=True)  # whoever records work, has it decided

    def _is_deciding(self):
        return self.env.su and self.env.context.get("ticketing_deciding")

    def _check_cover_steps(self, *vals_list):
        """Refuse a decision that somebody types in past its reason.

        :raises AccessError: not one of the steps, which run as superuser
        """
        typed = {name for vals in vals_list for name in STEP_FIELDS & vals.keys() if vals[name] or self}
        if typed and not self.env.su:
            raise AccessError(
                self.env._("What is covered follows from the contract; you can't set: %s", ", ".join(sorted(typed)))
            )

    def _is_by_hand(self):
        """What was covered before there were contracts was decided by hand."""
        self.ensure_one()
        return self.cover_kind == "manual" or (self.covered and not self.cover_kind)

    def _get_manual_values(self, vals):
        """Return the values of a manager's decision.

        :raises UserError: what the contract says is changed without a reason
        """
        if not DECISION_FIELDS & vals.keys():
            return vals
        if "covered" in vals and not (vals.get("cover_reason") or "").strip():
            if any(line.cover_kind and line.covered != bool(vals["covered"]) for line in self):
                raise UserError(self.env._("Say why you decide otherwise: the customer reads it."))
        return {**vals, "cover_kind": "manual", "cover_contract_id": False}

    def _log_manual(self):
        """Keep in the ticket's history who decided what, and why."""
        for ticket, lines in self.grouped("ticket_id").items():
            told = [line._say_manual() for line in lines]
            ticket._message_log(body="\n".join(told))

    def _say_manual(self):
        self.ensure_one()
        values = {"work": self._get_work_name(), "reason": self.cover_reason or ""}
        if self.covered:
            return self.env._("Decided by hand: %(work)s is covered. %(reason)s", **values)
        return self.env._("Decided by hand: %(work)s is billed. %(reason)s", **values)

    def action_decide_again(self):
        """Take a decision by hand back: contract and warranty decide.

        :raises AccessError: the user is no manager of the desk
        """
        self.check_access("write")
        if not self.env.user.has_group("helpdesk_ticketing.group_manager") and not self.env.su:
            raise AccessError(self.env._("Only a helpdesk manager may decide that work is covered."))
        self._check_open()
        lines = self._as_deciding()
        lines.write({"covered": False, "cover_kind": False, "cover_contract_id": False, "cover_reason": False})
        lines._decide_coverage()
        return True

    def _check_open(self):
        if len(self._filter_open()) < len(self):
            raise UserError(self.env._("This work is signed for, or billed: what is covered of it stays."))

    def _get_decision(self, kind, contract, day, warranty=False, product=False):
        """Return the values of a line's decision, its reason in the customer's language.

        :param kind: of ``COVER_KINDS``; False if there is nothing to say
        :param warranty: the day on which the unit's warranty ends
        """
        self.ensure_one()
        ticket = self.ticket_id
        lang = ticket.partner_id.lang or self.env.lang
        if kind == "warranty":
            reason = ticket.with_context(lang=lang)._say_warranty(warranty)
        elif kind:
            reason = contract.with_context(lang=lang)._say_why(
                kind, day, product, ticket.cause_id.with_context(lang=lang)
            )
        else:
            reason = False
        return {
            "covered": kind in COVERED_KINDS,
            "cover_kind": kind,
            "cover_contract_id": contract.id if kind and kind != "warranty" else False,
            "cover_reason": reason,
        }

    def _write_decisions(self, decisions):
        """Write {line: values} where they differ: those of the same decision in one go."""
        same = {}
        for line, values in decisions.items():
            changed = {
                name: value
                for name, value in values.items()
                if line._fields[name].convert_to_write(line[name], line) != value
            }
            if changed:
                same.setdefault(tuple(sorted(changed.items())), []).append(line.id)
        for values, ids in same.items():
            self.browse(ids).write(dict(values))
