import { registry } from "@web/core/registry";

/** Five hours a month for a customer for whom an hour and a half were worked already; then what was used, on paper. */
const make = [
    { content: "its title", trigger: ".o_form_view [name='name'] textarea", run: "edit Five hours" },
    { content: "how much", trigger: ".o_form_view [name='allowance'] input", run: "click" },
    { content: "a month", trigger: ".o_select_menu_item:contains('Hours per Month')", run: "click" },
    { content: "five", trigger: ".o_form_view [name='included_hours'] input", run: "edit 5:00" },
    { content: "confirm", trigger: "button[name='action_confirm']", run: "click" },
    { content: "it covers what was worked", trigger: ".alert [name='balance']:contains('3:30 of 5:00 h left this month')" },
    { content: "what was used", trigger: ".o_notebook a[name='use']", run: "click" },
];
const statement = [
    { content: "from its first day", trigger: ".modal [name='date_from'] input, .modal [name='date_from'] button" },
    { content: "as a document or a spreadsheet", trigger: ".modal button[name='action_export']" },
    { content: "not now", trigger: ".modal .btn[special='cancel'], .modal button:contains('Close')", run: "click" },
    { content: "back", trigger: "body:not(:has(.modal)) .o_form_view" },
];

registry.category("web_tour.tours").add("ticketing_contract", {
    steps: () => [
        { content: "a new contract", trigger: ".o_list_button_add", run: "click" },
        { content: "whose", trigger: ".o_form_view [name='partner_id'] input", run: "edit Hotel Test" },
        {
            content: "choose it",
            trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):contains('Hotel Test') a",
            run: "click",
        },
        ...make,
        { content: "an hour and a half", trigger: "[name='period_ids'] .o_data_row:contains('01:30')" },
        { content: "statement", trigger: "button[name='action_open_statement']", run: "click" },
        ...statement,
    ],
});

registry.category("web_tour.tours").add("ticketing_contract_phone", {
    steps: () => [
        { content: "a new contract", trigger: ".o-kanban-button-new", run: "click" },
        { content: "whose", trigger: ".o_form_view [name='partner_id'] input", run: "click" },
        { content: "choose it", trigger: ".modal .o_kanban_record:contains('Hotel Test')", run: "click" },
        ...make,
        { content: "an hour and a half", trigger: "[name='period_ids'] .o_kanban_record:contains('01:30')" },
        { content: "statement", trigger: "button[name='action_open_statement']", run: "click" },
        ...statement,
    ],
});
