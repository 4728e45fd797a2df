import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { formatHours, formatQuantity } from "./format";
import { SignatureScreen } from "./signature_screen";

/** What the customer signs for, in plain sight, then his name; the signature itself has the whole screen. */
export class SignDialog extends Component {
    static template = "helpdesk_ticketing.SignDialog";
    static components = { Dialog };
    static props = { close: Function, ticket: Object, isConfirmed: Boolean, sign: Function };

    setup() {
        this.dialog = useService("dialog");
        const { ticket } = this.props;
        this.state = useState({ name: ticket.contact?.signer || "", summary: ticket.summary || "" });
    }

    get ticket() {
        return this.props.ticket;
    }

    get canSign() {
        return this.state.name.trim() && this.state.summary.trim();
    }

    hours(line) {
        return formatHours(line.hours);
    }

    quantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`;
    }

    /** What the server compares with what it freezes. */
    get seen() {
        const { hours, material } = this.ticket;
        return [
            ...hours.map((line) => ({ kind: "labour", name: line.name, quantity: line.hours })),
            ...material.map((line) => ({ kind: "material", name: line.name, quantity: line.quantity })),
        ];
    }

    openPad() {
        const name = this.state.name.trim();
        const summary = this.state.summary.trim();
        this.dialog.add(SignatureScreen, {
            name,
            accept: (signature) => {
                this.props.close();
                return this.props.sign({ signer_name: name, signature, seen: this.seen, summary });
            },
        });
    }
}
