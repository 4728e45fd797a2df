import { registry } from "@web/core/registry";
import { drawSignature } from "./portal_tour";

// A contract billed by progress, each part in the browser of the person whose part it is. The payment is a tour of its
// own (desk_tour.js).

registry.category("web_tour.tours").add("ticketing_progress_plan", {
    steps: () => [
        { content: "plan it", trigger: "button[name='action_plan_billing']", run: "click" },
        { content: "what becomes of the line", trigger: ".modal [name='becomes']:contains('100')" },
        { content: "30, 40 and 30 per cent", trigger: ".modal [name='milestone_ids'] .o_data_row:nth-child(3)" },
        { content: "make the plan", trigger: ".modal button[name='action_plan']", run: "click" },
        { content: "not started yet", trigger: ".o_form_view .o_statusbar_status button.o_arrow_button_current:contains('Draft')" },
        { content: "back to the quotation", trigger: ".o_back_button", run: "click" },
        { content: "confirm it", trigger: "button[name='action_confirm']:visible", run: "click" },
        { content: "sold", trigger: ".o_statusbar_status button.o_arrow_button_current:contains('Sales Order')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_progress_certify", {
    steps: () => [
        { content: "the plan", trigger: ".o_data_row:contains('Heating') .o_data_cell[name='name']", run: "click" },
        { content: "it runs", trigger: ".o_statusbar_status button.o_arrow_button_current:contains('Running')" },
        { content: "the first milestone", trigger: "[name='milestone_ids'] .o_data_row:first-child [name='is_reached'] input", run: "click" },
        { content: "certify it", trigger: "button[name='action_certify']:enabled", run: "click" },
        { content: "a draft", trigger: "button[name='action_ready']", run: "click" },
        { content: "it waits for the customer", trigger: "button[name='action_open_sign']" },
        { content: "mail her the link", trigger: "button[name='action_send_link']", run: "click" },
        { content: "sent", trigger: ".o-mail-Message" },
    ],
});

registry.category("web_tour.tours").add("ticketing_progress_accept", {
    steps: () => [
        { content: "it waits for her", trigger: ".o_ticketing_list a[href^='/my/certificates/']", run: "click", expectUnloadPage: true },
        { content: "what it says", trigger: ".o_ticketing_sums:contains('3,000.00')" },
        { content: "sign", trigger: ".o_ticketing_canvas", run: drawSignature },
        { content: "send", trigger: ".o_ticketing_sign_submit:enabled", run: "click", expectUnloadPage: true },
        { content: "accepted", trigger: ".o_ticketing_signed:contains('Marta Test')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_progress_pay", {
    steps: () => [
        { content: "the request", trigger: ".o_data_row:contains('Sent') button[name='action_open_invoice']", run: "click" },
        { content: "the payment arrives", trigger: "button[name='action_register_payment']", run: "click" },
        { content: "book it", trigger: ".modal button[name='action_create_payments']", run: "click" },
        { content: "paid", trigger: ".o_form_view .ribbon:contains('Paid')" },
    ],
});
