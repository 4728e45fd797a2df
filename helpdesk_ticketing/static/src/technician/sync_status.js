import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { countOperations } from "./operation_queue";

class SyncStatus extends Component {
    static props = { model: Object };

    setup() {
        this.queue = useState(this.props.model.queue.state);
        this.data = useState(this.props.model.state);
    }

    get counts() {
        return countOperations(this.queue.operations);
    }

    get isOffline() {
        return this.queue.status === "offline" || !this.data.isOnline;
    }
}

/** Whether all that was done has arrived, in a word. */
export class SyncPill extends SyncStatus {
    static template = "helpdesk_ticketing.SyncPill";

    get look() {
        const { waiting, failed } = this.counts;
        if (failed) {
            return { colour: "text-bg-danger", icon: "fa-exclamation-triangle", text: _t("%s refused", failed) };
        }
        if (this.queue.status === "sending") {
            return { colour: "text-bg-info", icon: "fa-refresh fa-spin", text: _t("Sending %s", waiting) };
        }
        if (waiting) {
            return { colour: "text-bg-warning", icon: "fa-clock-o", text: _t("%s waiting", waiting) };
        }
        if (this.isOffline) {
            return { colour: "text-bg-secondary", icon: "fa-plane", text: _t("No network") };
        }
        return { colour: "o_technician_sent", icon: "fa-check", text: _t("All sent") };
    }
}

/** What the technician should know about what has not arrived. */
export class SyncStrip extends SyncStatus {
    static template = "helpdesk_ticketing.SyncStrip";

    get isSignedOut() {
        return this.queue.status === "signed_out";
    }

    get waitingText() {
        return _t("%s waiting, kept on this device.", this.counts.waiting);
    }

    /** The queue stays on the device; the page of the log-in leads back here. */
    logIn() {
        browser.location.reload();
    }
}
