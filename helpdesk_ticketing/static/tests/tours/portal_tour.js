import { registry } from "@web/core/registry";

/** Draws a line on the signature pad, as a finger does. */
export function drawSignature() {
    const canvas = document.querySelector(".o_ticketing_canvas");
    const box = canvas.getBoundingClientRect();
    const fire = (type, part) =>
        canvas.dispatchEvent(
            new PointerEvent(type, {
                bubbles: true,
                cancelable: true,
                pointerId: 1,
                isPrimary: true,
                pressure: 0.5,
                button: 0,
                buttons: type === "pointerup" ? 0 : 1,
                clientX: box.left + box.width * part,
                clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(part * 12)),
            })
        );
    fire("pointerdown", 0.1);
    for (let part = 0.1; part < 0.9; part += 0.05) {
        fire("pointermove", part);
    }
    fire("pointerup", 0.9);
}

const signSteps = [
    { content: "an empty pad can't be sent", trigger: ".o_ticketing_sign_submit:enabled", run: "click" },
    { content: "the mistake is told", trigger: ".o_ticketing_sign_error" },
    { content: "sign", trigger: ".o_ticketing_canvas", run: drawSignature },
    { content: "the pad is not empty, the message is gone", trigger: ".o_ticketing_pad_clear" },
    { trigger: ".o_ticketing_signature_form:not(:has(.o_ticketing_sign_error))" },
];

registry.category("web_tour.tours").add("ticketing_portal_customer", {
    steps: () => [
        { content: "a note waits", trigger: "a[href='/my/notes?filterby=ready']:contains('1')" },
        { content: "to the tickets", trigger: ".o_portal_index_card a[href='/my/tickets']", run: "click", expectUnloadPage: true },
        { content: "the open one is there", trigger: ".o_ticketing_list:contains('Boiler cold')" },
        { content: "report another", trigger: "a.o_ticketing_new", run: "click", expectUnloadPage: true },
        { content: "wait for the form", trigger: "body[is-ready=true] .o_ticketing_form" },
        { content: "subject", trigger: "input[name='subject']", run: "edit Lamp in the hall is dark" },
        { content: "story", trigger: "textarea[name='description']", run: "edit Since yesterday" },
        { content: "send", trigger: ".o_ticketing_form button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "its number is told", trigger: ".alert-success:contains('its number is')" },
        { content: "ready", trigger: "body[is-ready=true]" },
        { content: "it works again", trigger: "form[action$='/solve'] button", run: "click", expectUnloadPage: true },
        { content: "solved", trigger: ".alert-success:contains('The ticket is solved')" },
        { content: "back to the list", trigger: ".breadcrumb a[href='/my/tickets']", run: "click", expectUnloadPage: true },
        { content: "the other one", trigger: ".o_ticketing_list a:contains('Boiler cold')", run: "click", expectUnloadPage: true },
        { content: "its note", trigger: "a[href^='/my/notes/']:contains('See and sign')", run: "click", expectUnloadPage: true },
        { content: "his name is there", trigger: "#ticketing_signer:value('Marta Test')" },
        ...signSteps,
        { content: "send", trigger: ".o_ticketing_sign_submit", run: "click", expectUnloadPage: true },
        { content: "signed", trigger: ".o_ticketing_signed:contains('Marta Test')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_sign_link", {
    steps: () => [
        { content: "write the name", trigger: "#ticketing_signer", run: "edit Ana López" },
        ...signSteps,
        { content: "clear", trigger: ".o_ticketing_pad_clear", run: "click" },
        { content: "empty again", trigger: ".o_ticketing_pad_hint" },
        { content: "sign again", trigger: ".o_ticketing_canvas", run: drawSignature },
        { content: "drawn", trigger: ".o_ticketing_pad_clear" },
        { content: "send", trigger: ".o_ticketing_sign_submit", run: "click", expectUnloadPage: true },
        { content: "thanks", trigger: ".o_ticketing_thanks:contains('is signed')" },
    ],
});
