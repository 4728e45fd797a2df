import { registry } from "@web/core/registry";

// The chain of one ticket, each part in the browser of the person whose part it is. What the technician does on his
// phone and how the payment is booked are tours of their own (desk_tour.js).

registry.category("web_tour.tours").add("ticketing_chain_agent", {
    steps: () => [
        { content: "the e-mail is a ticket", trigger: ".o_kanban_record:contains('It does not work')", run: "click" },
        { content: "what she wrote", trigger: ".o_form_view [name='description']:contains('The boiler drips')" },
        { content: "the technician's", trigger: ".o_form_view [name='user_id'] input", run: "edit Desk.Tech" },
        {
            content: "choose him",
            trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains('Desk.Technician') a",
            run: "click",
        },
        { content: "save", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "saved", trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))" },
        { content: "answer her", trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { content: "the answer", trigger: ".o-mail-Composer-input", run: "edit He comes tomorrow" },
        { content: "send", trigger: ".o-mail-Composer-send:enabled", run: "click" },
        { content: "sent", trigger: ".o-mail-Message-body:contains('He comes tomorrow')" },
        { content: "it is his", trigger: ".o_form_view [name='user_id'] input:value('Desk.Technician')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_chain_solve", {
    steps: () => [
        { content: "his ticket", trigger: ".o_kanban_record:contains('It does not work')", run: "click" },
        { content: "what is left to do", trigger: "button.btn-primary[name='action_solve']", run: "click" },
        { content: "solved", trigger: ".o_form_view:not(:has(button[name='action_solve']))" },
    ],
});

registry.category("web_tour.tours").add("ticketing_chain_accountant", {
    steps: () => [
        { content: "it waits", trigger: ".o_data_row:contains('To Approve') .o_data_cell[name='partner_id']", run: "click" },
        { content: "of the customer", trigger: ".o_form_view [name='partner_id']:contains('Hotel Test')" },
        { content: "approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "approved", trigger: ".o_form_view [name='approved_by_id']:contains('Desk.Accountant')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_chain_customer", {
    steps: () => [
        { content: "it is over", trigger: ".o_ticketing_list a:contains('It does not work')", run: "click", expectUnloadPage: true },
        { content: "her note is signed", trigger: "a[href^='/my/notes/']" },
        { content: "her invoice is paid", trigger: ".list-group-item:has(a[href^='/my/invoices/']):contains('Paid')" },
    ],
});
