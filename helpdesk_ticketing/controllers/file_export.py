"""How files are sent from the disk: they are never whole in memory."""

import tempfile

from werkzeug.wsgi import wrap_file

from odoo.exceptions import AccessError
from odoo.http import Response, content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get_own(model, record_id):
    """Return what the user chose for an export.

    :raises AccessError: it is another's, or cleared away
    """
    record = request.env[model].search([("id", "=", record_id)])
    if not record or record.create_uid != request.env.user:
        raise AccessError(request.env._("This export is not yours, or too old: export again."))
    return record


def make_file():
    """Return a file without a name, which is gone with the answer that reads it."""
    return tempfile.TemporaryFile()


def send_file(file, name, content_type):
    """Return the answer that sends what was written into a file."""
    size = file.seek(0, 2)
    file.seek(0)
    headers = {
        "Content-Disposition": content_disposition(name),
        "Content-Length": size,
        "Cache-Control": "no-store",
    }
    body = wrap_file(request.httprequest.environ, file)
    return Response(body, headers=headers, content_type=content_type, direct_passthrough=True)


def send_spreadsheet(name, write):
    """Return the answer that sends a spreadsheet.

    :param write: gets a file that is open for writing bytes
    """
    file = make_file()
    write(file)
    return send_file(file, name, XLSX)
