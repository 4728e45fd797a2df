from odoo.tests import tagged

from .test_concurrency import TIMES, ProcessCase


@tagged("post_install", "-at_install")
class TestFeedbackProcesses(ProcessCase):
    """A customer is asked once, whoever asks at the same moment, or dies of it."""

    def _asked(self, partners):
        return self._rows(
            """
            SELECT feedback.partner_id, count(*),
                   (SELECT count(*) FROM mail_mail
                     WHERE position('/' || min(feedback.access_token) || '?' IN body_html) > 0)
              FROM ticketing_feedback feedback WHERE feedback.partner_id = ANY(%s)
             GROUP BY feedback.partner_id ORDER BY feedback.partner_id
            """,
            partners,
        )

    def test_two_workers(self):
        """Each customer has two solved tickets: one question and one mail each."""
        for __ in range(2 * TIMES):
            partners = self._do("solve", count=6)
            results = self._at_once(("ask", {}), ("ask", {}))
            self.assertQuiet(*results)
            self.assertEqual([result["error"] for result in results], [None, None])
            self._do("ask")
            self.assertEqual(self._asked(partners), [(partner, 1, 1) for partner in partners])

    def test_killed(self):
        """A worker that dies has asked everybody or nobody; the next one asks the rest."""
        self._do("solve", count=2)
        [result] = self._at_once(("ask", {}))
        killed = 0
        for __ in range(2 * TIMES):
            partners = self._do("solve", count=4)
            moment = int(result["statements"] * (0.3 + 0.6 * self.random.random()))
            [died] = self._at_once(("ask", {}, moment))
            killed += died["killed"]
            self.assertIn(len(self._asked(partners)), (0, len(partners)))
            self._do("ask")
            self.assertEqual(self._asked(partners), [(partner, 1, 1) for partner in partners])
        self.assertGreater(killed, 0)
