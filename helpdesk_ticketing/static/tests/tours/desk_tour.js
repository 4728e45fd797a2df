import { registry } from "@web/core/registry";

import { slowLine } from "./slow_line";

const saved = { content: "saved", trigger: ".o_form_saved, .o_form_button_save:not(:visible)" };

const call = [
    { content: "a customer calls", trigger: ".o_switch_view.o_list", run: "click" },
    { content: "new ticket", trigger: ".o_list_button_add", run: "click" },
    { content: "what is wrong", trigger: ".o_form_view [name='name'] textarea", run: "edit No hot water" },
];

const caller = [
    { content: "who calls", trigger: ".o_form_view [name='partner_id'] input", run: "edit Marta Test" },
    {
        content: "choose her",
        trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains('Marta Test') a",
        run: "click",
    },
];

registry.category("web_tour.tours").add("ticketing_agent", {
    steps: () => [
        ...call,
        ...caller,
        { content: "it hurts a lot", trigger: ".o_form_view [name='impact'] input[data-value='3']", run: "click" },
        { content: "and now", trigger: ".o_form_view [name='urgency'] input[data-value='3']", run: "click" },
        { content: "the priority follows", trigger: ".o_form_view [name='priority'] a.fa-star:eq(2)" },
        { content: "mine", trigger: "button[name='action_assign_to_me']", run: "click" },
        { content: "assigned", trigger: ".o_form_view [name='user_id'] input:value('Desk.Agent')" },
        { content: "write to the customer", trigger: ".o-mail-Chatter-sendMessage", run: "click" },
        { content: "the message", trigger: ".o-mail-Composer-input", run: "edit We are on our way" },
        { content: "send", trigger: ".o-mail-Composer-send:enabled", run: "click" },
        { content: "sent", trigger: ".o-mail-Message-body:contains('We are on our way')" },
        { content: "solved", trigger: "button[name='action_solve']", run: "click" },
        { content: "it can be reopened", trigger: "button[name='action_reopen']" },
        saved,
    ],
});

registry.category("web_tour.tours").add("ticketing_agent_slow_line", {
    steps: () => [
        ...call,
        { content: "over a slow line", trigger: ".o_form_view [name='name'] textarea", run: slowLine },
        ...caller,
        { content: "type on", trigger: ".o_form_view [name='customer_reference'] input", run: "edit C-77" },
        { content: "her address comes", trigger: ".o_form_view [name='email_from'] input:value('marta@')" },
        { content: "what was typed stays", trigger: ".o_form_view [name='customer_reference'] input:value('C-77')" },
        { content: "the unit", trigger: ".o_form_view [name='lot_id'] input", run: "edit PUMP-1" },
        { content: "choose it", trigger: ".o-autocomplete--dropdown-item:contains('PUMP-1') a", run: "click" },
        { content: "type on", trigger: ".o_form_view [name='customer_reference'] input", run: "edit C-78" },
        { content: "what is known of the unit comes", trigger: ".o_form_view button[name='action_view_device']" },
        { content: "what was typed stays", trigger: ".o_form_view [name='customer_reference'] input:value('C-78')" },
        { content: "save", trigger: ".o_form_button_save:visible", run: "click" },
        saved,
    ],
});

registry.category("web_tour.tours").add("ticketing_technician_phone", {
    steps: () => [
        { content: "his ticket", trigger: ".o_kanban_record:contains('It does not work')", run: "click" },
        { content: "hours", trigger: ".o_notebook a[name='hours']", run: "click" },
        { content: "add", trigger: ".o_field_widget[name='timesheet_ids'] .o-kanban-button-new", run: "click" },
        { content: "what", trigger: ".modal [name='name'] input, .modal [name='name'] textarea", run: "edit Valve replaced" },
        { content: "how long", trigger: ".modal [name='unit_amount'] input", run: "edit 1:30" },
        { content: "save", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "there", trigger: ".o_field_widget[name='timesheet_ids'] .o_kanban_record:contains('01:30')" },
        { content: "material", trigger: ".o_notebook a[name='material']", run: "click" },
        { content: "from his van", trigger: "[name='material_location_id']:contains('Van')" },
        { content: "add", trigger: ".o_field_widget[name='material_ids'] .o-kanban-button-new", run: "click" },
        { content: "look for it", trigger: ".modal [name='product_id'] input", run: "click" },
        { content: "it is found", trigger: ".modal .o_kanban_record:contains('Valve')", run: "click" },
        { content: "two of them", trigger: ".modal [name='product_uom_qty'] input", run: "edit 2" },
        { content: "save", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "there", trigger: ".o_field_widget[name='material_ids'] .o_kanban_record:contains('Valve')" },
        { content: "the note", trigger: "button[name='action_delivery_note']", run: "click" },
        { content: "ready", trigger: "button[name='action_ready']", run: "click" },
        { content: "the customer signs here", trigger: "button[name='action_open_sign']", run: "click" },
        { content: "name", trigger: ".modal [name='signer_name'] input", run: "edit Marta Test" },
        { content: "pad", trigger: ".modal .o_field_widget[name='signature'] .o_signature", run: "click" },
        { content: "adopt", trigger: ".modal .o_web_sign_name_and_signature, .modal .o_web_sign_signature" },
        { content: "adopt and sign", trigger: ".modal-footer button.btn-primary:contains('Adopt'):enabled", run: "click" },
        { content: "the pad is filled", trigger: ".modal .o_field_widget[name='signature'] img" },
        { content: "sign", trigger: ".modal button[name='action_confirm']:visible", run: "click" },
        { content: "signed", trigger: ".o_statusbar_status:contains('Signed')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_accountant", {
    steps: () => [
        { content: "two wait", trigger: ".o_data_row:contains('To Approve'):eq(1)" },
        { content: "all of them", trigger: "thead .o_list_record_selector input", run: "click" },
        { content: "approve", trigger: ".o_control_panel button[name='action_approve']", run: "click" },
        { content: "the queue is empty", trigger: ".o_list_view:not(:has(.o_data_row:contains('To Approve')))" },
    ],
});

registry.category("web_tour.tours").add("ticketing_whole_chain_pay", {
    steps: () => [
        { content: "the invoice", trigger: ".o_data_row:contains('Sent') button[name='action_open_invoice']", run: "click" },
        { content: "its signed note", trigger: ".o_notebook a[name='ticketing_notes']", run: "click" },
        { content: "who signed", trigger: ".o_field_widget[name='note_ids']:contains('Marta Test')" },
        { content: "the payment arrives", trigger: "button[name='action_register_payment']", run: "click" },
        { content: "book it", trigger: ".modal button[name='action_create_payments']", run: "click" },
        { content: "to the ticket", trigger: "button[name='action_view_ticket']", run: "click" },
        { content: "closed", trigger: ".o_form_view .ribbon:contains('Paid')" },
    ],
});
