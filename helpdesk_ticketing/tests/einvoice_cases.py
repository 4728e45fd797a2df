"""Invoices of every sort that a service company in Spain makes: the same ones in each run.

`cases()` returns the specifications, made without a database. `prepare(env)` makes the company fit to
send electronic invoices; `make_invoice(env, spec)` turns one specification into a draft invoice. What is
sold (`Line`) knows nothing of how it is invoiced, so that the same lines can go through orders and
delivery notes.
"""

import base64
import dataclasses
import datetime
import random
from datetime import date

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from odoo import Command

TODAY = date(2025, 3, 14)
PRICE_DIGITS = 6


# -- specifications ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Party:
    """A customer. `position` is the fiscal position when it isn't the one found from the address."""

    name: str
    country: str
    vat: str = ""
    company: bool = True
    street: str = "Calle Mayor, 1"
    zip: str = "28013"
    city: str = "Madrid"
    state: str = ""
    lang: str = "es_ES"
    reference: str = ""
    eas: str = ""
    endpoint: str = ""
    phone: str = "+34 910 000 000"
    position: str = ""
    delivery: "Party | None" = None

    @property
    def taxed(self):
        """Whether our own country's taxes apply to what is sold to them."""
        return not self.position and (self.country == "ES" or (self.country in EU and not self.vat))


@dataclasses.dataclass(frozen=True)
class Line:
    """What was done or used. `tax` is a key of `TAXES`; the customer's fiscal position may change it."""

    kind: str  # labour, material or note
    name: str
    quantity: float = 1.0
    price: float = 0.0
    tax: str = "21"
    discount: float = 0.0
    covered: bool = False
    unit: str = "hour"
    code: str = ""


@dataclasses.dataclass(frozen=True)
class Invoice:
    key: str
    customer: Party
    lines: tuple[Line, ...]
    currency: str = "EUR"
    term: str = ""
    narration: str = ""
    credit_note: bool = False
    kept_lines: int = 0  # of a credit note: how many of its lines are returned; 0 for all


EU = ("FR", "DE", "PT", "IT", "GR")
# Units of one euro on TODAY.
CURRENCIES = {"EUR": 1.0, "USD": 1.0837, "GBP": 0.83915, "JPY": 161.27}
# Rate, Spanish type, reason of exemption, category and reason codes of EN 16931 that must be on the invoice.
TAXES = {
    "21": (21.0, "sujeto", "", "S", ""),
    "10": (10.0, "sujeto", "", "S", ""),
    "4": (4.0, "sujeto", "", "S", ""),
    "0": (0.0, "sujeto", "", "Z", ""),
    "exempt": (0.0, "exento", "E1", "E", "VATEX-EU-132"),
    "exempt_other": (0.0, "exento", "E6", "E", "VATEX-EU-132"),
    "reverse": (0.0, "sujeto_isp", "", "AE", "VATEX-EU-AE"),
    "export": (0.0, "exento", "E2", "G", "VATEX-EU-G"),
}
UNITS = {
    "hour": "uom.product_uom_hour",
    "day": "uom.product_uom_day",
    "unit": "uom.product_uom_unit",
    "kg": "uom.product_uom_kgm",
    "metre": "uom.product_uom_meter",
    "dozen": "uom.product_uom_dozen",
}

LONG_NAME = ("Comunidad de Propietarios de los Edificios de la Avenida de la Constitución Española " * 4)[:300]
BENCH = Party("Taller Náutico del Sur, S.L.", "ES", "ESB12345005", reference="PO-2025/0071")
PERSON = Party("María José García Ñúñez", "ES", "ES12345678Z", company=False, phone="")
COUNCIL = Party(
    "Ayuntamiento de Villar", "ES", "ESP29000007", zip="29001", city="Málaga", state="MA", reference="L0129"
)
PLANT = Party("Naves 7 y 8", "ES", zip="46024", city="Valencia", street="Muelle de Poniente s/n", state="V")
GROUP = Party("Grupo Logístico Levante, S.A.", "ES", "ESA00000018", reference="CECO 4410", delivery=PLANT)
FRENCH = Party("Établissements Lefèvre & Fils", "FR", "FR88100000009", zip="75002", city="Paris", lang="en_US")
GERMAN = Party("Müller & Söhne GmbH", "DE", "DE111111117", zip="10115", city="Berlin", lang="en_US", reference="4711")
PORTUGUESE = Party("Serviços Técnicos do Tejo, Lda.", "PT", "PT500000000", zip="1100-148", city="Lisboa")
ITALIAN = Party("Officina Rossi S.r.l.", "IT", "IT00000010017", zip="20121", city="Milano", lang="en_US")
AMERICAN = Party(
    "O'Brien & Daughters <Marine> Inc.",
    "US",
    zip="94538",
    city="Fremont",
    vat="98-7654321",
    eas="9959",
    endpoint="987654321",
    lang="en_US",
    reference="REQ #12",
)
TOURIST = Party(
    "Camille Dupont", "FR", company=False, zip="13002", city="Marseille", eas="0225", endpoint="camille.dupont"
)
CANARIAN = Party(
    "Hoteles de Arona, S.A.", "ES", "ESA35000017", zip="38640", city="Arona", state="TF", position="export"
)
CEUTAN = Party("Almacenes Ceuta, S.A.", "ES", "ESA51000016", zip="51001", city="Ceuta", state="CE", position="export")
BUILDER = Party("Construcciones Júcar, S.L.", "ES", "ESB46000006", zip="46001", city="Valencia", position="reverse")
CHINESE = Party(
    "上海海洋技术服务有限公司",
    "CN",
    zip="200000",
    city="上海",
    street="中山东一路 1号",
    eas="0060",
    endpoint="150483782",
)
GREEK = Party(
    "Ναυτιλιακή Τεχνική Α.Ε.",
    "GR",
    "EL090000008",
    zip="185 31",
    city="Πειραιάς",
    street="Ακτή Μιαούλη 1",
    eas="9933",
    endpoint="EL090000008",
)
ARABIC = Party("شركة الخدمات التقنية", "MA", zip="20000", city="الدار البيضاء", eas="0060", endpoint="150483790")
EMOJI = Party("Café 🚀 Ñandú 👩‍🔧 S.L. \u200b\u2028", "ES", "ESB76543008")
SPECIAL = Party(
    "\"Tuercas & Tornillos\" <S.L.> '2000' ]]>", "ES", "ESB12345005", street="C/ ½ <b>&amp;</b> º ª", reference="<&>"
)
LONG = Party(LONG_NAME, "ES", "ESA00000018", street="Avenida " * 20, city="Villanueva " * 8)
JAPANESE = Party("日本海洋サービス株式会社", "JP", zip="100-0001", city="東京", eas="0060", endpoint="150483808")
BRITISH = Party("Harbour & Sons Ltd", "GB", "GB100000034", zip="EC1A 1BB", city="London", lang="en_US")

CUSTOMERS = {
    "company": BENCH,
    "person": PERSON,
    "council": COUNCIL,
    "delivery": GROUP,
    "french": FRENCH,
    "german": GERMAN,
    "portuguese": PORTUGUESE,
    "italian": ITALIAN,
    "american": AMERICAN,
    "tourist": TOURIST,
    "canarian": CANARIAN,
    "ceutan": CEUTAN,
    "builder": BUILDER,
    "chinese": CHINESE,
    "greek": GREEK,
    "arabic": ARABIC,
    "emoji": EMOJI,
    "special": SPECIAL,
    "long": LONG,
    "japanese": JAPANESE,
    "british": BRITISH,
}


def labour(quantity, price, tax="21", **values):
    return Line("labour", values.pop("name", "Mano de obra"), quantity, price, tax, **values)


def material(quantity, price, tax="21", **values):
    values.setdefault("unit", "unit")
    return Line("material", values.pop("name", "Rodamiento 6204-2RS"), quantity, price, tax, **values)


def covered(line):
    """Free for the customer under his contract: the price and the tax stay, the discount takes all of it."""
    return dataclasses.replace(line, covered=True, discount=100.0)


# -- the cases ---------------------------------------------------------------------------------------


def cases():
    """The specifications, one key each."""
    specs = [
        *_taxes_and_quantities(),
        *_customers(),
        *_currencies(),
        *_discounts_and_coverage(),
        *_texts(),
        *_terms(),
        *_random_ones(110),
    ]
    assert len({spec.key for spec in specs}) == len(specs) >= 200
    return specs


def _taxes_and_quantities():
    for tax in ("21", "10", "4", "0", "exempt", "exempt_other"):
        yield Invoice(f"tax-{tax}", BENCH, (labour(1.25, 48, tax), material(3, 19.99, tax)))
    yield Invoice("tax-all", BENCH, tuple(labour(1, 10.05, tax) for tax in ("21", "10", "4", "0", "exempt")))
    yield Invoice("tax-two-exempt", BENCH, (labour(1, 10, "exempt"), labour(2, 20, "exempt_other"), labour(1, 30)))
    quantities = (0.01, 0.25, 0.33, 1.25, 7.75, 33.33, 999.99, 12345.67)
    for index, quantity in enumerate(quantities):
        for price in (0.01, 45.0, 123.456789):
            yield Invoice(f"quantity-{quantity}-{price}", (BENCH, PERSON, GROUP)[index % 3], (labour(quantity, price),))
    for price in (0.000123, 0.005, 0.333333, 19.999999, 1234567.891234):
        yield Invoice(f"price-{price}", BENCH, (material(3, price), material(7, price, "10"), labour(0.33, price)))
    # Where rounding each line and rounding the sum part ways.
    for count in (3, 10, 33):
        yield Invoice(f"cents-{count}", BENCH, tuple(material(1, 0.335, name=f"Arandela {n}") for n in range(count)))
        mixed = tuple(labour(0.33, 1.115, ("21", "10", "4")[n % 3], discount=3.33) for n in range(count))
        yield Invoice(f"cents-mixed-{count}", PERSON, mixed)
    yield Invoice("return-in-invoice", BENCH, (material(5, 20), material(-2, 20, name="Devolución de casquillos")))
    yield Invoice("nothing-used", BENCH, (labour(1, 45), material(0, 12.5)))
    yield Invoice("every-unit", BENCH, tuple(material(2.5, 3.2, unit=unit) for unit in UNITS))


def _customers():
    for key, customer in CUSTOMERS.items():
        lines = (labour(2.5, 52.3), material(4, 7.35, code="CAS-10"))
        if customer.taxed:
            lines += (material(1, 99.9, "10"),)
        yield Invoice(f"customer-{key}", customer, lines)
        yield Invoice(f"customer-{key}-credit", customer, lines, credit_note=True)
        yield Invoice(f"customer-{key}-covered", customer, (covered(labour(1, 52.3)), material(2, 7.35, discount=12.5)))


def _currencies():
    for currency in CURRENCIES:
        for customer in (BENCH, GERMAN, AMERICAN):
            lines = (labour(1.25, 5025), material(3, 1234.56))
            for credit_note in (False, True):
                key = f"currency-{currency}-{customer.country}{'-credit' if credit_note else ''}"
                yield Invoice(key, customer, lines, currency=currency, credit_note=credit_note)
    yield Invoice(
        "currency-USD-taxes", BENCH, tuple(labour(0.33, 33.33, tax) for tax in TAXES if tax[0] in "214"), "USD"
    )


def _discounts_and_coverage():
    for discount in (0.01, 5, 12.5, 33.33, 99.99):
        lines = (labour(1.33, 47.77, discount=discount), material(7, 3.333333, "10", discount=discount))
        yield Invoice(f"discount-{discount}", BENCH, lines)
        yield Invoice(f"discount-{discount}-credit", BENCH, lines, credit_note=True)
    for tax in ("21", "10", "4", "0", "exempt"):
        yield Invoice(f"covered-{tax}", BENCH, (covered(labour(3, 45, tax)), labour(1, 45)))
    yield Invoice("covered-all", BENCH, (covered(labour(3, 45)), covered(material(2, 9.99))))
    yield Invoice("covered-all-taxes", BENCH, tuple(covered(labour(1, 45, tax)) for tax in ("21", "10", "4", "0")))
    yield Invoice("covered-all-german", GERMAN, (covered(labour(3, 45)),))
    yield Invoice("covered-all-american", AMERICAN, (covered(labour(3, 45)),))
    yield Invoice("covered-credit", BENCH, (covered(labour(3, 45)), material(2, 9.99)), credit_note=True)


def _texts():
    names = {
        "chinese": "更换轴承",
        "arabic": "استبدال المحمل",
        "greek": "Αντικατάσταση ρουλεμάν",
        "emoji": "Cambio de rodamiento 🔧👍🏽",
        "xml": "Cable <2,5 mm²> & \"conector\" 'rojo' ]]> <!-- -->",
        "long": "Sustitución del rodamiento del eje de la bomba. " * 40,
        "lines": "Sustitución de la bomba\n\tPiezas:\n - junta\n - rodete\n\nTiempo: 1:15 h",
        "control": "Texto copiado\x0bde otro programa\x01",
        "spaces": "  \u00a0 espacios \u2003 ",
    }
    for key, name in names.items():
        yield Invoice(f"text-{key}", BENCH, (labour(1, 45, name=name), material(1, 9, name=name)))
        yield Invoice(
            f"text-{key}-narration", PERSON, (labour(1, 45, name=name),), narration=f"<p>{key}: {key * 60}</p>"
        )
    sections = (Line("note", "Visita del 3 de marzo"), labour(1, 45), Line("note", "Garantía: 6 meses"), material(1, 9))
    yield Invoice("text-notes", BENCH, sections, narration="<p>Gracias; <b>30 días</b>;&nbsp;&amp; saludos</p>")


def _terms():
    for term in ("account.account_payment_term_30days", "account.account_payment_term_advance_60days"):
        for customer in (BENCH, COUNCIL, FRENCH):
            yield Invoice(
                f"term-{term[-6:]}-{customer.country}-{customer.zip}", customer, (labour(7, 61.37),), term=term
            )
    early = "account.account_payment_term_30_days_end_month_the_10"
    yield Invoice("term-end-month", PERSON, (labour(2, 45.5), material(1, 3, "10")), term=early)
    lines = (labour(2, 45.5), labour(1, 100, "10"))
    yield Invoice("term-early-discount", BENCH, lines, term="account.account_payment_term_30days_early_discount")


def _random_ones(count):
    """Whatever the lists above did not think of; the same in each run."""
    dice = random.Random(16931)
    domestic = ("21", "21", "21", "10", "4", "0", "exempt")
    for number in range(count):
        customer = dice.choice(list(CUSTOMERS.values()))
        currency = dice.choice(("EUR",) * 6 + tuple(CURRENCIES))
        lines = []
        for position in range(dice.randint(1, 9)):
            make, quantity = (
                (labour, dice.randint(1, 80) / 4) if dice.random() < 0.5 else (material, dice.randint(1, 40))
            )
            if dice.random() < 0.2:
                quantity = round(dice.uniform(0.01, 300), 2)
            price = round(dice.uniform(0.01, 900), dice.choice((0, 2, 2, 2, 4, 6)))
            tax = dice.choice(domestic) if customer.taxed else "21"
            discount = dice.choice((0, 0, 0, 5, 10, 15.5, 33.33))
            line = make(quantity, price, tax, discount=discount, name=f"{make.__name__} {number}.{position}")
            lines.append(covered(line) if dice.random() < 0.15 else line)
        credit_note = dice.random() < 0.25
        kept = dice.randint(1, len(lines)) if credit_note and dice.random() < 0.5 else 0
        yield Invoice(f"random-{number}", customer, tuple(lines), currency, credit_note=credit_note, kept_lines=kept)


# -- the database ------------------------------------------------------------------------------------


def prepare(env):
    """Everything an electronic invoice asks of the company, so that only the cases differ."""
    company = env.company
    company.partner_id.write(
        {
            "phone": company.phone or "+34 952 000 000",
            "email": company.email or "facturas@example.com",
            "street": company.street or "Calle Larios, 1",
            "zip": company.zip or "29005",
            "city": company.city or "Málaga",
            "state_id": (company.state_id or env.ref("base.state_es_ma")).id,
        }
    )
    if not company.partner_id.bank_ids:
        bank = env["res.bank"].create({"name": "Banco de Pruebas", "bic": "CAIXESBBXXX"})
        env["res.partner.bank"].create(
            {
                "acc_number": "ES9121000418450200051332",
                "partner_id": company.partner_id.id,
                "bank_id": bank.id,
                "allow_out_payment": True,
            }
        )
    env["decimal.precision"].search([("name", "=", "Product Price")]).digits = PRICE_DIGITS
    for code, rate in CURRENCIES.items():
        currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        if currency != company.currency_id:
            currency.rate_ids.filtered(lambda line: line.company_id in (company, company.browse())).unlink()
            env["res.currency.rate"].create(
                {"currency_id": currency.id, "company_id": company.id, "name": date(2025, 1, 1), "rate": rate}
            )
    for _rate, kind, exemption, *_codes in TAXES.values():
        _sale_taxes(env, kind, exemption).active = True
    company._complete_einvoice_tax_codes()


def make_certificate(env, days=365):
    """A certificate of our own for Facturae, valid from yesterday for some days (negative: expired)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    owner = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ES"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pruebas"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Sello de pruebas"),
        ]
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1 + max(0, -days)))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    content = pkcs12.serialize_key_and_certificates(b"test", key, certificate, None, BestAvailableEncryption(b"test"))
    return env["certificate.certificate"].create(
        {
            "name": "Sello de pruebas",
            "content": base64.b64encode(content),
            "pkcs12_password": "test",
            "scope": "facturae",
            "company_id": env.company.id,
        }
    )


def _sale_taxes(env, kind, exemption=""):
    return (
        env["account.tax"]
        .with_context(active_test=False)
        .search(
            [
                *env["account.tax"]._check_company_domain(env.company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("l10n_es_type", "=", kind),
                ("l10n_es_exempt_reason", "=", exemption or False),
            ]
        )
    )


def tax_of(env, line):
    """The tax of our own country for a line, found by what it is and not by its name."""
    rate, kind, exemption, *_codes = TAXES[line.tax]
    scope = "service" if line.kind == "labour" else "consu"
    taxes = _sale_taxes(env, kind, exemption).filtered(
        lambda tax: tax.amount == rate and tax.tax_scope in (scope, False) and tax.active
    )
    if not taxes:
        raise LookupError(f"no sale tax of {rate} %, type {kind} {exemption}, for {scope}")
    return taxes.sorted(lambda tax: (not tax.tax_scope, tax.sequence, tax.id))[0]


def partner_of(env, party, parent=None):
    """The customer of a specification, made once."""
    Partner = env["res.partner"]
    known = Partner.search(
        [
            ("name", "=", party.name),
            ("vat", "=", party.vat or False),
            ("parent_id", "=", parent.id if parent else False),
        ],
        limit=1,
    )
    if known:
        return known
    country = env["res.country"].search([("code", "=", party.country)])
    partner = Partner.create(
        {
            "name": party.name,
            "is_company": party.company and not parent,
            "type": "delivery" if parent else "contact",
            "parent_id": parent.id if parent else False,
            "street": party.street,
            "zip": party.zip,
            "city": party.city,
            "country_id": country.id,
            "state_id": env["res.country.state"]
            .search([("code", "=", party.state), ("country_id", "=", country.id)], limit=1)
            .id
            if party.state
            else False,
            "vat": party.vat or False,
            "lang": party.lang,
            "ref": party.reference or False,
            "phone": party.phone or False,
            "email": "cliente@example.com",
        }
    )
    if party.eas:
        partner.write({"peppol_eas": party.eas, "peppol_endpoint": party.endpoint})
    if party.delivery:
        partner_of(env, party.delivery, parent=partner)
    return partner


def product_of(env, line):
    """The product of a line, made once for each kind, code and unit."""
    code = line.code or f"{line.kind}-{line.unit}"
    product = env["product.product"].search([("default_code", "=", code)], limit=1)
    return product or env["product.product"].create(
        {
            "name": "Hora de técnico" if line.kind == "labour" else f"Material por {line.unit}",
            "default_code": code,
            "barcode": "8412345678905" if line.code else False,
            "type": "service" if line.kind == "labour" else "consu",
            "uom_id": env.ref(UNITS[line.unit]).id,
            "invoice_policy": "delivery",
            "taxes_id": [Command.clear()],
            "list_price": 1.0,
        }
    )


def fiscal_position_of(env, party, partner):
    """The position found from the address, or the one the specification names, told by the taxes it leads to."""
    positions = env["account.fiscal.position"]
    if not party.position:
        return positions._get_fiscal_position(partner)
    rate, kind, exemption, *_codes = TAXES[party.position]
    return _sale_taxes(env, kind, exemption).fiscal_position_ids[:1]


def line_values(env, line, position):
    """One invoice line."""
    if line.kind == "note":
        return {"display_type": "line_note", "name": line.name}
    product = product_of(env, line)
    return {
        "product_id": product.id,
        "name": line.name,
        "quantity": line.quantity,
        "product_uom_id": product.uom_id.id,
        "price_unit": line.price,
        "discount": line.discount,
        "tax_ids": [Command.set(position.map_tax(tax_of(env, line)).ids)],
    }


def invoice_values(env, spec):
    """The invoice, or the invoice that a credit note takes back."""
    partner = partner_of(env, spec.customer)
    position = fiscal_position_of(env, spec.customer, partner)
    delivery = partner.child_ids.filtered(lambda child: child.type == "delivery")[:1] or partner
    return {
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "partner_shipping_id": delivery.id,
        "fiscal_position_id": position.id,
        "currency_id": env["res.currency"].search([("name", "=", spec.currency)]).id,
        "invoice_date": TODAY,
        "ref": spec.customer.reference or False,
        "narration": spec.narration or False,
        "invoice_payment_term_id": env.ref(spec.term).id if spec.term else False,
        "invoice_line_ids": [Command.create(line_values(env, line, position)) for line in spec.lines],
    }


def make_invoices(env, specs):
    """The drafts of many specifications, made together."""
    invoices = env["account.move"].create([invoice_values(env, spec) for spec in specs])
    if len(specs) > 50:
        # PostgreSQL believes the tables as empty as they were before the test: posting would take minutes.
        env.flush_all()
        env.cr.execute("ANALYZE account_move, account_move_line, account_partial_reconcile")
    returned = env["account.move"].concat(
        *(invoice for spec, invoice in zip(specs, invoices, strict=True) if spec.credit_note)
    )
    returned.action_post()
    notes = returned._reverse_moves([{"invoice_date": TODAY, "date": TODAY} for _invoice in returned])
    note_of = dict(zip(returned, notes, strict=True))
    drafts = []
    for spec, invoice in zip(specs, invoices, strict=True):
        draft = note_of.get(invoice, invoice)
        if spec.credit_note and spec.kept_lines:
            draft.invoice_line_ids[spec.kept_lines :].unlink()
        drafts.append(draft)
    return env["account.move"].concat(*drafts)


def make_invoice(env, spec):
    """The draft invoice, or the draft credit note of an invoice posted here."""
    return make_invoices(env, [spec])
