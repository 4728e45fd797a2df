from odoo import api, models


class TicketingCoverMaterialMixin(models.AbstractModel):
    """Material of a ticket: covered or billed."""

    _name = "ticketing.cover.material.mixin"
    _description = "Material: Covered or Billed"
    _inherit = ["ticketing.cover.line.mixin"]

    def _get_work_name(self):
        return self.product_id.display_name

    def _filter_open(self):
        """Return the lines that nobody has before him to sign."""
        return self - self._get_frozen_lines()

    @api.model
    def _get_frozen_lines(self):
        lines = self.env["ticketing.delivery.note.line"].sudo()  # whoever records material need not see all notes
        found = lines.search_fetch(
            [("sale_line_id", "in", self.ids), ("note_id.state", "in", ("ready", "signed"))], ["sale_line_id"]
        )
        return self & found.sale_line_id.with_env(self.env)

    def _filter_decidable(self):
        return self.filtered(
            lambda line: (
                line.ticket_id
                and line.product_id.type == "consu"
                and line.cover_kind != "call_out"
                and not line._is_by_hand()
            )
        )

    def _decide_coverage(self):
        """Decide again what contract and warranty say of this material, where nobody has it before him to sign."""
        if not self or not self.env["ticketing.contract"]._decides_coverage():
            return
        lines = self._as_deciding()._filter_decidable()._filter_open()
        warranties = lines.ticket_id._get_warranties()
        lines._write_decisions({line: line._judge(warranties.get(line.ticket_id)) for line in lines})

    def _judge(self, warranty):
        self.ensure_one()
        ticket, contract = self.ticket_id, self.ticket_id.contract_id
        day = ticket.company_id._get_ticketing_day(self.create_date)
        if warranty:
            kind = "warranty"
        else:
            kind = contract and contract._judge_material(self.product_id, ticket.lot_id, day, ticket.cause_id)
        return self._get_decision(kind or False, contract, day, warranty, self.product_id)
