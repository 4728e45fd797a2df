import { describe, expect, test } from "@odoo/hoot";
import { fit, shrinkPhoto } from "@helpdesk_ticketing/technician/photo";
import { findByCode, searchProducts } from "@helpdesk_ticketing/technician/products";
import {
    applyOperation,
    applyOperations,
    billHours,
    isFinished,
    isVisited,
    makeOperation,
    missingChecks,
    newUuid,
    timerSeconds,
    toMillis,
    toWire,
} from "@helpdesk_ticketing/technician/operations";

const NINE = "2026-11-22T09:00:00.000Z";
const HALF_PAST = "2026-11-22T09:30:00.000Z";
const IDLE = { state: "idle", since: false, seconds: 0, to_confirm: false };

function makeTicket(values) {
    return {
        id: 1,
        stage: { name: "Open", kind: "open" },
        timer: IDLE,
        hours: [],
        material: [],
        photos: [],
        checklist: [],
        summary: "",
        note: false,
        ...values,
    };
}

function makeDay(...tickets) {
    const products = [{ id: 7, name: "Válvula", code: "V-1", barcode: "841", available: 5, lots: [] }];
    return { date: "2026-11-22", tickets, van: { name: "Van", products } };
}

const operation = (kind, values = {}, other = {}) => ({
    uuid: `uuid-${kind}`,
    kind,
    ticket_id: 1,
    at: NINE,
    values,
    shown: {},
    state: "waiting",
    ...other,
});

/** The first ticket after some operations. */
function after(day, ...operations) {
    return applyOperations(day, operations).tickets[0];
}

describe("what an operation changes on the screen", () => {
    test("the timer runs, pauses, and becomes hours", () => {
        const day = makeDay(makeTicket({ billing: { minutes: 15, rounding: "up" } }));
        const start = operation("timer_start");
        expect(after(day, start).timer).toEqual({ ...IDLE, state: "running", since: NINE });
        const pause = operation("timer_pause", {}, { at: "2026-11-22T09:20:00.000Z" });
        expect(after(day, start, pause).timer).toEqual({ ...IDLE, state: "paused", seconds: 1200 });
        const stop = operation("timer_stop", { summary: "Valve replaced" }, { at: HALF_PAST });
        const ticket = after(day, start, pause, stop);
        expect(ticket.timer).toEqual(IDLE);
        expect(ticket.hours).toHaveLength(1);
        expect(ticket.hours[0]).toMatchObject({ name: "Valve replaced", hours: 0.5, date: "2026-11-22" });
        expect(day.tickets[0].timer).toEqual(IDLE, { message: "the day received is not changed" });
    });

    test("work on the same day is one entry", () => {
        const day = makeDay(makeTicket());
        const work = (uuid, start, end, summary) => [
            operation("timer_start", {}, { at: start }),
            operation("timer_stop", { summary }, { uuid, at: end }),
        ];
        const first = work("one", NINE, "2026-11-22T09:00:20.000Z", "Looked");
        const second = work("two", HALF_PAST, "2026-11-22T09:30:50.000Z", "Mended");
        const { hours } = after(day, ...first, ...second);
        expect(hours).toHaveLength(1);
        expect(hours[0].name).toBe("Looked; Mended");
        expect(hours[0].hours).toBe(2 / 60, { message: "70 seconds are two minutes that have begun" });
    });

    test("what the server has of the day is rounded with what is worked later", () => {
        const typed = { id: 1, date: "2026-11-22", name: "Typed", hours: 0.5, covered: false, reason: false };
        const timed = { ...typed, id: 2, name: "Looked", hours: 0.25, price: "€ 10", seconds: 300 };
        const day = makeDay(makeTicket({ hours: [typed, timed], billing: { minutes: 15, rounding: "up" } }));
        const start = operation("timer_start");
        const stop = operation("timer_stop", { summary: "Looked" }, { at: "2026-11-22T09:05:00.000Z" });
        const { hours } = after(day, start, stop);
        expect(hours).toHaveLength(2);
        expect(hours[1]).toMatchObject({ id: 2, name: "Looked", hours: 0.25, seconds: 600, price: "" });
    });

    test("who starts a timer pauses his other one", () => {
        const running = { ...IDLE, state: "running", since: "2026-11-22 08:00:00", seconds: 60 };
        const day = makeDay(makeTicket(), makeTicket({ id: 2, timer: running }));
        const [one, other] = applyOperations(day, [operation("timer_start")]).tickets;
        expect(one.timer.state).toBe("running");
        expect(other.timer).toEqual({ ...IDLE, state: "paused", seconds: 3660 });
    });

    test("a timer counts on the server's clock, and never backwards", () => {
        const timer = { ...IDLE, state: "running", since: "2026-11-22 09:00:00", seconds: 5 };
        expect(timerSeconds(timer, toMillis(NINE) + 1000)).toBe(6);
        expect(timerSeconds(timer, toMillis(NINE) - 1000)).toBe(5);
    });

    test("material leaves the van and comes back", () => {
        const day = makeDay(makeTicket({ total: "90 €" }));
        const add = operation("material_add", { product_id: 7, quantity: 2, lot_name: false }, { shown: { name: "Válvula" } });
        const added = applyOperations(day, [add]);
        expect(added.tickets[0].total).toBe("", { message: "only the server knows what it costs" });
        expect(added.tickets[0].material).toMatchObject([{ id: "uuid-material_add", name: "Válvula", quantity: 2 }]);
        expect(added.van.products[0].available).toBe(3);
        const back = applyOperation(added, operation("material_remove", { uuid: "uuid-material_add" }));
        expect(back.tickets[0].material).toEqual([]);
        expect(back.van.products[0].available).toBe(5);
    });

    test("photo, check, summary and signature", () => {
        const item = { id: 3, name: "Pressure", required: true, kind: "number", done: false, value: false };
        const day = makeDay(makeTicket({ checklist: [item] }));
        expect(missingChecks(day.tickets[0])).toEqual([item]);
        const ticket = after(
            day,
            operation("photo_add", { name: "a.jpg", data: "QUJD" }),
            operation("check", { item_id: 3, done: true, value: "1.5" }),
            operation("summary", { summary: "Done" }),
        );
        expect(ticket.photos[0]).toMatchObject({ name: "a.jpg", url: "data:image/jpeg;base64,QUJD" });
        expect(missingChecks(ticket)).toEqual([]);
        expect(ticket.checklist[0].value).toBe("1.5");
        expect(ticket.summary).toBe("Done");
        expect(isFinished(ticket)).toBe(false);
        const signed = after(day, operation("sign", { signer_name: "Marta", summary: "Done" }));
        expect(signed.note.state).toBe("signed");
        const isOver = { sign: true, solve: true, absent: false, refuse: false };
        for (const [kind, isIt] of Object.entries(isOver)) {
            const ended = after(day, operation(kind));
            expect([isFinished(ended), isVisited(ended)]).toEqual([isIt, true], { message: kind });
        }
    });

    test("what was refused or given up has no effect, what waits behind it has", () => {
        const day = makeDay(makeTicket());
        const states = { waiting: "x", blocked: "x", done: "x", failed: "", discarding: "" };
        for (const [state, summary] of Object.entries(states)) {
            expect(after(day, operation("summary", { summary: "x" }, { state })).summary).toBe(summary, { message: state });
        }
        expect(applyOperations(day, [operation("summary", {}, { ticket_id: 9 })])).toBe(day);
    });

    test("an operation says when the thumb pressed; the screen knows by how much the clock is wrong", () => {
        const skew = 3600 * 1000;
        const made = { ...makeOperation("timer_start", 1, {}, { skew }), state: "waiting" };
        expect(Math.abs(Date.parse(made.at) - Date.now())).toBeLessThan(1000);
        const { since } = after(makeDay(makeTicket()), made).timer;
        expect(Date.parse(since)).toBe(Math.floor(Date.parse(made.at) / 1000) * 1000 - skew);
        expect(Object.keys(toWire({ ...made, state: "waiting" }))).toEqual(["uuid", "kind", "ticket_id", "at", "values"]);
    });

    test("an operation has an identity where the page did not come by HTTPS, too", () => {
        const plain = { getRandomValues: (bytes) => crypto.getRandomValues(bytes) };
        expect(newUuid(plain)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(newUuid(plain)).not.toBe(newUuid(plain));
    });

    test("hours are rounded as the server does", () => {
        const bill = (minutes, rounding, ...all) => all.map((seconds) => billHours(seconds, { minutes, rounding }));
        expect(bill(15, "up", 0, 1, 900, 901)).toEqual([0, 0.25, 0.25, 0.5]);
        expect(bill(15, "nearest", 1, 1349, 1350)).toEqual([0.25, 0.25, 0.5]);
    });
});

describe("what is in the van", () => {
    const pump = { id: 8, name: "Bomba", code: "B", barcode: "842", available: 1, lots: [{ id: 4, name: "PUMP-1" }] };
    const products = [...makeDay().van.products, pump];

    test("found by each word, without accents", () => {
        const names = (term) => searchProducts(products, term).map(({ name }) => name);
        expect(names("valvula v-1")).toEqual(["Válvula"]);
        expect(names("pump-1")).toEqual(["Bomba"]);
        expect(names("")).toHaveLength(2);
        expect(names("nothing")).toEqual([]);
    });

    test("found by a code that is scanned", () => {
        expect(findByCode(products, "841").product.name).toBe("Válvula");
        expect(findByCode(products, "PUMP-1")).toEqual({ product: pump, lot: pump.lots[0] });
        expect(findByCode(products, "84")).toBe(null);
        const [short, long] = [{ barcode: "036000291452", lots: [] }, { barcode: "0036000291452", lots: [] }];
        expect(findByCode([short], long.barcode)).toEqual({ product: short });
        expect(findByCode([long], short.barcode)).toEqual({ product: long });
        expect(findByCode([{ barcode: false, lots: [] }], "036000291452")).toBe(null);
    });
});

test("a photo is made small on the device", async () => {
    expect(fit(4000, 3000)).toEqual([1600, 1200]);
    expect(fit(300, 200)).toEqual([300, 200]);
    const canvas = Object.assign(document.createElement("canvas"), { width: 2400, height: 1200 });
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    const data = await shrinkPhoto(new File([blob], "big.png", { type: "image/png" }));
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    expect([picture.width, picture.height]).toEqual([1600, 800]);
});
