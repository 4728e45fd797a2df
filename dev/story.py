"""The whole chain, played once against the running demo company through its public interfaces.

A real e-mail comes in as the mail gateway script hands it over; agent, technician and accountant work through the
JSON API, each with a key of his own; the customer signs on the public page. What they get lies in ``out/``.

Run by ``bin/run --story``, which sets HELPDESK_URL, HELPDESK_KEYS, HELPDESK_MAIL and HELPDESK_OUT.
"""

import json
import os
import sys
import time
from pathlib import Path

import requests
from client import Browser, JsonApi, Refused, Teller, mail_in, mail_out

DATABASE = "demo"
ROLES = ("admin", "agent", "technician", "accountant", "manager")
COMPLAINT = Path(__file__).with_name("story_files") / "complaint.eml"
# The methods behind the buttons, and the cron that makes the invoices.
BUTTONS = {
    "take": "action_assign_to_me",
    "add material": "action_add_material",
    "ready to sign": "action_ready",
    "approve": "action_approve",
}
BILLING_CRON = "helpdesk_ticketing.ir_cron_billing"
# One pixel: the story is not about penmanship.
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Story:
    """The steps, in their order; what one finds out, the next ones use."""

    def __init__(self):
        self.url = os.environ["HELPDESK_URL"]
        self.mail_folder = os.environ["HELPDESK_MAIL"]
        self.teller = Teller(os.environ["HELPDESK_OUT"])
        keys = json.loads(Path(os.environ["HELPDESK_KEYS"]).read_text())
        self.users = {login: JsonApi(self.url, keys[login]) for login in ROLES if login in keys}
        self.started = time.time()
        self.ticket_id = self.note_id = self.request_id = self.invoice_id = None

    def steps(self):
        """Return the pairs of title and method."""
        return [
            ("The server answers", self.server),
            ("Everyone logs in", self.log_in),
            ("A customer's e-mail comes in", self.receive),
            ("It is acknowledged", self.acknowledge),
            ("The technician takes the ticket", self.take),
            ("He writes down his hour and the part he fitted", self.work),
            ("The delivery note is frozen, ready to sign", self.prepare_note),
            ("The customer signs it on his own phone", self.sign),
            ("The billing queue makes the draft invoice", self.bill),
            ("The accountant approves it: posted, XML, PDF, sent", self.approve),
            ("The customer pays: the ticket closes", self.pay),
        ]

    def play(self):
        """Play the steps."""
        for title, step in self.steps():
            self.teller.play(title, step)
        self.teller.tell("")
        self.teller.tell(f"Told in {time.time() - self.started:.0f} s; files: {', '.join(self.teller.files)}")

    # Steps

    def server(self):
        version = requests.get(f"{self.url}/json/version", timeout=30).json()
        self.teller.tell(f"{self.url}: Odoo {version['version']}")

    def log_in(self):
        for login, user in self.users.items():
            context = user.call("res.users", "context_get")
            self.teller.tell(f"{login}: key accepted, language {context.get('lang')}, time zone {context.get('tz')}")
        missing = set(ROLES) - set(self.users)
        if missing:
            raise Refused(f"the demo company has no {', '.join(sorted(missing))}: bin/run --fresh makes it anew")

    def receive(self):
        raw = COMPLAINT.read_bytes().replace(b"{unique}", f"{int(self.started)}".encode())
        self.teller.keep("1 complaint.eml", raw)
        self.ticket_id = mail_in(self.url, DATABASE, "admin", "admin", raw)
        ticket = self.ticket(["number", "name", "partner_id", "team_id", "user_id", "stage_id"])
        self.teller.tell(f"ticket {ticket['number']}: {ticket['name']}")
        self.teller.tell(f"customer {name(ticket['partner_id'])}, team {name(ticket['team_id'])}")
        self.teller.tell(f"assigned to {name(ticket['user_id'])}, stage {name(ticket['stage_id'])}")

    def acknowledge(self):
        self.users["admin"].call("mail.mail", "process_email_queue")
        messages = mail_out(self.mail_folder, self.started)
        if not messages:
            raise Refused("no acknowledgement was sent")
        for message in messages:
            self.teller.tell(f"to {message['To']}: {message['Subject']}")
        self.teller.keep("2 acknowledgement.eml", messages[0].as_bytes())

    def take(self):
        technician = self.users["technician"]
        technician.call("ticketing.ticket", BUTTONS["take"], ids=[self.ticket_id])
        self.teller.tell(f"assigned to {name(self.ticket(['user_id'])['user_id'])}")

    def work(self):
        technician = self.users["technician"]
        today = time.strftime("%Y-%m-%d")
        hour = {"name": "Junta de la bomba cambiada", "unit_amount": 1.5, "date": today}
        technician.call("ticketing.ticket", "write", ids=[self.ticket_id], vals={"timesheet_ids": [(0, 0, hour)]})
        part = technician.search_read("product.product", [("type", "=", "consu"), ("is_storable", "=", True)], ["name"])
        technician.call(
            "ticketing.ticket", BUTTONS["add material"], ids=[self.ticket_id], product_id=part[0]["id"], quantity=1
        )
        self.teller.tell(f"1.5 h of work, 1 {part[0]['name']}")

    def prepare_note(self):
        technician = self.users["technician"]
        technician.call("ticketing.ticket", BUTTONS["ready to sign"], ids=[self.ticket_id])
        (self.note_id,) = self.ticket(["note_ids"])["note_ids"]
        note = technician.read_one("ticketing.delivery.note", self.note_id, ["display_name", "state"])
        self.teller.tell(f"{note['display_name']}: {note['state']}")

    def sign(self):
        url = self.users["technician"].read_one("ticketing.delivery.note", self.note_id, ["sign_url"])["sign_url"]
        phone = Browser(self.url)
        page = phone.get(url)
        self.teller.tell(f"{page.url}: {page.status_code}")
        path, _mark, _token = page.url.partition("?")
        token = page.url.rpartition("access_token=")[2]
        started = time.monotonic()
        phone.json(f"{path}/sign", access_token=token, name="Lucía Ferrer", signature=SIGNATURE)
        self.teller.tell(f"signed; the signer waited {time.monotonic() - started:.2f} s")
        pdf = phone.get(f"{path}?access_token={token}&report_type=pdf&download=true")
        self.teller.keep("3 delivery note, signed.pdf", pdf.content)

    def bill(self):
        admin = self.users["admin"]
        module, _dot, xmlid = BILLING_CRON.partition(".")
        cron = admin.search_read("ir.model.data", [("module", "=", module), ("name", "=", xmlid)], ["res_id"])
        admin.call("ir.cron", "method_direct_trigger", ids=[cron[0]["res_id"]])
        fields = ["state", "error", "invoice_id"]
        request = self.users["accountant"].search_read(
            "ticketing.billing.request", [("note_id", "=", self.note_id)], fields
        )[0]
        if not request["invoice_id"]:
            raise Refused(f"no invoice: {request['error'] or request['state']}")
        self.request_id, self.invoice_id = request["id"], request["invoice_id"][0]
        invoice = self.invoice(["amount_total", "state"])
        self.teller.tell(f"request {request['state']}; invoice {invoice['state']}, {invoice['amount_total']:.2f} EUR")

    def approve(self):
        accountant = self.users["accountant"]
        accountant.call("ticketing.billing.request", BUTTONS["approve"], ids=[self.request_id])
        invoice = self.invoice(["name", "state", "is_move_sent", "invoice_pdf_report_id", "ubl_cii_xml_id"])
        self.teller.tell(f"{invoice['name']}: {invoice['state']}, sent: {invoice['is_move_sent']}")
        for field in ("ubl_cii_xml_id", "invoice_pdf_report_id"):
            if invoice[field]:
                file, content = accountant.attachment(invoice[field][0])
                self.teller.keep(f"4 {file}", content)
        self.users["admin"].call("mail.mail", "process_email_queue")
        for message in mail_out(self.mail_folder, self.started):
            if any(part.get_content_type() == "application/pdf" for part in message.walk()):
                self.teller.keep("5 invoice.eml", message.as_bytes())

    def pay(self):
        accountant = self.users["accountant"]
        context = {"active_model": "account.move", "active_ids": [self.invoice_id]}
        (wizard,) = accountant.call("account.payment.register", "create", vals_list=[{}], context=context)
        accountant.call("account.payment.register", "action_create_payments", ids=[wizard], context=context)
        ticket = self.ticket(["stage_id", "billing_state"])
        self.teller.tell(f"invoice {self.invoice(['payment_state'])['payment_state']}")
        self.teller.tell(f"ticket {name(ticket['stage_id'])}, billing {ticket['billing_state']}")

    # What the records say

    def ticket(self, fields):
        return self.users["agent"].read_one("ticketing.ticket", self.ticket_id, fields)

    def invoice(self, fields):
        return self.users["accountant"].read_one("account.move", self.invoice_id, fields)


def name(many2one):
    """Return the display name of a read many2one."""
    return many2one[1] if many2one else "nobody"


def main():
    """Play the story; return 1 when it broke off."""
    try:
        Story().play()
    except (Refused, requests.RequestException) as error:
        print(f"\n    \033[1;31mthe story ends here:\033[0m {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
