import { waitUntil } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";

// A technician's day on his telephone. In the second tour the network is cut by the test (technician_network.py), which
// listens to what is written on the console and says when it is done.

const pill = (text) => ({ content: `the queue: ${text}`, trigger: `.o_technician_pill:contains('${text}')` });

/** A photo as the camera makes it: larger than what is kept. */
async function takePhoto() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 2000, height: 1500 });
    const context = canvas.getContext("2d");
    context.fillStyle = "teal";
    context.fillRect(200, 200, 1600, 1100);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const files = new DataTransfer();
    files.items.add(new File([blob], "boiler.png", { type: "image/png" }));
    const input = document.querySelector("input[name='camera']");
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** A finger on the pad: three strokes. */
function writeName() {
    const canvas = document.querySelector(".o_technician_paper canvas");
    const box = canvas.getBoundingClientRect();
    const press = (type, x, y) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                pointerId: 1,
                clientX: box.left + box.width * x,
                clientY: box.top + box.height * y,
            }),
        );
    for (const start of [0.2, 0.4, 0.6]) {
        press("pointerdown", 0.3, start);
        for (let step = 1; step <= 8; step++) {
            press("pointermove", 0.3 + (step % 2) * 0.4, start + step * 0.02);
        }
        press("pointerup", 0.4, start + 0.2);
    }
}

const open = { content: "his ticket", trigger: ".o_technician_card:contains('It does not work') .o_technician_open", run: "click" };
const start = [
    { content: "to work", trigger: ".o_technician_start", run: "click" },
    { content: "the timer runs", trigger: ".o_technician_bar .o_technician_watch.text-bg-success:contains(/0:00:0[1-9]/)" },
];
const material = [
    { content: "material", trigger: ".o_technician_add", run: "click" },
    { content: "by its name", trigger: ".modal input[name='term']", run: "edit valv" },
    { content: "found", trigger: ".modal .o_technician_product:contains('Valve')", run: "click" },
    { content: "two", trigger: ".modal .o_technician_more", run: "click" },
    { content: "add", trigger: ".modal .o_technician_confirm:enabled", run: "click" },
    { content: "on the list", trigger: ".o_technician_material li:contains('Valve'):contains('2')" },
];
const refused = [
    { content: "a pump", trigger: ".o_technician_add", run: "click" },
    { content: "it is in the van", trigger: ".modal .o_technician_product:contains('Pump')", run: "click" },
    { content: "but not this one", trigger: ".modal input[name='lot']", run: "edit PUMP-9" },
    { content: "add", trigger: ".modal .o_technician_confirm:enabled", run: "click" },
    { content: "it is refused, with the reason", trigger: ".o_technician_failed:contains('PUMP-9')" },
    { content: "it has no effect", trigger: ".o_technician_material:not(:contains('Pump'))" },
    pill("1 refused"),
    { content: "once more", trigger: ".o_technician_retry", run: "click" },
    { content: "no better", trigger: ".o_technician_give_up:enabled", run: "click" },
    { content: "why", trigger: ".modal textarea[name='reason']", run: "edit It was a valve" },
    { content: "given up", trigger: ".modal .o_technician_confirm:enabled", run: "click" },
    { content: "gone", trigger: ".o_technician_ticket:not(:has(.o_technician_failed))" },
    pill("All sent"),
];
const photo = [
    { content: "a photo", trigger: ".o_technician_camera", run: takePhoto },
    { content: "it is there", trigger: ".o_technician_photo img" },
];
const stop = [
    { content: "stop", trigger: ".o_technician_stop", run: "click" },
    { content: "what was done", trigger: ".modal textarea[name='summary']", run: "edit Valve replaced" },
    { content: "it is that", trigger: ".modal .o_technician_confirm:enabled", run: "click" },
    { content: "hours", trigger: ".o_technician_hours li:contains('Valve replaced'):contains('0:01')" },
];
const sign = [
    { content: "the customer signs", trigger: ".o_technician_sign:enabled", run: "click" },
    { content: "hours to sign", trigger: ".o_technician_sign_dialog li:contains('Valve replaced'):contains('0:01')" },
    { content: "material to sign", trigger: ".o_technician_sign_dialog li:contains('Valve'):contains('2')" },
    { content: "who", trigger: ".modal input[name='signer_name']", run: "edit Marta Test" },
    { content: "to the pad", trigger: ".modal .o_technician_to_pad:enabled", run: "click" },
    { content: "it is turned", trigger: ".o_technician_turned .o_technician_paper canvas", run: writeName },
    { content: "accept", trigger: ".o_technician_accept:enabled", run: "click" },
    { content: "signed", trigger: ".o_technician_finished:contains('Signed')" },
];

registry.category("web_tour.tours").add("ticketing_technician_day", {
    steps: () => [
        { content: "two tickets", trigger: ".o_technician_progress:contains('0 of 2 done')" },
        open,
        { content: "call", trigger: ".o_technician_call[href='tel:+34600111222']" },
        { content: "navigate", trigger: ".o_technician_navigate[href*='Passeig']" },
        ...start,
        ...refused,
        ...material,
        { content: "one too much", trigger: ".o_technician_remove", run: "click" },
        { content: "gone", trigger: ".o_technician_material:not(:has(li))" },
        { content: "it was right", trigger: ".o_notification:contains('taken back') button:contains('Undo')", run: "click" },
        { content: "there again", trigger: ".o_technician_material li:contains('Valve'):contains('2')" },
        ...photo,
        { content: "pressure", trigger: ".o_technician_checks li:contains('Pressure') input", run: "edit 1.5 && press Tab" },
        { content: "one is checked", trigger: ".o_technician_checks h3:contains('1 of 2')" },
        { content: "not all is checked", trigger: ".o_technician_sign:enabled", run: "click" },
        { content: "it says so", trigger: ".o_notification:contains('Still to check: Tight')" },
        { content: "tight", trigger: ".o_technician_checks li:contains('Tight') input", run: "click" },
        { content: "all checked", trigger: ".o_technician_checks h3:contains('2 of 2')" },
        ...stop,
        pill("All sent"),
        ...sign,
        pill("All sent"),
        { content: "next", trigger: ".o_technician_next:contains('Hotel Test')", run: "click" },
        { content: "the other one", trigger: ".o_technician_customer:contains('Noise')" },
        { content: "back", trigger: ".o_technician_back", run: "click" },
        { content: "one is done", trigger: ".o_technician_progress:contains('1 of 2 done')" },
        { content: "it says signed", trigger: ".o_technician_card:contains('It does not work'):contains('Signed')" },
        pill("All sent"),
    ],
});

/** Ask the test to change the network, and wait until it has. */
function network(mode) {
    return {
        content: `network: ${mode}`,
        trigger: ".o_technician",
        run: async () => {
            console.log(`network: ${mode}`);
            await waitUntil(() => window.networkMode === mode, { timeout: 5000 });
        },
    };
}

const again = [
    { content: "back", trigger: ".o_technician_back", run: "click" },
    { content: "once more", trigger: ".o_technician_refresh:enabled", run: "click" },
];

registry.category("web_tour.tours").add("ticketing_technician_scan", {
    steps: () => [
        open,
        { content: "the reader is there", trigger: ".o_technician", run: () => waitUntil(() => window.ZXing, { timeout: 10000 }) },
        network("off"), // in the cellar
        pill("No network"),
        { content: "the camera", trigger: ".o_technician_scan", run: "click" },
        { content: "it sees the valve", trigger: ".modal h3:contains('Valve')" },
        { content: "add", trigger: ".modal .o_technician_confirm:enabled", run: "click" },
        { content: "on the list", trigger: ".o_technician_material li:contains('Valve'):contains('1')" },
        network("on"),
        ...again,
        pill("All sent"),
    ],
});

registry.category("web_tour.tours").add("ticketing_technician_offline", {
    steps: () => [
        open,
        pill("All sent"),
        network("off"),
        pill("No network"),
        ...start,
        { content: "it waits", trigger: ".o_technician_offline:contains('1 waiting, kept on this device')" },
        ...material,
        ...photo,
        { content: "tight", trigger: ".o_technician_checks li:contains('Tight') input", run: "click" },
        { content: "pressure", trigger: ".o_technician_checks li:contains('Pressure') input", run: "edit 2 && press Tab" },
        ...stop,
        ...sign,
        { content: "all of it waits", trigger: ".o_technician_offline:contains('8 waiting, kept on this device')" },
        network("refusing"), // the page can be reloaded, but what was done does not get through
        {
            content: "the browser is closed and opened",
            trigger: ".o_technician",
            run: () => window.location.reload(),
            expectUnloadPage: true,
        },
        { content: "nothing is lost", trigger: ".o_technician_offline:contains('8 waiting, kept on this device')" },
        { content: "the signature", trigger: ".o_technician_finished:contains('Signed')" },
        { content: "the photo", trigger: ".o_technician_photo img[src^='data:image/jpeg']" },
        network("deaf"), // the server does it, its answer is lost
        ...again,
        { content: "it was asked", trigger: ".o_technician", run: () => waitUntil(() => window.lostAnswers, { timeout: 10000 }) },
        { content: "as far as is known it waits", trigger: ".o_technician_offline:contains('8 waiting')" },
        network("on"),
        { content: "once more", trigger: ".o_technician_refresh:enabled", run: "click" },
        pill("All sent"),
        { content: "it says signed", trigger: ".o_technician_card:contains('It does not work'):contains('Signed')" },
    ],
});
