import { markRaw, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { RPCError } from "@web/core/network/rpc";
import { Mutex } from "@web/core/utils/concurrency";
import { MemoryStore } from "./device_store";
import { FINAL_KINDS, toWire } from "./operations";

const MAX_OPERATIONS = 20;
const MAX_CHARACTERS = 1500000; // three photos: a slow connection gets them through before it breaks
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60000;
const SESSION_EXPIRED = "odoo.http.SessionExpiredException";
// The server was busy or restarted: the operation itself is not refused.
const PASSING_ERRORS = /^psycopg2\.|ConcurrencyError$|LockError$|ServiceUnavailable$|TooManyRequests$/;

/** Whether the server has looked at what it was sent, and does not want it. */
export function isRefusal(error) {
    const { exceptionName } = error;
    return error instanceof RPCError && exceptionName !== SESSION_EXPIRED && !PASSING_ERRORS.test(exceptionName);
}

/** How many wait, and how many were refused. */
export function countOperations(operations) {
    const count = (...states) => operations.filter((operation) => states.includes(operation.state)).length;
    return { waiting: count("waiting", "blocked", "discarding"), failed: count("failed") };
}

/** The operations to send next, in the order in which they were done. */
export function nextBatch(operations) {
    const batch = [];
    const stuck = new Set();
    let characters = 0;
    for (const operation of operations) {
        if (operation.state === "waiting" && !(FINAL_KINDS.includes(operation.kind) && stuck.has(operation.ticket_id))) {
            characters += JSON.stringify(operation.values).length;
            if (batch.length === MAX_OPERATIONS || (batch.length && characters > MAX_CHARACTERS)) {
                break;
            }
            batch.push(operation);
        } else if (operation.state !== "done") {
            stuck.add(operation.ticket_id);
        }
    }
    return batch;
}

/**
 * Everything that was done on this device, kept on it before it is sent, and sent in order, once at a time.
 *
 * States of an operation: ``waiting``; ``done``, until a day is received that has it; ``failed``, refused by the server
 * and waiting for a decision of the technician; ``blocked`` behind a failed one; ``discarding``, given up.
 */
export class OperationQueue {
    /**
     * @param {object} options
     * @param {string} options.name of the user's queue on this device
     * @param {DeviceStore} options.store
     * @param {(method: string, args: any[]) => Promise} options.call asks the server
     * @param {() => void} [options.onSent] everything that could be sent has been
     * @param {(operation: object) => void} [options.onResult] the server has answered
     * @param {LockManager} [options.locks] between the tabs of a browser; browsers have it only on HTTPS
     */
    constructor({ name, store, call, onSent = () => {}, onResult = () => {}, locks = browser.navigator.locks }) {
        Object.assign(this, { name, store, call, onSent, onResult, locks });
        this.memory = new MemoryStore(); // what the device has no room for
        this.mutex = new Mutex();
        this.failures = 0;
        this.lastSequence = 0;
        this.sending = null;
        this.state = reactive({ operations: markRaw([]), status: "idle", isKept: true });
        // One tab tells the others what it has done.
        this.channel = browser.BroadcastChannel && new browser.BroadcastChannel(name);
        this.channel?.addEventListener("message", () => this.load());
    }

    close() {
        browser.clearTimeout(this.retryTimer);
        this.channel?.close();
        this.store.close();
    }

    // What is kept

    async load() {
        const operations = [...(await this._stored()), ...(await this.memory.all())];
        this.isLoaded = true;
        this._show(operations);
    }

    async _stored() {
        try {
            return await this.store.all();
        } catch {
            this.state.isKept = false;
            return [];
        }
    }

    _show(operations) {
        operations.sort((one, other) => one.sequence - other.sequence);
        this.lastSequence = Math.max(this.lastSequence, operations.at(-1)?.sequence || 0);
        this.state.operations = markRaw(operations);
    }

    /** Keep operations as they are now: on the device, else in memory for as long as the page is open. */
    async _keep(operations) {
        const changed = new Map(operations.map((operation) => [operation.uuid, operation]));
        try {
            await this.store.put(operations);
            await this.memory.remove([...changed.keys()]);
        } catch {
            this.state.isKept = false;
            await this.memory.put(operations);
        }
        this._show([...this.state.operations.filter(({ uuid }) => !changed.has(uuid)), ...operations]);
        this.channel?.postMessage("changed");
    }

    async _remove(uuids) {
        await this.memory.remove(uuids);
        try {
            await this.store.remove(uuids);
        } catch {
            this.state.isKept = false;
        }
        this._show(this.state.operations.filter(({ uuid }) => !uuids.includes(uuid)));
        this.channel?.postMessage("changed");
    }

    /** Keep an operation, show it, and then send it as soon as there is a network. */
    async add(operation) {
        this.lastSequence = Math.max(Date.now(), this.lastSequence + 1);
        await this._keep([{ ...operation, sequence: this.lastSequence, state: "waiting", error: false }]);
        this.send();
    }

    /** What a day contains that was asked for after these were done needs no effect of its own any more. */
    async forget(uuids) {
        if (uuids.length) {
            await this._remove(uuids);
        }
    }

    // What the technician decides about what was refused

    get(uuid) {
        return this.state.operations.find((operation) => operation.uuid === uuid);
    }

    async retry(uuid) {
        await this._keep([{ ...this.get(uuid), state: "waiting", error: false, isRetried: true }]);
        return this.send();
    }

    async giveUp(uuid, reason) {
        await this._keep([{ ...this.get(uuid), state: "discarding", reason }]);
        return this.send();
    }

    /** What was blocked on these tickets may be tried again. */
    async unblock(ticketIds) {
        const blocked = this.state.operations.filter(
            ({ state, ticket_id }) => state === "blocked" && ticketIds.includes(ticket_id),
        );
        if (blocked.length) {
            await this._keep(blocked.map((operation) => ({ ...operation, state: "waiting" })));
        }
    }

    // Sending

    /** Run something while nobody sends, in no tab. */
    exclusive(work) {
        return this.mutex.exec(() => (this.locks ? this.locks.request(this.name, work) : work()));
    }

    /** Send what waits; called meanwhile, it looks once more when it is through. */
    send() {
        browser.clearTimeout(this.retryTimer);
        this.isAskedAgain = Boolean(this.sending);
        this.sending ??= this._send().finally(() => (this.sending = null));
        return this.sending;
    }

    async _send() {
        do {
            this.isAskedAgain = false;
            await this.exclusive(() => this._sendAll());
        } while (this.isAskedAgain);
    }

    async _sendAll() {
        let isAnySent = false;
        browser.clearTimeout(this.retryTimer);
        try {
            for (;;) {
                await this.load(); // another tab may have sent them, and a photo may have been taken meanwhile
                const given = this.state.operations.filter(({ state }) => state === "discarding");
                const batch = nextBatch(this.state.operations);
                if (!given.length && !batch.length) {
                    break;
                }
                this.state.status = "sending";
                await this._discard(given);
                await this._sendBatch(batch);
                this.failures = 0;
                isAnySent = true;
            }
            this.state.status = "idle";
        } catch (error) {
            this.postpone(error);
        }
        if (isAnySent) {
            this.onSent();
        }
    }

    async _discard(operations) {
        for (const operation of operations) {
            const { uuid, reason, ticket_id } = operation;
            try {
                await this.call("technician_discard", [uuid, reason]);
            } catch (error) {
                await this._onRefused([operation], error);
                continue;
            }
            await this._remove([uuid]);
            await this.unblock([ticket_id]);
        }
    }

    async _sendBatch(batch) {
        if (!batch.length) {
            return;
        }
        let results;
        try {
            results = await this.call("technician_apply", [batch.map(toWire), new Date().toISOString()]);
        } catch (error) {
            return this._onRefused(batch, error);
        }
        await this._record(batch, results);
    }

    /** One that the server can't even look at must not hold up the others. */
    async _onRefused(batch, error) {
        if (!isRefusal(error)) {
            throw error;
        }
        if (batch.length === 1) {
            const message = error.data?.message || error.message;
            return this._keep([{ ...batch[0], state: "failed", error: message }]);
        }
        for (const operation of batch) {
            await this._sendBatch([operation]);
        }
    }

    async _record(batch, results) {
        const answers = new Map(results.map((result) => [result.uuid, result]));
        const changed = [];
        for (const operation of batch) {
            const answer = answers.get(operation.uuid);
            if (!answer) {
                throw new Error(`No answer for ${operation.kind} ${operation.uuid}`);
            }
            changed.push({ ...operation, state: answer.state, error: answer.error, result: answer.values });
        }
        await this._keep(changed);
        changed.forEach(this.onResult);
        const mended = changed.filter(({ state, isRetried }) => state === "done" && isRetried);
        await this.unblock(mended.map(({ ticket_id }) => ticket_id));
        // What was refused and then taken back is given up.
        const takenBack = changed.filter(({ state }) => state === "done").map(({ values }) => values.uuid);
        await this.forget(takenBack.filter((uuid) => uuid && this.get(uuid)?.state === "failed"));
    }

    /**
     * Without network: again after a pause, which grows. Without log-in: when there is one.
     *
     * @param {Error} error
     * @param {() => Promise} [again]
     */
    postpone(error, again = () => this.send()) {
        if (error.exceptionName === SESSION_EXPIRED) {
            this.state.status = "signed_out";
            return;
        }
        this.state.status = "offline";
        const pause = Math.min(FIRST_PAUSE * 2 ** this.failures, LONGEST_PAUSE) * (1 + Math.random() / 4);
        this.failures += 1;
        browser.clearTimeout(this.retryTimer);
        this.retryTimer = browser.setTimeout(again, pause);
    }
}
