from unittest.mock import patch

from odoo.tests import common

APPLY = "*/technician_apply*"


class CutBrowser(common.ChromeBrowser):
    """A browser whose network a tour switches by writing ``network: MODE`` on its console.

    on: as it is; off: none at all, the browser knows it; refusing: what the technician did breaks off before it arrives;
    deaf: it arrives and is done, but the answer is lost. When it is so, ``window.networkMode`` says it.
    """

    network_mode = "on"

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


def cut_network():
    """Let the tours of a test switch their network."""
    return patch.object(common, "ChromeBrowser", CutBrowser)
