import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/** Asks for words: a reason, a summary that the customer reads, or both. */
export class ReasonDialog extends Component {
    static template = "helpdesk_ticketing.ReasonDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        title: String,
        explanation: { type: String, optional: true },
        reasonLabel: { type: String, optional: true },
        summaryLabel: { type: String, optional: true },
        summary: { type: String, optional: true },
        confirmLabel: String,
        confirm: Function,
    };

    setup() {
        this.state = useState({ reason: "", summary: this.props.summary || "" });
        useAutofocus({ refName: "first", mobile: true });
    }

    get canConfirm() {
        const { reasonLabel, summaryLabel } = this.props;
        return (!reasonLabel || this.state.reason.trim()) && (!summaryLabel || this.state.summary.trim());
    }

    confirm() {
        this.props.close();
        this.props.confirm({ reason: this.state.reason.trim(), summary: this.state.summary.trim() });
    }
}
