import { registry } from "@web/core/registry";
import { drawSignature } from "./portal_tour";

/** A draft is found again by whoever comes back: the page is left without a word to the server. */
const comeBack = () => window.location.assign("/my/tickets/new");

registry.category("web_tour.tours").add("ticketing_portal_service", {
    steps: () => [
        { content: "the form", trigger: "body[is-ready=true] .o_ticketing_form" },
        { content: "no questions yet", trigger: ".o_ticketing_form:not(:has(.o_ticketing_fields:not(.d-none)))" },
        { content: "a type", trigger: "select[name='type_id']", run: "selectByLabel Boiler fault" },
        { content: "its question", trigger: ".o_ticketing_fields:not(.d-none) input[name^='field_']", run: "edit E5" },
        { content: "what it is about", trigger: "input[name='subject']", run: "edit The boiler shows E5" },
        { content: "what happened", trigger: "textarea[name='description']", run: "edit No hot water since Monday" },
        { content: "it is kept", trigger: "body", run: () => document.querySelector("textarea").dispatchEvent(new Event("change", { bubbles: true })) },
        { content: "leave, and come back", trigger: "body", run: comeBack, expectUnloadPage: true },
        { content: "what was written is offered", trigger: "body[is-ready=true] .o_ticketing_draft:not(.d-none):contains('The boiler shows E5')" },
        { content: "go on with it", trigger: ".o_ticketing_draft_restore", run: "click" },
        { content: "all of it is there", trigger: ".o_ticketing_fields:not(.d-none) input[name^='field_']:value('E5')" },
        { content: "send", trigger: ".o_ticketing_form button[type='submit']:not([name])", run: "click", expectUnloadPage: true },
        { content: "the answer is on the page", trigger: ".o_ticketing_facts:contains('Error code'):contains('E5')" },
        { content: "say more", trigger: "body[is-ready=true] #chatterRoot:shadow .o-mail-Composer-input", run: "edit It is getting cold" },
        { content: "send it", trigger: "#chatterRoot:shadow .o-mail-Composer-send:enabled, #chatterRoot:shadow button.o-mail-Composer-send:enabled", run: "click" },
        { content: "said", trigger: "#chatterRoot:shadow .o-mail-Message:contains('It is getting cold')" },
        { content: "it is urgent", trigger: "button[data-bs-target='#ticketing_urge']", run: "click" },
        { content: "why", trigger: "#ticketing_urge.show textarea", run: "edit A baby is at home" },
        { content: "tell them", trigger: "#ticketing_urge.show button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "told", trigger: ".alert-info:contains('will look at your ticket')" },
        { content: "to the list", trigger: ".breadcrumb a[href='/my/tickets']", run: "click", expectUnloadPage: true },
        { content: "what is done already", trigger: ".o_ticketing_list a:contains('Boiler cold')", run: "click", expectUnloadPage: true },
        { content: "its note", trigger: "a[href^='/my/notes/']:contains('See and sign')", run: "click", expectUnloadPage: true },
        { content: "sign", trigger: ".o_ticketing_signature_form .o_ticketing_canvas", run: drawSignature },
        { content: "drawn", trigger: ".o_ticketing_pad_clear" },
        { content: "send", trigger: ".o_ticketing_sign_submit", run: "click", expectUnloadPage: true },
        { content: "signed", trigger: ".o_ticketing_signed:contains('Marta Test')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_portal_pay", {
    steps: () => [
        { content: "something is to be paid", trigger: "a[href='/my/invoices?filterby=ticketing_to_pay']:contains('1')" },
        { content: "the tickets", trigger: ".o_portal_index_card a[href='/my/tickets']", run: "click", expectUnloadPage: true },
        { content: "this one", trigger: ".o_ticketing_list a:contains('Boiler cold')", run: "click", expectUnloadPage: true },
        { content: "pay", trigger: ".o_ticketing_pay", run: "click", expectUnloadPage: true },
        { content: "how", trigger: "#pay_with.show [name='o_payment_submit_button']:not([disabled])", run: "click", expectUnloadPage: true },
        { content: "on its way", trigger: "div[name='o_payment_status']" },
    ],
});
