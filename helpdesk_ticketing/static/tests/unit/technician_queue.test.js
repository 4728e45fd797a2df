import { after, describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { DeviceStore, MemoryStore } from "@helpdesk_ticketing/technician/device_store";
import { OperationQueue, countOperations, nextBatch } from "@helpdesk_ticketing/technician/operation_queue";

let number = 0;
const operation = (kind, values = {}, ticket_id = 1) => ({ uuid: `op-${++number}`, kind, ticket_id, at: "now", values });

function rpcError(exceptionName, message = "no") {
    return Object.assign(new RPCError(message), { exceptionName, data: { message } });
}

/** A server that does everything it is sent, once; ``refuse`` decides what it does not do. */
class Server {
    constructor() {
        this.done = [];
        this.calls = 0;
        this.refuse = () => null;
    }

    call = async (method, args) => {
        this.calls += 1;
        const broken = this.break?.(method, args);
        if (broken && !broken.isLate) {
            throw broken;
        }
        const results = method === "technician_apply" ? args[0].map((each) => this.apply(each)) : this.discard(args);
        if (broken) {
            throw broken; // done, and the answer is lost
        }
        return results;
    };

    apply({ uuid, kind }) {
        const refused = this.refuse(kind);
        if (!refused && !this.done.includes(kind)) {
            this.done.push(kind);
        }
        return { uuid, state: "done", error: false, values: {}, ...refused };
    }

    discard([uuid, reason]) {
        this.discarded = reason;
        return uuid;
    }
}

async function makeQueue(server, options = {}) {
    const queue = new OperationQueue({ name: `test-${++number}`, store: new MemoryStore(), call: server.call, locks: null, ...options });
    after(() => queue.close());
    await queue.load();
    return queue;
}

const states = (queue) => queue.state.operations.map(({ kind, state }) => `${kind} ${state}`);

describe("the queue on the device", () => {
    test("is kept before it is sent, sent in order, and shown until a day has it", async () => {
        const server = new Server();
        const queue = await makeQueue(server, { onSent: () => expect.step("sent") });
        server.break = () => void expect.step(`kept ${queue.store.operations.size}`);
        await queue.add(operation("one"));
        await queue.sending;
        await queue.add(operation("two"));
        await queue.sending;
        expect(server.done).toEqual(["one", "two"]);
        expect(states(queue)).toEqual(["one done", "two done"]);
        expect.verifySteps(["kept 1", "sent", "kept 2", "sent"]);
        await queue.forget(queue.state.operations.map(({ uuid }) => uuid));
        expect(queue.state.operations).toEqual([]);
        expect(queue.store.operations.size).toBe(0);
    });

    test("without network it tries again by itself, ever more seldom, and nothing is lost or done twice", async () => {
        const server = new Server();
        const queue = await makeQueue(server);
        server.break = () => new ConnectionLostError();
        await queue.add(operation("one"));
        await queue.sending;
        expect(queue.state.status).toBe("offline");
        expect(countOperations(queue.state.operations)).toEqual({ waiting: 1, failed: 0 });
        const { calls } = server;
        for (const longest of [2.5, 5, 10]) {
            await advanceTime(longest * 1000);
            await queue.sending;
        }
        expect(server.calls).toBe(calls + 3);
        await advanceTime(10 * 1000);
        expect(server.calls).toBe(calls + 3, { message: "the pauses grow" });
        server.break = () => Object.assign(new ConnectionLostError(), { isLate: true });
        await queue.add(operation("two"));
        await queue.send();
        expect(server.done).toEqual(["one", "two"]);
        expect(states(queue)).toEqual(["one waiting", "two waiting"]);
        server.break = null;
        await advanceTime(80 * 1000);
        await queue.sending;
        expect(server.done).toEqual(["one", "two"]);
        expect(states(queue)).toEqual(["one done", "two done"]);
        expect(queue.state.status).toBe("idle");
    });

    test("what is refused waits for a decision, and what confirms it waits with it", async () => {
        const server = new Server();
        const queue = await makeQueue(server);
        server.refuse = (kind) => (kind === "material_add" ? { state: "failed", error: "No stock" } : null);
        server.break = () => new ConnectionLostError();
        for (const kind of ["material_add", "check", "sign"]) {
            await queue.add(operation(kind));
        }
        await queue.send();
        server.refuse = (kind) =>
            ({ material_add: { state: "failed", error: "No stock" }, sign: { state: "blocked" } })[kind];
        server.break = null;
        await queue.send();
        expect(states(queue)).toEqual(["material_add failed", "check done", "sign blocked"]);
        const [failed] = queue.state.operations;
        expect(failed.error).toBe("No stock");
        const { calls } = server;
        await advanceTime(5 * 60 * 1000);
        expect(server.calls).toBe(calls, { message: "what was refused is not sent again by itself" });
        server.refuse = () => null;
        await queue.retry(failed.uuid);
        expect(states(queue)).toEqual(["material_add done", "check done", "sign done"]);
        expect(server.done).toEqual(["check", "material_add", "sign"]);
    });

    test("what is given up is told to the server, and frees the signature", async () => {
        const server = new Server();
        const queue = await makeQueue(server);
        server.refuse = (kind) => (kind === "check" ? { state: "failed", error: "No" } : { state: "blocked" });
        await queue.add(operation("check"));
        await queue.add(operation("sign"));
        await queue.send();
        server.refuse = () => null;
        await queue.giveUp(queue.state.operations[0].uuid, "Not needed");
        expect(server.discarded).toBe("Not needed");
        expect(states(queue)).toEqual(["sign done"]);
    });

    test("one that the server can't look at does not hold up the others", async () => {
        const server = new Server();
        const queue = await makeQueue(server);
        server.break = () => new ConnectionLostError();
        for (const kind of ["one", "bad", "three"]) {
            await queue.add(operation(kind));
        }
        await queue.send();
        const isBad = (args) => args[0].some(({ kind }) => kind === "bad");
        server.break = (method, args) => isBad(args) && rpcError("odoo.exceptions.AccessError", "Not yours");
        await queue.send();
        expect(states(queue)).toEqual(["one done", "bad failed", "three done"]);
        expect(queue.state.operations[1].error).toBe("Not yours");
    });

    test("a server that is busy, or a session that has ended, keeps everything waiting", async () => {
        const server = new Server();
        const queue = await makeQueue(server);
        server.break = () => rpcError("psycopg2.OperationalError");
        await queue.add(operation("one"));
        await queue.send();
        expect([queue.state.status, ...states(queue)]).toEqual(["offline", "one waiting"]);
        server.break = () => rpcError("odoo.http.SessionExpiredException");
        await queue.send();
        expect([queue.state.status, ...states(queue)]).toEqual(["signed_out", "one waiting"]);
        const { calls } = server;
        await advanceTime(5 * 60 * 1000);
        expect(server.calls).toBe(calls);
        server.break = null;
        await queue.send();
        expect(states(queue)).toEqual(["one done"]);
    });

    test("a device without room sends from memory, and says so", async () => {
        const server = new Server();
        const store = new MemoryStore();
        store.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
        const queue = await makeQueue(server, { store });
        server.break = () => new ConnectionLostError();
        await queue.add(operation("one"));
        await queue.send();
        expect(queue.state.isKept).toBe(false);
        expect(states(queue)).toEqual(["one waiting"]);
        server.break = null;
        await queue.send();
        expect(server.done).toEqual(["one"]);
    });

    test("batches are small, and a signature is not sent ahead of what was refused", () => {
        const waiting = (kind, values, ticket_id) => ({ ...operation(kind, values, ticket_id), state: "waiting" });
        const photo = { data: "x".repeat(700000) };
        const photos = [1, 2, 3].map(() => waiting("photo_add", photo));
        expect(nextBatch(photos)).toHaveLength(2);
        const huge = waiting("photo_add", { data: "x".repeat(5000000) });
        expect(nextBatch([huge, waiting("check")])).toEqual([huge]);
        const many = Array.from({ length: 50 }, () => waiting("check"));
        expect(nextBatch(many)).toHaveLength(20);
        const failed = { ...operation("check"), state: "failed" };
        const other = waiting("sign", {}, 2);
        const later = waiting("check");
        expect(nextBatch([failed, waiting("sign"), later, other])).toEqual([later, other]);
    });

    test("two pages share it on a real device: each is sent once, whoever sends it", async () => {
        const server = new Server();
        const name = `ticketing_test_${Date.now()}`;
        after(() => window.indexedDB.deleteDatabase(name));
        server.break = () => new ConnectionLostError();
        const one = await makeQueue(server, { name, store: new DeviceStore(name) });
        await one.add(operation("one", { data: "x".repeat(100000) }));
        await one.add(operation("two"));
        await one.send();
        one.close();
        const other = await makeQueue(server, { name, store: new DeviceStore(name) });
        expect(states(other)).toEqual(["one waiting", "two waiting"], { message: "a reload loses nothing" });
        server.break = null;
        await other.send();
        await one.send();
        expect(server.done).toEqual(["one", "two"]);
        expect(states(one)).toEqual(["one done", "two done"]);
        await one.store.keep("day", { day: 1 });
        expect(await other.store.kept("day")).toEqual({ day: 1 });
    });
});
