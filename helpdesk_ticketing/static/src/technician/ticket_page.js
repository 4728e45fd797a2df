import { Component, onWillUpdateProps, useEffect, useRef, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { delay } from "@web/core/utils/concurrency";
import { SlaChip } from "../sla/sla_chip";
import { CheckList } from "./check_list";
import { FailedOperations } from "./failed_operations";
import { formatHours, formatMoment } from "./format";
import { MaterialList } from "./material_list";
import { isFinished, isVisited, missingChecks } from "./operations";
import { PhotoList } from "./photo_list";
import { ReasonDialog } from "./reason_dialog";
import { SignDialog } from "./sign_dialog";
import { TimerWatch } from "./timer_watch";

const PATIENCE = 4000; // for the server's figures, before the device's own are shown
const LONG_TEXT = 220;

/** A ticket at the customer's: everything that is done there, down to the signature. */
export class TicketPage extends Component {
    static template = "helpdesk_ticketing.TicketPage";
    static components = { CheckList, FailedOperations, MaterialList, PhotoList, SlaChip, TimerWatch };
    static props = {
        ticket: Object,
        day: Object,
        model: Object,
        operations: Array,
        next: { type: Object, optional: true },
        onOpenForm: Function,
        onSelect: Function,
    };

    setup() {
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.rootRef = useRef("root");
        this.checksRef = useRef("checks");
        this.state = useState({ isPreparing: false, isWhole: false, summary: this.ticket.summary || "" });
        onWillUpdateProps(({ ticket }) => this.followSummary(ticket.summary || ""));
        // What came of the visit stands at the top.
        useEffect(
            (isVisited) => {
                if (isVisited) {
                    this.rootRef.el.scrollIntoView({ block: "start" });
                }
            },
            () => [this.isVisited],
        );
    }

    /** What is being typed is not overwritten by what comes in. */
    followSummary(summary) {
        if (this.state.summary.trim() === (this.ticket.summary || "")) {
            this.state.summary = summary;
        }
    }

    get ticket() {
        return this.props.ticket;
    }

    // What is shown

    get failed() {
        return this.props.operations.filter(({ state }) => state === "failed");
    }

    get isBlocked() {
        return this.props.operations.some(({ state }) => state === "blocked");
    }

    get isFinished() {
        return isFinished(this.ticket);
    }

    get isVisited() {
        return isVisited(this.ticket);
    }

    /** What stands on a note that is ready or signed is not changed any more. */
    get isFrozen() {
        return this.isFinished || this.ticket.note?.state === "ready";
    }

    get isWorking() {
        return this.ticket.timer.state !== "idle";
    }

    get timerReason() {
        return this.props.day.no_work_reason;
    }

    get hasWork() {
        return Boolean(this.isWorking || this.ticket.hours.length || this.ticket.material.length);
    }

    get isRemote() {
        return this.ticket.service_mode === "remote";
    }

    /** The deadline as the chip of lists and forms reads it. */
    get deadline() {
        const { deadline, deadline_state: state } = this.ticket;
        const data = { sla_deadline: deadline && deserializeDateTime(deadline), sla_state: state };
        return { data: { ...data, sla_target: "resolution" } };
    }

    get planned() {
        return this.ticket.planned_on && formatMoment(this.ticket.planned_on);
    }

    get isLong() {
        return (this.ticket.description || "").length > LONG_TEXT;
    }

    get description() {
        const text = this.ticket.description || "";
        return this.isLong && !this.state.isWhole ? `${text.slice(0, LONG_TEXT).trimEnd()}…` : text;
    }

    get phone() {
        return (this.ticket.contact?.phone || "").replace(/[^\d+]/g, "");
    }

    hours(line) {
        return formatHours(line.hours);
    }

    get finishedText() {
        const { note, stage } = this.ticket;
        const texts = {
            signed: _t("Signed"),
            ready: _t("Waits for the customer's signature"),
            refused: _t("The customer did not sign: the office is told"),
        };
        return texts[note?.state] || (stage.kind === "solved" ? _t("Solved") : stage.name);
    }

    get finishedIcon() {
        const icons = { ready: "fa-clock-o text-warning", refused: "fa-times-circle text-danger" };
        return icons[this.ticket.note?.state] || "fa-check-circle text-success";
    }

    // What is done

    do(kind, values, shown) {
        return this.props.model.do(kind, this.ticket.id, values, shown);
    }

    stop() {
        return this.askSummary({ title: _t("Stop the timer"), confirmLabel: _t("Stop") });
    }

    /** Ends the work, with words that the customer will read. */
    askSummary({ title, confirmLabel, then = () => {} }) {
        this.dialog.add(ReasonDialog, {
            title,
            summaryLabel: _t("What was done"),
            summary: this.ticket.summary || "",
            explanation: _t("The customer reads it on the delivery note."),
            confirmLabel,
            confirm: async ({ summary }) => {
                await this.do("timer_stop", { summary });
                if (summary !== this.ticket.summary) {
                    await this.do("summary", { summary });
                }
                await then();
            },
        });
    }

    saveSummary() {
        const summary = this.state.summary.trim();
        if (summary !== (this.ticket.summary || "")) {
            this.do("summary", { summary });
        }
    }

    /** Before the end: all checks are done, and no timer goes on behind the customer's back. */
    prepare(then) {
        const missing = missingChecks(this.ticket);
        if (missing.length) {
            const names = missing.map(({ name }) => name).join(", ");
            this.notification.add(_t("Still to check: %s", names), { type: "warning" });
            this.checksRef.el?.scrollIntoView({ behavior: "smooth", block: "center" });
        } else if (this.isWorking) {
            this.askSummary({ title: _t("First, the work ends"), confirmLabel: _t("Stop and Go On"), then });
        } else {
            return then();
        }
    }

    sign() {
        return this.prepare(() => this.openSign());
    }

    /** What is signed are the server's figures; without network, what this device has counted. */
    async openSign() {
        const { model } = this.props;
        this.state.isPreparing = true;
        const loaded = await Promise.race([model.refresh(), delay(PATIENCE)]).finally(
            () => (this.state.isPreparing = false),
        );
        const ticket = model.day.tickets.find(({ id }) => id === this.ticket.id) || this.ticket;
        this.dialog.add(SignDialog, { ticket, isConfirmed: Boolean(loaded), sign: (values) => this.do("sign", values) });
    }

    absent() {
        return this.prepare(() => this.askOutcome("absent", _t("Customer absent"), _t("Who was expected, what was done about it")));
    }

    refuse() {
        return this.prepare(() => this.askOutcome("refuse", _t("Customer refuses to sign"), _t("Why, in the customer's words")));
    }

    askOutcome(kind, title, reasonLabel) {
        this.dialog.add(ReasonDialog, {
            title,
            reasonLabel,
            summaryLabel: _t("What was done"),
            summary: this.ticket.summary || "",
            confirmLabel: title,
            confirm: (values) => this.do(kind, values),
        });
    }

    solve() {
        return this.prepare(() =>
            this.dialog.add(ConfirmationDialog, {
                title: _t("Solved?"),
                body: _t("The customer is told that it is solved. What was worked is billed without a signature."),
                confirmLabel: _t("Solved"),
                confirm: () => void this.do("solve"),
                cancel: () => {},
            }),
        );
    }
}
