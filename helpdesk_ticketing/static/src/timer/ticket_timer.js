import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const { DateTime } = luxon;
const SECOND = 1000;

/** Hours, minutes and seconds, as on a stop watch. */
export function formatWatch(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const whole = Math.max(0, Math.floor(seconds));
    return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}

/** The user's own timer on a ticket: it runs by itself and asks the server for nothing until a button is pressed. */
export class TicketTimer extends Component {
    static template = "helpdesk_ticketing.TicketTimer";
    static props = {
        ...standardWidgetProps,
        isClock: { type: Boolean, optional: true },
        isForPhones: { type: Boolean, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ now: DateTime.now(), busy: false });
        onMounted(() => {
            this.interval = browser.setInterval(() => {
                if (this.isRunning) {
                    this.state.now = DateTime.now();
                }
            }, SECOND);
        });
        onWillUnmount(() => browser.clearInterval(this.interval));
    }

    get data() {
        return this.props.record.data;
    }

    get isRunning() {
        return this.data.timer_state === "running";
    }

    get isPaused() {
        return this.data.timer_state === "paused";
    }

    get canStart() {
        const ended = ["solved", "closed", "cancelled"].includes(this.data.stage_kind);
        return Boolean(this.props.record.resId) && !this.isRunning && !ended;
    }

    /** On a desk the header has the buttons; a second set of them on the page of hours would only confuse. */
    get isShown() {
        return (
            (this.isRunning || this.isPaused || this.canStart) && (!this.props.isForPhones || this.env.isSmall)
        );
    }

    /** A clock has its buttons beside it in the header; on a telephone those are hidden in a menu. */
    get hasButtons() {
        return !this.props.isClock || this.env.isSmall;
    }

    get text() {
        const since = this.isRunning ? this.state.now.diff(this.data.timer_since, "seconds").seconds : 0;
        return formatWatch(this.data.timer_seconds + Math.max(since, 0));
    }

    /** Save what is being typed, do it, and show what came of it. A second press waits for the first one. */
    async press(method) {
        if (this.state.busy) {
            return;
        }
        const { record } = this.props;
        this.state.busy = true;
        try {
            if (await record.save()) {
                const action = await this.orm.call(record.resModel, method, [[record.resId]]);
                if (action && typeof action === "object") {
                    await this.action.doAction(action, { onClose: () => record.load() });
                }
                await record.load();
                this.state.now = DateTime.now();
            }
        } finally {
            this.state.busy = false;
        }
    }
}

export const ticketTimer = {
    component: TicketTimer,
    extractProps: ({ options }) => ({ isClock: Boolean(options.clock), isForPhones: Boolean(options.phone) }),
    fieldDependencies: [
        { name: "timer_state", type: "selection", readonly: true },
        { name: "timer_since", type: "datetime", readonly: true },
        { name: "timer_seconds", type: "integer", readonly: true },
        { name: "stage_kind", type: "selection", readonly: true },
    ],
};

registry.category("view_widgets").add("ticketing_timer", ticketTimer);
