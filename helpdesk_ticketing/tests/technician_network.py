from unittest.mock import patch

from PIL import Image
from reportlab.graphics.barcode.eanbc import Ean13BarcodeWidget
from reportlab.graphics.shapes import Rect

from odoo.tests import common

APPLY = "*/technician_apply*"


class CutBrowser(common.ChromeBrowser):
    """A browser whose network a tour switches by writing ``network: MODE`` on its console.

    on: as it is; off: none at all, the browser knows it; refusing: what the technician did breaks off before it arrives;
    deaf: it arrives and is done, but the answer is lost. When it is so, ``window.networkMode`` says it.
    """

    network_mode = "on"

    camera = None  # a film that the camera shows, again and again

    def _spawn_chrome(self, cmd):
        flags = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self.camera}",
        ]
        return super()._spawn_chrome([*cmd[:-1], *(flags if self.camera else []), cmd[-1]])

    def _handle_console(self, **params):
        written = params.get("args")
        text = str(self._from_remoteobject(written[0])) if written else ""
        if params["type"] == "log" and text.startswith("network: "):
            self._switch(text.removeprefix("network: "))
        if params["type"] == "error" and "ConnectionLostError" in text and "technician_" not in text:
            return  # discuss and others complain that there is no network; the technician's screen must not
        super()._handle_console(**params)

    def _switch(self, mode):
        self.network_mode = mode
        limits = {"offline": mode == "off", "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        stage = "Response" if mode == "deaf" else "Request"
        patterns = [{"urlPattern": APPLY, "requestStage": stage}, {"urlPattern": "*"}]
        self._websocket_send("Network.enable")
        self._websocket_send("Fetch.enable", params={"patterns": patterns})
        done = self._websocket_send("Network.emulateNetworkConditions", params=limits, with_future=True)
        done.add_done_callback(lambda _result: self._tell(f"window.networkMode = {mode!r}"))

    def _tell(self, script):
        self._websocket_send("Runtime.evaluate", params={"expression": script})

    def _handle_request_paused(self, **params):
        mode = self.network_mode
        is_apply = "/technician_apply" in params["request"]["url"]
        is_answer = "responseStatusCode" in params
        if is_apply and (mode == "refusing" or mode == "deaf" and is_answer):
            reason = {"requestId": params["requestId"], "errorReason": "ConnectionReset"}
            self._websocket_send("Fetch.failRequest", params=reason)
            if is_answer:
                self._tell("window.lostAnswers = (window.lostAnswers || 0) + 1")
            return
        super()._handle_request_paused(**params)


def cut_network(camera=None):
    """Let the tours of a test switch their network, and look through a camera at a film."""
    browser = type("CutBrowser", (CutBrowser,), {"camera": camera})
    return patch.object(common, "ChromeBrowser", browser)


def film_barcode(path, code, size=(640, 480)):
    """Write a film (Y4M) of a box with an EAN-13 code, as a telephone's camera sees it: not quite straight, in dim light."""
    bars = Ean13BarcodeWidget(code, barWidth=1, humanReadable=0, quiet=0).draw().contents
    label = Image.new("L", (115, 60), 210)
    for bar in bars[1:]:  # the first one is the background
        if isinstance(bar, Rect):
            label.paste(40, (int(bar.x) + 10, 8, int(bar.x + bar.width) + 10, 52))
    label = label.resize((label.width * 4, label.height * 4), Image.Resampling.NEAREST)
    picture = Image.new("L", size, 120)
    picture.paste(label, ((size[0] - label.width) // 2, (size[1] - label.height) // 2))
    picture = picture.rotate(2, Image.Resampling.BICUBIC, fillcolor=120)
    grey = bytes([128]) * (size[0] * size[1] // 2)  # both planes of colour, each a quarter
    frame = b"FRAME\n" + picture.tobytes() + grey
    path.write_bytes(f"YUV4MPEG2 W{size[0]} H{size[1]} F10:1 Ip A1:1 C420mpeg2\n".encode() + frame * 5)
