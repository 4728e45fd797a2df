import { markRaw, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { DeviceStore } from "./device_store";
import { OperationQueue, isRefusal } from "./operation_queue";
import { applyOperations, makeOperation, toMillis } from "./operations";

const MODEL = "ticketing.ticket";
const DAY = "day";
const PATIENCE = 90000; // a dead mobile connection says nothing: after this it is given up, and tried again
const TOLERANCE = 5 * 60 * 1000; // the server believes clocks that differ by less, and corrects the others

/** Ask the server silently: the queue tells about a lost connection itself. */
export async function call(method, args) {
    const request = rpc(
        `/web/dataset/call_kw/${MODEL}/${method}`,
        { model: MODEL, method, args, kwargs: { context: user.context } },
        { silent: true },
    );
    const timer = browser.setTimeout(() => request.abort(), PATIENCE);
    try {
        return await request;
    } finally {
        browser.clearTimeout(timer);
    }
}

/** The name under which this user's day and queue are kept on this device: several may share a telephone. */
export function deviceName() {
    return `ticketing_technician_${session.db}_${user.userId}`;
}

/** A technician's day: what the server said last, with what he has done since. */
export class TechnicianModel {
    /** @param {(operation: object) => void} onResult the server has answered */
    constructor(onResult) {
        const name = deviceName();
        this.store = new DeviceStore(name);
        this.queue = new OperationQueue({ name, store: this.store, call, onSent: () => this.load(), onResult });
        // Another tab has sent something, or received a newer day.
        this.queue.channel?.addEventListener("message", () => this._openKept());
        this.state = reactive({ base: null, receivedAt: null, isLoading: false, isOnline: browser.navigator.onLine });
    }

    /** Show what is kept, send what waits, and then ask for the day. */
    async open() {
        await Promise.all([this._openKept(), this.queue.load()]);
    }

    async _openKept() {
        try {
            const kept = await this.store.kept(DAY);
            if (kept && kept.receivedAt > (this.state.receivedAt || 0)) {
                this._show(kept);
            }
        } catch {
            this.queue.state.isKept = false;
        }
    }

    _show({ day, receivedAt, skew }) {
        this.state.base = markRaw(day);
        this.state.receivedAt = receivedAt;
        this.skew = skew;
    }

    /** The day as the technician has made it; the same object as long as nothing has changed. */
    get day() {
        const { base } = this.state;
        const { operations } = this.queue.state;
        if (base && (base !== this.shown?.base || operations !== this.shown.operations)) {
            this.shown = { base, operations, day: applyOperations(base, operations) };
        }
        return base && this.shown.day;
    }

    /** Now, on the server's clock. */
    get now() {
        return Date.now() - (this.skew || 0);
    }

    /** Keep what the technician has done, show it, and send it when that is possible. */
    do(kind, ticketId, values = {}, shown = {}) {
        browser.navigator.storage?.persist?.(); // not to be cleared away when the telephone needs room
        const operation = makeOperation(kind, ticketId, values, { shown, skew: this.skew });
        return this.queue.add(operation).then(() => operation);
    }

    /** Send what waits, then ask for the day. */
    async refresh() {
        this.state.isOnline = browser.navigator.onLine;
        const { operations } = this.queue.state;
        await this.queue.unblock(operations.map(({ ticket_id }) => ticket_id));
        await this.queue.send();
        return this.load();
    }

    /**
     * Ask for the day while nothing is being sent, so that nothing is shown twice: what is done before is in it.
     *
     * @returns {Promise<boolean>} whether it came
     */
    async load() {
        this.state.isLoading = true;
        try {
            return await this.queue.exclusive(() => this._load());
        } catch (error) {
            if (isRefusal(error)) {
                throw error;
            }
            this.queue.postpone(error, () => this.refresh());
            return false;
        } finally {
            this.state.isLoading = false;
        }
    }

    async _load() {
        await this.queue.load();
        const { operations, status } = this.queue.state;
        const isUnsure = status !== "idle" && operations.some(({ state }) => state === "waiting");
        if (isUnsure && this.state.base) {
            return false; // the server may have done some of them without our knowing
        }
        const done = operations.filter(({ state }) => state === "done").map(({ uuid }) => uuid);
        const day = await call("technician_day", []);
        const ahead = Date.now() - toMillis(day.now);
        const received = { day, receivedAt: Date.now(), skew: Math.abs(ahead) < TOLERANCE ? 0 : ahead };
        this._show(received);
        await this.store.keep(DAY, received).catch(() => (this.queue.state.isKept = false));
        await this.queue.forget(done); // tells the other tabs
        if (status === "offline") {
            this.queue.state.status = "idle";
        }
        return true;
    }
}
