import { Component, onMounted, onWillStart, onWillUnmount, useRef, useState } from "@odoo/owl";
import { router } from "@web/core/browser/router";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatDay, formatMoment } from "./format";
import { isVisited } from "./operations";
import { prepareScanner } from "./scanner";
import { SyncPill, SyncStrip } from "./sync_status";
import { TicketCard } from "./ticket_card";
import { TicketPage } from "./ticket_page";

const { DateTime } = luxon;
const STALE = 5 * 60 * 1000;

/** The technician's day on his telephone: his tickets in order, and all that he does on one of them. */
export class TechnicianDay extends Component {
    static template = "helpdesk_ticketing.TechnicianDay";
    static components = { SyncPill, SyncStrip, TicketCard, TicketPage };
    static props = { ...standardActionServiceProps };
    static path = "my-day";

    setup() {
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.model = useService("ticketing_technician").model;
        this.queue = useState(this.model.queue.state);
        this.data = useState(this.model.state);
        this.state = useState({ ticketId: this.props.resId || null, isRefreshing: false });
        this.pageRef = useRef("page");
        this.onPopState = this.onPopState.bind(this);
        this.onVisible = this.onVisible.bind(this);
        onWillStart(() => this.open());
        onMounted(() => {
            prepareScanner().catch(() => {}); // no network: the scanner will say so
            browser.addEventListener("popstate", this.onPopState, { capture: true });
            document.addEventListener("visibilitychange", this.onVisible);
        });
        onWillUnmount(() => {
            browser.removeEventListener("popstate", this.onPopState, { capture: true });
            document.removeEventListener("visibilitychange", this.onVisible);
        });
    }

    /** What is kept on the device is there at once; only the first time the server is waited for. */
    async open() {
        await this.model.open();
        const refreshed = this.refresh();
        if (!this.data.base) {
            await refreshed;
        }
    }

    async refresh() {
        this.state.isRefreshing = true;
        try {
            await this.model.refresh();
        } finally {
            this.state.isRefreshing = false;
        }
    }

    onVisible() {
        if (!document.hidden && Date.now() - (this.data.receivedAt || 0) > STALE) {
            this.refresh();
        }
    }

    // What is shown

    /** Read through the reactive states, so that the screen follows them. */
    get day() {
        return this.data.base && this.queue.operations && this.model.day;
    }

    get date() {
        return formatDay(this.day?.date || DateTime.now().toISODate());
    }

    get received() {
        const moment = new Date(this.data.receivedAt).toISOString();
        return _t("As it was at %s", formatMoment(moment.replace("T", " ").slice(0, 19)));
    }

    get progress() {
        return _t("%(done)s of %(all)s done", { done: this.visited, all: this.tickets.length });
    }

    /** Of yesterday, or nothing at all: without network there is nothing better. */
    get isOld() {
        return Boolean(this.day) && (this.queue.status === "offline" || this.queue.status === "signed_out");
    }

    get tickets() {
        return this.day?.tickets || [];
    }

    get visited() {
        return this.tickets.filter(isVisited).length;
    }

    get ticket() {
        return this.tickets.find((ticket) => ticket.id === this.state.ticketId);
    }

    /** The next one on which something is left to do. */
    get next() {
        const { ticket } = this;
        const open = this.tickets.filter((other) => other !== ticket && !isVisited(other));
        return open.find((other) => other.position > ticket.position) || open[0];
    }

    operationsOf(ticket) {
        return this.queue.operations.filter((operation) => operation.ticket_id === ticket.id);
    }

    /** What was refused on tickets that are not on today's list any more must be seen, too. */
    get strayOperations() {
        const ids = this.tickets.map((ticket) => ticket.id);
        return this.queue.operations.filter(({ ticket_id, state }) => state === "failed" && !ids.includes(ticket_id));
    }

    // Going from one to the other

    select(ticketId) {
        this.state.ticketId = ticketId;
        this.props.updateActionState?.({ resId: ticketId || false });
        this.pageRef.el?.scrollTo(0, 0);
    }

    /** The telephone's "back" leads from a ticket to the list without asking the server for this page again. */
    onPopState(ev) {
        const target = ev.state?.nextState?.actionStack?.at(-1);
        const { action } = this.props;
        if (target && [action.path, action.id, action.tag].includes(target.action)) {
            router.skipLoad = true;
            this.state.ticketId = target.resId || null;
            this.props.updateActionState?.({ resId: target.resId || false });
        }
    }

    openForm(ticketId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ticketing.ticket",
            res_id: ticketId,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("helpdesk_ticketing.technician_day", TechnicianDay);
