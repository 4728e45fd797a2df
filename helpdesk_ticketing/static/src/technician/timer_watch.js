import { Component, onMounted, onWillUnmount, useState, xml } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatWatch } from "../timer/ticket_timer";
import { timerSeconds } from "./operations";

const SECOND = 1000;

/** What the timer has counted; it moves while it runs. */
export class TimerWatch extends Component {
    static template = xml`
        <span class="o_technician_watch badge rounded-pill" t-att-class="isRunning ? 'text-bg-success' : 'text-bg-secondary'" role="timer">
            <i class="fa me-1" t-att-class="isRunning ? 'fa-play' : 'fa-pause'" aria-hidden="true"/><t t-out="text"/>
        </span>`;
    static props = { timer: Object, model: Object };

    setup() {
        this.state = useState({ now: this.props.model.now });
        onMounted(() => {
            this.interval = browser.setInterval(() => (this.state.now = this.props.model.now), SECOND);
        });
        onWillUnmount(() => browser.clearInterval(this.interval));
    }

    get isRunning() {
        return this.props.timer.state === "running";
    }

    get text() {
        return formatWatch(timerSeconds(this.props.timer, Math.max(this.state.now, this.props.model.now)));
    }
}
