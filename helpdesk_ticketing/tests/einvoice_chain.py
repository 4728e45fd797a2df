"""The specifications of `einvoice_cases` taken through the whole chain: ticket, order, delivery note, invoice.

`Story` is one of them under way. What the chain cannot express (sections, returns within an invoice) is told by
`is_for_the_chain`.
"""

import dataclasses

from odoo import Command

from . import einvoice_cases as einvoice

# Given in turn, so that each feature meets each format in the long run.
FORMATS = ("ubl_bis3", "facturx", "es_facturae")


def is_for_the_chain(spec):
    """Whether hours and material can express it: no sections, nothing negative, nothing unused."""
    return all(line.kind != "note" and line.quantity > 0 for line in spec.lines)


def choose(specs, count):
    """A varied selection of the specifications, the same in each run: so many of each kind in turn."""
    kinds = {}
    for spec in filter(is_for_the_chain, specs):
        kinds.setdefault(spec.key.split("-")[0], []).append(spec)
    chosen = []
    while len(chosen) < count and any(kinds.values()):
        for kind in kinds.values():
            if kind:
                # From both ends: the last ones of a kind are unlike the first.
                chosen.append(kind.pop(0 if len(kind) % 2 else -1))
    return chosen[:count]


@dataclasses.dataclass
class Story:
    """One specification on its way, and what has come of it."""

    spec: einvoice.Invoice
    file_format: str
    ticket: object = None
    note: object = None

    @property
    def request(self):
        return self.note.billing_request_ids.filtered(lambda request: request.kind == "note")

    @property
    def invoice(self):
        return self.request.invoice_id


def formats_for(env, party):
    """The formats in which this customer can be invoiced."""
    fit = [file_format for file_format in FORMATS if file_format in einvoice_formats(env)]
    if not party.vat or party.vat == "/":
        fit = [file_format for file_format in fit if file_format != "es_facturae"]
    if party.company is False and not party.vat and not party.endpoint:
        fit = [file_format for file_format in fit if file_format != "ubl_bis3"]
    return fit


def einvoice_formats(env):
    return dict(env["res.partner"]._fields["invoice_edi_format"]._description_selection(env))


def product_of(env, line):
    """A product of the line's kind, unit and tax, so that the customer's fiscal position maps the tax."""
    code = f"chain-{line.kind}-{line.unit}-{line.tax}"
    product = env["product.product"].search([("default_code", "=", code)], limit=1)
    kind = {"type": "service", "service_policy": "delivered_timesheet"} if line.kind == "labour" else {"type": "consu"}
    return product or env["product.product"].create(
        {
            "name": "Hora de técnico" if line.kind == "labour" else "Material",
            "default_code": code,
            "uom_id": env.ref(einvoice.UNITS[line.unit]).id,
            "invoice_policy": "delivery",
            "taxes_id": [Command.set(einvoice.tax_of(env, line).ids)],
            "list_price": 1.0,
            **kind,
        }
    )


def customer_of(case, story):
    """The customer: one record for each format and currency, with the pricelist and fiscal position he needs."""
    env, spec = case.env, story.spec
    key = (spec.customer, story.file_format, spec.currency)
    if key in case.customers:
        return case.customers[key]
    currency = env["res.currency"].search([("name", "=", spec.currency)])
    pricelist = env["product.pricelist"].search([("currency_id", "=", currency.id)], limit=1)
    pricelist = pricelist or env["product.pricelist"].create({"name": currency.name, "currency_id": currency.id})
    model = einvoice.partner_of(env, spec.customer)
    partner = model.copy({"name": model.name})
    for child in model.child_ids:
        child.copy({"name": child.name, "parent_id": partner.id})
    values = {"invoice_edi_format": story.file_format, "specific_property_product_pricelist": pricelist.id}
    values |= {"peppol_eas": model.peppol_eas, "peppol_endpoint": model.peppol_endpoint}
    if spec.customer.position:
        values["property_account_position_id"] = einvoice.fiscal_position_of(env, spec.customer, partner).id
    partner.write(values)
    case.customers[key] = partner
    return partner


def lines_of(spec):
    """The lines as the chain sells them: one price for hours (and one for covered ones), the rest as material."""
    found = {}
    for line in spec.lines:
        if line.kind == "labour" and (line.covered not in found) and line.tax == spec.lines[0].tax:
            found[line.covered] = line
            yield line
        elif line.kind == "labour":
            yield dataclasses.replace(line, kind="material", unit="unit")
        else:
            yield line


def work(case, story):
    """Hours and material on a ticket, then priced by the salesman: prices and discounts are no technician's."""
    env, spec = case.env, story.spec
    partner = customer_of(case, story)
    story.ticket = ticket = case._create_ticket(
        name=f"Case {spec.key}", partner_id=partner.id, customer_reference=f"REF {spec.key}"[:20]
    )
    for line in lines_of(spec):
        product = product_of(env, line)
        if line.kind == "labour":
            ticket.team_id.labour_product_id = product
            covered = {"covered": True, "cover_reason": "Contrato"} if line.covered else {}
            case._add_hours(ticket, line.quantity, user=case.manager, name=line.name, **covered)
            order_line = ticket.covered_labour_line_id if line.covered else ticket.labour_line_id
        else:
            order_line = case._add_material(ticket, product, line.quantity, name=line.name).sudo()
            if line.covered:
                order_line.write({"covered": True, "cover_reason": "Contrato"})
        order_line.write({"price_unit": line.price} | ({} if line.covered else {"discount": line.discount}))
    order = ticket.sale_order_id
    if spec.term:
        order.payment_term_id = env.ref(spec.term)
    order.note = spec.narration or False
    return story
