"""The public doors of a running Odoo, as an outside program uses them, and a teller of what went through them."""

import base64
import re
import time
import xmlrpc.client
from email import message_from_bytes, policy
from pathlib import Path

import requests

TIMEOUT = 60


class Refused(Exception):
    """The server answered with an error: its own words."""


class JsonApi:
    """``/json/2`` with the key of one user."""

    def __init__(self, url, key):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"bearer {key}"

    def call(self, model, method, ids=None, **arguments):
        """Call a public method and return its JSON answer."""
        if ids is not None:
            arguments["ids"] = ids
        response = self.session.post(f"{self.url}/json/2/{model}/{method}", json=arguments, timeout=TIMEOUT)
        if response.ok:
            return response.json()
        try:
            raise Refused(f"{model}.{method}: {response.json()['message']}")
        except (ValueError, KeyError):
            raise Refused(f"{model}.{method}: HTTP {response.status_code}: {response.text[:500]}") from None

    def search_read(self, model, domain, fields, **options):
        """Return the records as dictionaries."""
        return self.call(model, "search_read", domain=domain, fields=fields, **options)

    def read_one(self, model, record_id, fields):
        """Return one record as a dictionary."""
        return self.call(model, "read", ids=[record_id], fields=fields)[0]

    def attachment(self, attachment_id):
        """Return an attachment's name and content."""
        values = self.read_one("ir.attachment", attachment_id, ["name", "datas"])
        return values["name"], base64.b64decode(values["datas"])


class Browser:
    """A visitor's pages: forms with their token, JSON routes, a session kept in a cookie."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()

    def get(self, path):
        """Return a page's response; an address may be whole or a path."""
        response = self.session.get(self.absolute(path), timeout=TIMEOUT)
        response.raise_for_status()
        return response

    def absolute(self, path):
        """Return the address on this server."""
        return self.url + re.sub(r"^https?://[^/]+", "", path)

    def post(self, path, page, **values):
        """Send a form with the token of the page that holds it."""
        token = re.search(r'csrf_token(?:"| )[^>]*?(?:value="|: ")([^"]+)"', page.text)
        if token:
            values["csrf_token"] = token[1]
        response = self.session.post(self.absolute(path), data=values, timeout=TIMEOUT)
        response.raise_for_status()
        return response

    def json(self, path, **params):
        """Call a ``jsonrpc`` route."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(self.absolute(path), json=body, timeout=TIMEOUT).json()
        if "error" in answer:
            raise Refused(answer["error"].get("data", {}).get("message") or answer["error"]["message"])
        return answer.get("result")

    def log_in(self, login, password):
        """Log in by the form, as a customer does."""
        page = self.post("/web/login", self.get("/web/login"), login=login, password=password)
        if "/web/login" in page.url:
            raise Refused(f"{login} cannot log in")
        return page


def mail_in(url, database, login, password, raw):
    """Hand a raw message to Odoo as its mail gateway script does; return the id of the record it went to."""
    uid = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, login, password, {})
    models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)
    arguments = [False, xmlrpc.client.Binary(raw)]
    return models.execute_kw(database, uid, password, "mail.thread", "message_process", arguments)


def mail_out(folder, since):
    """Return the messages that the company has sent after the moment ``since``."""
    files = sorted(path for path in Path(folder).glob("*.eml") if path.stat().st_mtime >= since)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


class Teller:
    """Prints the steps of a story: what, what happened, which files, how long."""

    def __init__(self, out):
        self.out = Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.number = 0
        self.files = []

    def play(self, title, step):
        """Run one step and print it; an error ends the story."""
        self.number += 1
        print(f"\n\033[1m{self.number:2}. {title}\033[0m", flush=True)
        started = time.monotonic()
        result = step()
        print(f"    \033[2m{time.monotonic() - started:.1f} s\033[0m", flush=True)
        return result

    def tell(self, text):
        """Print a line of what happened."""
        print(f"    {text}", flush=True)

    def keep(self, name, content):
        """Write a file the step has produced."""
        name = re.sub(r"[^\w.() -]", "-", name)
        (self.out / name).write_bytes(content)
        self.files.append(name)
        self.tell(f"-> {self.out.name}/{name} ({len(content):,} bytes)")
