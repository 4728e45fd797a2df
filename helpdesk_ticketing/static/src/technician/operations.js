// What a technician does on his device, as data, and what it changes on his screen. Nothing here touches the screen,
// the network or the device, so that all of it can be tested with plain values.

const SECOND = 1000;
const ENDED = ["solved", "closed", "cancelled"];
/** They confirm what was done before: they wait while an earlier operation of their ticket is refused. */
export const FINAL_KINDS = ["sign", "absent", "refuse", "solve"];
/** They have an effect on the screen: what is on its way, and what has arrived but is not in the day received last. */
const SHOWN_STATES = ["waiting", "blocked", "done"];

/** A random identity by which the server knows an operation that it is sent twice. */
export function newUuid(crypto = globalThis.crypto) {
    if (crypto.randomUUID) {
        return crypto.randomUUID(); // only where the page came by HTTPS
    }
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * @param {string} kind see the server's ``technician_apply``
 * @param {number} ticketId
 * @param {object} [values] what the server is sent
 * @param {object} [options]
 * @param {object} [options.shown] what only the screen needs, as the name of a product
 * @param {number} [options.skew] by how many milliseconds the device's clock is ahead of the server's
 */
export function makeOperation(kind, ticketId, values = {}, { shown = {}, skew = 0 } = {}) {
    return { uuid: newUuid(), kind, ticket_id: ticketId, at: new Date().toISOString(), values, shown, skew };
}

/** What the server is sent of an operation. */
export function toWire({ uuid, kind, ticket_id, at, values }) {
    return { uuid, kind, ticket_id, at, values };
}

/** Milliseconds of a moment in UTC, as the server writes it or as an operation does. */
export function toMillis(moment) {
    return Date.parse(moment.includes("T") ? moment : `${moment.replace(" ", "T")}Z`);
}

/** When an operation was done, to the second and on the server's clock: so the server will count it. */
function momentOf({ at, skew = 0 }) {
    return Math.floor(toMillis(at) / SECOND) * SECOND - skew;
}

/** What a timer has counted at a moment (milliseconds of the server's clock). */
export function timerSeconds(timer, now) {
    const running = timer.state === "running" && timer.since ? (now - toMillis(timer.since)) / SECOND : 0;
    return timer.seconds + Math.max(0, Math.floor(running));
}

/** The hours on the timesheet for some seconds of work: whole steps, at least one, as the server rounds them. */
export function billHours(seconds, { minutes = 1, rounding = "up" } = {}) {
    if (seconds <= 0) {
        return 0;
    }
    const steps = seconds / (minutes * 60);
    const count = rounding === "up" ? Math.ceil(steps) : Math.floor(steps + 0.5);
    return (Math.max(count, 1) * minutes) / 60;
}

/** Whether it is over: signed, or solved without a signature. */
export function isFinished(ticket) {
    return ticket.note?.state === "signed" || ENDED.includes(ticket.stage.kind);
}

/** Whether the technician may go on to the next one: it is over, or the customer could not or would not sign. */
export function isVisited(ticket) {
    return isFinished(ticket) || ["ready", "refused"].includes(ticket.note?.state);
}

/** The checks that have to be done before the customer signs. */
export function missingChecks(ticket) {
    return ticket.checklist.filter((item) => item.required && !item.done);
}

// The effects: each returns what changes on the ticket. What new work costs, the server says.

function pauseTimer({ timer }, operation) {
    if (timer.state !== "running") {
        return {};
    }
    const seconds = timerSeconds(timer, momentOf(operation));
    return { timer: { ...timer, state: "paused", since: false, seconds } };
}

function startTimer({ timer }, operation) {
    if (timer.state === "running") {
        return {};
    }
    return { timer: { ...timer, state: "running", since: new Date(momentOf(operation)).toISOString() } };
}

/** The timer makes one entry of hours a day: what is worked later on the same day is added to it. */
function stopTimer(ticket, operation, day) {
    const { timer, hours, billing } = ticket;
    const seconds = timerSeconds(timer, momentOf(operation));
    const idle = { state: "idle", since: false, seconds: 0, to_confirm: false };
    if (timer.state === "idle" || !seconds) {
        return { timer: idle };
    }
    const { summary } = operation.values;
    const earlier = hours.find((line) => line.seconds && line.date === day.date); // the server says which one takes more
    const total = seconds + (earlier?.seconds || 0);
    const line = {
        id: operation.uuid,
        date: day.date,
        covered: null,
        reason: false,
        ...earlier,
        price: "",
        name: !earlier || earlier.name.includes(summary) ? earlier?.name || summary : `${earlier.name}; ${summary}`,
        seconds: total,
        hours: billHours(total, billing),
    };
    return { timer: idle, hours: [...hours.filter((other) => other !== earlier), line], total: "" };
}

function addMaterial({ material }, { uuid, values, shown }) {
    const line = {
        id: uuid,
        product_id: values.product_id,
        name: shown.name,
        quantity: values.quantity,
        uom: shown.uom || "",
        lot: shown.lot || values.lot_name || false,
        covered: null,
        reason: false,
        removable: true,
    };
    return { material: [...material, line], total: "" };
}

function removeMaterial({ material }, { values }) {
    const id = values.material_id || values.uuid;
    return { material: material.filter((line) => line.id !== id), total: "" };
}

function addPhoto({ photos }, { uuid, values }) {
    return { photos: [...photos, { id: uuid, name: values.name, url: `data:image/jpeg;base64,${values.data}` }] };
}

function check({ checklist }, { values }) {
    const { item_id, done, value } = values;
    return { checklist: checklist.map((item) => (item.id === item_id ? { ...item, done, value } : item)) };
}

function endIn(state) {
    return ({ note, summary }, { values }) => ({
        summary: values.summary || summary,
        note: { id: false, name: "", ...note, state },
    });
}

const EFFECTS = {
    timer_start: startTimer,
    timer_pause: pauseTimer,
    timer_stop: stopTimer,
    material_add: addMaterial,
    material_remove: removeMaterial,
    photo_add: addPhoto,
    check,
    summary: (ticket, { values }) => ({ summary: values.summary }),
    sign: endIn("signed"),
    absent: endIn("ready"),
    refuse: endIn("refused"),
    solve: ({ stage }) => ({ stage: { ...stage, kind: "solved" } }),
};

/** A person works on one thing at a time: who starts a timer pauses his other ones. */
function changeOthers(ticket, operation) {
    return operation.kind === "timer_start" ? pauseTimer(ticket, operation) : {};
}

/** What is taken leaves the van, and comes back when it is removed. */
function moveStock(van, productId, quantity) {
    if (!van?.products) {
        return van;
    }
    const move = (product) => ({ ...product, available: product.available - quantity });
    return { ...van, products: van.products.map((product) => (product.id === productId ? move(product) : product)) };
}

function changeVan(day, ticket, { kind, values }) {
    if (kind === "material_add") {
        return moveStock(day.van, values.product_id, values.quantity);
    }
    const id = values.material_id || values.uuid;
    const line = kind === "material_remove" && ticket.material.find((other) => other.id === id);
    return line ? moveStock(day.van, line.product_id, -line.quantity) : day.van;
}

/** The day as it is after an operation; the day itself is not changed. */
export function applyOperation(day, operation) {
    const effect = EFFECTS[operation.kind];
    const ticket = day.tickets.find((other) => other.id === operation.ticket_id);
    if (!effect || !ticket) {
        return day;
    }
    const tickets = day.tickets.map((other) => ({
        ...other,
        ...(other === ticket ? effect(other, operation, day) : changeOthers(other, operation)),
    }));
    return { ...day, tickets, van: changeVan(day, ticket, operation) };
}

/** The day with all that was done on the device and is not in it yet. What was refused has no effect. */
export function applyOperations(day, operations) {
    return operations.filter((operation) => SHOWN_STATES.includes(operation.state)).reduce(applyOperation, day);
}
