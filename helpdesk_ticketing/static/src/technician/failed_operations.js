import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";
import { operationLabel } from "./format";
import { ReasonDialog } from "./reason_dialog";

/** What the server refused, why, and what is to become of it: nothing goes away by itself. */
export class FailedOperations extends Component {
    static template = "helpdesk_ticketing.FailedOperations";
    static props = { operations: Array, model: Object };

    setup() {
        this.dialog = useService("dialog");
        this.state = useState({ busy: false });
        onWillUpdateProps(() => (this.state.busy = false));
    }

    label(operation) {
        return operationLabel(operation);
    }

    async retry(operation) {
        this.state.busy = true;
        try {
            await this.props.model.queue.retry(operation.uuid);
        } finally {
            this.state.busy = false;
        }
    }

    /** What is given up is written down on the ticket, with the reason. */
    giveUp(operation) {
        this.dialog.add(ReasonDialog, {
            title: _t("Give up: %s", operationLabel(operation)),
            explanation: _t("It will not be done. The ticket's history tells what was given up, and why."),
            reasonLabel: _t("Why"),
            confirmLabel: _t("Give Up"),
            confirm: ({ reason }) => this.props.model.queue.giveUp(operation.uuid, reason),
        });
    }
}
