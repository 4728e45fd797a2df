"""The whole chain, played once against the running demo company through its public interfaces.

A real e-mail comes in as the mail gateway script hands it over; agent, technician and accountant work through the
JSON API, each with a key of his own; the customer signs on the public page. What they get lies in ``out/``.

Run by ``bin/run --story``, which sets HELPDESK_URL, HELPDESK_KEYS, HELPDESK_MAIL and HELPDESK_OUT.
"""

import base64
import io
import json
import math
import os
import sys
import time
from pathlib import Path

import requests
from client import Browser, JsonApi, Refused, Teller, mail_in, mail_out
from PIL import Image, ImageDraw

DATABASE = "demo"
ROLES = ("admin", "agent", "technician", "accountant", "manager")
COMPLAINT = Path(__file__).with_name("story_files") / "complaint.eml"
PART = "VAL-3V-1"
# Seconds that the server's scheduled actions may take; they start within a moment.
PATIENCE = 120


class Story:
    """The steps, in their order; what one finds out, the next ones use."""

    def __init__(self):
        self.url = os.environ["HELPDESK_URL"]
        self.mail_folder = os.environ["HELPDESK_MAIL"]
        self.teller = Teller(os.environ["HELPDESK_OUT"])
        keys = json.loads(Path(os.environ["HELPDESK_KEYS"]).read_text())
        self.users = {login: JsonApi(self.url, keys[login]) for login in ROLES if login in keys}
        self.started = time.time()
        self.ticket_id = self.note_id = self.request_id = self.invoice_id = self.invoice_name = None

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
            ("The technician is done: the ticket is solved", self.solve),
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
            return
        for message in messages:
            self.teller.tell(f"to {message['To']}: {message['Subject']}")
        self.teller.keep("2 acknowledgement.eml", messages[0].as_bytes())

    def take(self):
        technician = self.users["technician"]
        uid = technician.call("res.users", "context_get")["uid"]
        technician.call("ticketing.ticket", "write", ids=[self.ticket_id], vals={"user_id": uid})
        self.teller.tell(f"assigned to {name(self.ticket(['user_id'])['user_id'])}")

    def work(self):
        technician = self.users["technician"]
        part = technician.search_read("product.product", [("default_code", "=", PART)], ["name"])[0]
        hour = {
            "name": "Diagnóstico y cambio de la válvula de tres vías",
            "unit_amount": 1.5,
            "date": time.strftime("%Y-%m-%d"),
        }
        material = {"product_id": part["id"], "product_uom_qty": 1}
        values = {"timesheet_ids": [(0, 0, hour)], "material_ids": [(0, 0, material)]}
        technician.call("ticketing.ticket", "write", ids=[self.ticket_id], vals=values)
        self.teller.tell(f"{hour['unit_amount']} h: {hour['name']}")
        self.teller.tell(
            f"1 x {part['name']}, from {name(self.ticket(['material_location_id'])['material_location_id'])}"
        )

    def prepare_note(self):
        technician = self.users["technician"]
        action = technician.call("ticketing.ticket", "action_delivery_note", ids=[self.ticket_id])
        self.note_id = action["res_id"]
        technician.call("ticketing.delivery.note", "action_ready", ids=[self.note_id])
        note = self.note(["name", "state", "sign_url"])
        self.teller.tell(f"{note['name']}: {note['state']}; link: {note['sign_url']}")

    def sign(self):
        path = self.note(["sign_url"])["sign_url"]
        phone = Browser(self.url)
        page = phone.get(path)
        self.teller.keep("3 what the customer sees.html", page.content)
        started = time.monotonic()
        answer = phone.json(f"{path}/accept", name="Marta Ruiz", signature=draw_signature())
        if answer.get("error"):
            raise Refused(answer["error"])
        self.teller.tell(f"signed; the signer waited {time.monotonic() - started:.2f} s")
        note = self.note(["name", "state", "signer_name", "content_hash"])
        self.teller.tell(
            f"{note['name']}: {note['state']} by {note['signer_name']}, SHA-256 {note['content_hash'][:16]}..."
        )
        pdf = self.wait_for("the PDF", lambda: self.note(["pdf_id"])["pdf_id"])
        file, content = self.users["technician"].attachment(pdf[0])
        self.teller.keep(f"3 {file}", content)

    def solve(self):
        technician = self.users["technician"]
        stage = technician.search_read("ticketing.stage", [("kind", "=", "solved")], ["name"], limit=1)[0]
        technician.call("ticketing.ticket", "write", ids=[self.ticket_id], vals={"stage_id": stage["id"]})
        ticket = self.ticket(["stage_id", "billing_state"])
        self.teller.tell(f"stage {name(ticket['stage_id'])}, billing {ticket['billing_state']}")

    def bill(self):
        request = self.wait_for("the draft invoice", lambda: self.in_state("to_approve"))
        self.request_id, self.invoice_id = request["id"], request["invoice_id"][0]
        invoice = self.invoice(["amount_total", "state"])
        self.teller.tell(f"request {request['state']}; invoice {invoice['state']}, {invoice['amount_total']:.2f} EUR")

    def in_state(self, state):
        request = self.request()
        return request if request["state"] == state else None

    def approve(self):
        accountant = self.users["accountant"]
        accountant.call("ticketing.billing.request", "action_approve", ids=[self.request_id])
        self.wait_for("the sent invoice", lambda: self.in_state("sent"))
        invoice = self.invoice(["name", "state", "is_move_sent", "invoice_pdf_report_id", "ubl_cii_xml_id"])
        self.invoice_name = invoice["name"]
        self.teller.tell(f"{invoice['name']}: {invoice['state']}, sent: {invoice['is_move_sent']}")
        for field in ("ubl_cii_xml_id", "invoice_pdf_report_id"):
            file, content = accountant.attachment(invoice[field][0])
            self.teller.keep(f"4 {file}", content)
        message = self.wait_for("the invoice's mail", self.invoice_mail)
        self.teller.tell(f"to {message['To']}: {message['Subject']}")
        self.teller.keep("5 invoice.eml", message.as_bytes())

    def invoice_mail(self):
        """Return the sent mail that carries the XML."""
        self.users["admin"].call("mail.mail", "process_email_queue")
        for message in mail_out(self.mail_folder, self.started):
            files = [part.get_filename() or "" for part in message.walk()]
            if self.invoice_name in message["Subject"] and any(file.endswith(".xml") for file in files):
                return message
        return None

    def pay(self):
        accountant = self.users["accountant"]
        context = {"active_model": "account.move", "active_ids": [self.invoice_id]}
        (wizard,) = accountant.call("account.payment.register", "create", vals_list=[{}], context=context)
        accountant.call("account.payment.register", "action_create_payments", ids=[wizard], context=context)
        ticket = self.ticket(["stage_id", "billing_state"])
        self.teller.tell(f"invoice {self.invoice(['payment_state'])['payment_state']}")
        self.teller.tell(f"ticket {name(ticket['stage_id'])}, billing {ticket['billing_state']}")

    # What several steps need

    def wait_for(self, what, read):
        """Wait until the server's own scheduled actions have done their work; return what ``read`` then finds."""
        until = time.monotonic() + PATIENCE
        while not (found := read()):
            if time.monotonic() > until:
                raise Refused(f"{what} did not come within {PATIENCE} seconds")
            time.sleep(0.5)
        return found

    def request(self):
        """Return the billing request of the note; an error on it ends the story."""
        fields = ["state", "error", "invoice_id"]
        domain = [("note_id", "=", self.note_id)]
        (request,) = self.users["accountant"].search_read("ticketing.billing.request", domain, fields)
        if request["state"] == "failed":
            raise Refused(request["error"])
        return request

    def note(self, fields):
        return self.users["technician"].read_one("ticketing.delivery.note", self.note_id, fields)

    def ticket(self, fields):
        return self.users["agent"].read_one("ticketing.ticket", self.ticket_id, fields)

    def invoice(self, fields):
        return self.users["accountant"].read_one("account.move", self.invoice_id, fields)


def draw_signature():
    """Return a signature (PNG, base64) such as a finger draws."""
    picture = Image.new("RGBA", (400, 140), (255, 255, 255, 0))
    points = [(20 + x, 70 + 40 * math.sin(x / 17) * math.cos(x / 61)) for x in range(0, 360, 2)]
    ImageDraw.Draw(picture).line(points, fill=(20, 30, 90, 255), width=4, joint="curve")
    content = io.BytesIO()
    picture.save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


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
