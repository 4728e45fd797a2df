import { Component } from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { SlaChip } from "../sla/sla_chip";
import { FailedOperations } from "./failed_operations";
import { formatMoment } from "./format";
import { isFinished } from "./operations";
import { TimerWatch } from "./timer_watch";

/** One ticket of the day: when, what, for whom, where, and how it stands. */
export class TicketCard extends Component {
    static template = "helpdesk_ticketing.TicketCard";
    static components = { FailedOperations, SlaChip, TimerWatch };
    static props = {
        ticket: { type: Object, optional: true },
        operations: Array,
        model: Object,
        isSelected: { type: Boolean, optional: true },
        onOpen: { type: Function, optional: true },
    };

    get failed() {
        return this.props.operations.filter(({ state }) => state === "failed");
    }

    get waiting() {
        return this.props.operations.filter(({ state }) => state === "waiting" || state === "blocked").length;
    }

    get waitingText() {
        return _t("%s waiting on this device", this.waiting);
    }

    get isFinished() {
        return isFinished(this.props.ticket);
    }

    get time() {
        const { planned_on: planned } = this.props.ticket;
        return planned && formatMoment(planned);
    }

    get deadline() {
        const { deadline, deadline_state: state } = this.props.ticket;
        const data = { sla_deadline: deadline && deserializeDateTime(deadline), sla_state: state };
        return { data: { ...data, sla_target: "resolution" } };
    }

    get colour() {
        const { timer, deadline_state: state } = this.props.ticket;
        if (this.isFinished) {
            return "o_technician_done";
        }
        if (timer.state === "running") {
            return "o_technician_running";
        }
        return state === "breached" ? "o_technician_late" : "";
    }

    get outcome() {
        const { note, stage } = this.props.ticket;
        const looks = {
            refused: { text: _t("Not signed"), colour: "text-bg-danger" },
            ready: { text: _t("To sign"), colour: "text-bg-warning" },
            signed: { text: _t("Signed"), colour: "text-bg-success" },
        };
        const solved = { text: stage.kind === "solved" ? _t("Solved") : stage.name, colour: "text-bg-success" };
        return looks[note?.state] || (this.isFinished && solved);
    }
}
