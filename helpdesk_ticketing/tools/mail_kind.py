"""Who or what wrote a message: a person, a machine, or a machine that answers.

Sources: RFC 3834 (automatic responses), RFC 2919 and 2369 (lists), RFC 3464 (delivery reports), and what mail programs
set in practice. A mistake to the side of "automatic" costs a person an acknowledgement; one to the other side can cost
a loop of mails.
"""

import re

PERSON, AUTOMATIC, AUTO_REPLY, BOUNCE, OWN = "person", "automatic", "auto_reply", "bounce", "own"
MARKER_HEADER = "x-ticketing-desk"

_BULK = ("bulk", "junk", "list")
_RESPONDER_HEADERS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply", "x-vacation")
_LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "x-mailing-list", "x-loop", "feedback-id", "x-beenthere")
DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "double-bounce")
MACHINES = ("no-reply", "noreply", "do-not-reply", "donotreply", "nobody", "bounce", "bounces", "root")
_AWAY = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response)|automatische (antwort|abwesenheit)|out of (the )?office|abwesenheits"
    r"|respuesta autom[aá]tica|fuera de (la )?oficina|r[eé]ponse automatique|risposta automatica|resposta autom)",
    re.IGNORECASE,
)


def get_kind(envelope, marker=""):
    """Return what a message is.

    :param envelope: :class:`~.mail_envelope.Envelope`
    :param str marker: what this desk writes into the header ``X-Ticketing-Desk`` of its own mail
    """
    local_part = envelope.sender.split("@")[0]
    if marker and marker in envelope.get_all(MARKER_HEADER):
        return OWN
    if _is_report(envelope) or local_part in DAEMONS:
        return BOUNCE
    if _is_auto_reply(envelope):
        return AUTO_REPLY
    if _is_automatic(envelope) or local_part in MACHINES:
        return AUTOMATIC
    return PERSON


def _is_report(envelope):
    content_type = envelope.get("content-type").lower()
    return content_type.startswith("multipart/report") or "report-type=" in content_type[:500]


def _get_auto_submitted(envelope):
    return envelope.get("auto-submitted").split(";")[0].strip().lower()


def _is_auto_reply(envelope):
    return bool(
        _get_auto_submitted(envelope) in ("auto-replied", "auto-notified")
        or envelope.get("precedence").strip().lower() == "auto_reply"
        or any(name in envelope.headers for name in _RESPONDER_HEADERS)
        or _AWAY.match(envelope.subject)
    )


def _is_automatic(envelope):
    return bool(
        _get_auto_submitted(envelope) not in ("", "no")
        or envelope.get("precedence").strip().lower() in _BULK
        or any(name in envelope.headers for name in _LIST_HEADERS)
        or envelope.get("x-auto-response-suppress").strip().lower() not in ("", "none")
        or "<>" in [value.strip() for value in envelope.get_all("return-path")]
    )
