import re
from itertools import product

from odoo import http
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_doors import ACTORS, DOORS, PLACES, PUBLISHED, VALUES, WHO, mark
from .access_world import CUSTOMERS_PLACES, KINDS, PARAMETER, QUIET, AccessWorld

OURS = "odoo.addons.helpdesk_ticketing"
# What documents that somebody may see show of others.
SHOWS = {
    "note": ("note", "ticket"),
    "signing": ("note", "ticket"),
    "signing file": ("certificate",),
    "feedback": ("ticket",),
}
# What changes from one page to the next: identifiers, tokens, sums of files.
VOLATILE = re.compile(r"[0-9a-f]{20,}(o\d+)?|-?\d+|[\w-]{32,}")


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessWorld):
    """Each address of the add-ons x who comes x whose document: nobody reads, guesses or changes what is not his."""

    # What is asked

    def _list_routes(self):
        """Return the addresses of our add-ons, as Odoo answers them."""
        routing = self.env["ir.http"]
        rules = routing._generate_routing_rules(sorted(self.registry._init_modules), routing._get_converters())
        return {url for url, endpoint in rules if endpoint.func.__module__.startswith(OURS)}

    def _list_doors(self):
        routes = self._list_routes()
        return {route: door for route, door in DOORS.items() if route in routes}

    def test_every_route_is_declared(self):
        """A new route is in the table, with who may use it; what is in the table exists."""
        routes = self._list_routes()
        installed = self.env["ir.module.module"].search([("state", "=", "installed")]).mapped("name")
        declared = {route for route, door in DOORS.items() if door.addon in installed}
        self.assertFalse(routes - set(DOORS), "say in tests/access_doors.py whom these addresses answer")
        self.assertFalse(declared - routes, "tests/access_doors.py has addresses that do not exist")
        for route in routes:
            for name in PARAMETER.findall(route):
                self.assertIn(name, VALUES, f"say in tests/access_doors.py what stands for {name} in {route}")

    # One request

    def _get_token(self, door, place, link):
        """Return the share link's token that an actor has."""
        if not link or (door.kind, "other") not in self.papers:
            return {}
        there = "own" if place == "other" else "other"
        paper = self.papers[door.kind, there if link == "mixed" else place]
        return {"access_token": paper.revoked if link == "revoked" else paper.token}

    def _ask(self, door, address, token):
        self.env.cr.execute("DELETE FROM ticketing_throttle")  # guessing is slowed down: not what this is about
        query = "&".join(f"{name}={value}" for name, value in token.items())
        if door.method == "GET":
            return self.url_open(f"{address}?{query}", allow_redirects=False)
        if door.method == "POST":
            data = {**door.data, **token, "csrf_token": http.Request.csrf_token(self)}
            return self.url_open(address, data=data, allow_redirects=False)
        return self.url_open(address, json={"params": {**door.data, **token}}, allow_redirects=False)

    def _expect(self, door, actor, place):
        """Tell whether this actor is answered."""
        return any(actor in WHO[word].get(place, ()) for word in door.who.split(", "))

    def _get_places(self, door):
        return [place for place in PLACES if (door.kind, place) in self.papers] if door.kind else ["own"]

    # What is answered

    def _allowed_marks(self, door, actor, place):
        """Return the secret words that may stand in an answer."""
        places = CUSTOMERS_PLACES.get(actor, ())
        shown = set(product(("unit", "certificate") if actor == "alone" else KINDS[:4], places))
        if actor == "agent":
            shown |= {("staff", "foreign")}
        if self._expect(door, actor, place):
            shown |= {(kind, place) for kind in SHOWS.get(door.kind, (door.kind,))}
        return {mark(*pair) for pair in shown} | self._list_published(actor)

    def _normalise(self, answer):
        """Return an answer without what no two answers have in common."""
        location = answer.headers.get("Location", "")
        return answer.status_code, VOLATILE.sub("#", location), VOLATILE.sub("#", answer.text)

    def _check(self, door, actor, place, answer, refused):
        found = self._find_marks(answer.text + str(answer.headers))
        self.assertLessEqual(found, self._allowed_marks(door, actor, place), "a stranger's words")
        self.assertLess(answer.status_code, 500)
        if not self._expect(door, actor, place):
            if actor in WHO.get(PUBLISHED.get(door.kind), {}).get(place, ()):
                self.assertGreaterEqual(answer.status_code, 300, "he may see it: not do this")
            else:
                refused = refused or self._normalise(answer)
                self.assertEqual(self._normalise(answer), refused, "not his and not there must look the same")
        elif door.method == "GET":
            self.assertLess(answer.status_code, 400, answer.text[:300])
            if door.page and (kind := door.shows or door.kind):
                self.assertIn(mark(kind, place), found, "who may see it does not")

    def _walk(self, methods):
        """Have everybody try every door at every place; yield each door and actor when it is done."""
        doors = {route: door for route, door in self._list_doors().items() if door.method in methods}
        with mute_logger(*QUIET):
            for actor, (login, link) in ACTORS.items():
                self.authenticate(login, login)
                for route, door in doors.items():
                    if link and "link" not in door.who:
                        continue
                    self._try_door(route, door, actor, link)
                    yield route, actor

    def _try_door(self, route, door, actor, link):
        refused = None
        if door.kind:
            missing = self._ask(door, self._get_address(route, door, "missing"), self._get_token(door, "missing", link))
            refused = self._normalise(missing)
        for place in self._get_places(door):
            if door.method != "GET" and self._expect(door, actor, place):
                continue  # what he may do, he would do
            if place in ("zero", "huge", "negative") and actor not in ("public", "one"):
                continue
            with self.subTest(route=route, actor=actor, place=place):
                answer = self._ask(door, self._get_address(route, door, place), self._get_token(door, place, link))
                # What is no identifier at all does not reach the route.
                self._check(door, actor, place, answer, None if place == "negative" else refused)

    # The tests

    def test_reading(self):
        """GET: each sees his own, nobody anything of others, not even that it exists; and nothing is changed."""
        self._walk_and_compare({"GET"})

    def test_acting(self):
        """POST: whoever has no right to act changes nothing, and learns nothing."""
        self._walk_and_compare({"POST", "JSON"})

    def _walk_and_compare(self, methods):
        before = self._picture()
        for route, actor in self._walk(methods):
            with self.subTest(route=route, actor=actor):
                self.assertEqual(self._list_changed(before), [])

    def test_a_form_needs_its_token(self):
        """No form of ours is taken from a foreign site, whoever is logged in: not even what he may do."""
        before = self._picture()
        doors = {route: door for route, door in self._list_doors().items() if door.method == "POST"}
        self.authenticate("marta.portal", "marta.portal")
        with mute_logger(*QUIET):
            for route, door in doors.items():
                answer = self.url_open(self._get_address(route, door, "own"), data={"a": "b"}, allow_redirects=False)
                self.assertEqual((route, answer.status_code), (route, 400))
                answer = self.url_open(self._get_address(route, door, "own"), allow_redirects=False)
                self.assertIn(answer.status_code, (404, 405), f"{route} by a link")
        self.assertEqual(self._list_changed(before), [])

    def test_it_would_notice(self):
        """With the rule of tickets gone, the very same questions do show a stranger's words."""
        self.env.ref("helpdesk_ticketing.rule_ticket_portal").domain_force = "[(1, '=', 1)]"
        self.authenticate("stranger.portal", "stranger.portal")
        route = "/my/tickets/<int:ticket_id>"
        answer = self._ask(DOORS[route], self._get_address(route, DOORS[route], "own"), {})
        found = self._find_marks(answer.text)
        self.assertIn(mark("ticket", "own"), found - self._allowed_marks(DOORS[route], "other", "own"))

    def test_it_would_notice_a_change(self):
        before = self._picture()
        self.assertEqual(self._list_changed(before), [])
        self.env.cr.execute("UPDATE ticketing_team SET color = 11 WHERE id = %s", [self.team.id])
        self.assertEqual(self._list_changed(before), ["ticketing_team"])
        self.assertEqual(
            self._list_changed(before), ["ticketing_team"], "nothing was written since, and it is still so"
        )
