import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useMinute } from "./clock";

const MINUTES_OF_HOUR = 60;
const MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR;
const MOMENT = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
const LOOKS = {
    running: { colour: "text-bg-success", icon: "fa-clock-o" },
    at_risk: { colour: "text-bg-warning", icon: "fa-hourglass-half" },
    breached: { colour: "text-bg-danger", icon: "fa-exclamation-triangle" },
    paused: { colour: "text-bg-secondary", icon: "fa-pause" },
    met: { colour: "text-bg-light border text-success-emphasis", icon: "fa-check" },
    missed: { colour: "text-bg-light border text-danger-emphasis", icon: "fa-times" },
};

/** A length of time in its two largest units. */
export function formatSpan(minutes) {
    if (minutes >= MINUTES_OF_DAY) {
        const days = Math.floor(minutes / MINUTES_OF_DAY);
        const hours = Math.floor((minutes % MINUTES_OF_DAY) / MINUTES_OF_HOUR);
        return hours ? _t("%(days)s d %(hours)s h", { days, hours }) : _t("%s d", days);
    }
    if (minutes >= MINUTES_OF_HOUR) {
        const hours = Math.floor(minutes / MINUTES_OF_HOUR);
        const rest = minutes % MINUTES_OF_HOUR;
        return rest ? _t("%(hours)s h %(minutes)s min", { hours, minutes: rest }) : _t("%s h", hours);
    }
    return _t("%s min", minutes);
}

/** What is left of the earliest deadline, of what the ticket itself keeps: it asks the server for nothing. */
export class SlaChip extends Component {
    static template = "helpdesk_ticketing.SlaChip";
    static props = { ...standardFieldProps };

    setup() {
        this.minute = useMinute();
    }

    get deadline() {
        return this.props.record.data[this.props.name];
    }

    /** The state, ahead of the server: a deadline that has passed is late before a scheduled action says so. */
    get state() {
        const state = this.props.record.data.sla_state;
        const ahead = state === "running" || state === "at_risk";
        return ahead && this.deadline && this.deadline < this.minute.now ? "breached" : state;
    }

    get look() {
        return LOOKS[this.state];
    }

    get span() {
        const minutes = this.deadline.diff(this.minute.now, "minutes").minutes;
        return formatSpan(Math.abs(Math.ceil(minutes))); // a minute that has begun is still there
    }

    get text() {
        switch (this.state) {
            case "running":
                return this.deadline ? _t("%s left", this.span) : _t("No deadline");
            case "at_risk":
                return this.deadline ? _t("At risk: %s", this.span) : _t("At risk");
            case "breached":
                return this.deadline ? _t("%s late", this.span) : _t("Late");
            case "paused":
                return _t("Paused");
            case "met":
                return _t("Met");
            default:
                return _t("Missed");
        }
    }

    get explanation() {
        switch (this.state) {
            case "paused":
                return _t("The clock stands still");
            case "met":
                return _t("All that was promised was kept");
            case "missed":
                return _t("Something promised came late");
        }
        if (!this.deadline) {
            return _t("Without working hours there is no deadline");
        }
        const moment = this.deadline.toLocaleString(MOMENT);
        switch (this.props.record.data.sla_target) {
            case "first_response":
                return _t("First response until %s", moment);
            case "next_response":
                return _t("Next response until %s", moment);
            default:
                return _t("Resolution until %s", moment);
        }
    }

    get label() {
        return `${this.text}. ${this.explanation}`;
    }
}

export const slaChip = {
    component: SlaChip,
    displayName: _t("SLA Chip"),
    supportedTypes: ["datetime"],
    fieldDependencies: [
        { name: "sla_state", type: "selection", readonly: true },
        { name: "sla_target", type: "selection", readonly: true },
    ],
    isEmpty: (record) => !record.data.sla_state,
    listViewWidth: [150, 175],
};

registry.category("fields").add("sla_chip", slaChip);
