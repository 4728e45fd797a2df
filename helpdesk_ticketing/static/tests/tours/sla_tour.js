import { registry } from "@web/core/registry";

import { slowLine } from "./slow_line";

registry.category("web_tour.tours").add("ticketing_sla_policy", {
    steps: () => [
        { content: "a new policy", trigger: ".o_list_button_add", run: "click" },
        { content: "its name", trigger: ".o_form_view [name='name'] input", run: "edit Two hours" },
        { content: "the solution", trigger: ".o_form_view [name='target'] input[data-value='resolution']", run: "click" },
        { content: "within", trigger: ".o_form_view [name='duration'] input", run: "edit 2" },
        { content: "day and night", trigger: ".o_form_view [name='calendar_source'] input", run: "click" },
        { content: "day and night", trigger: ".o_select_menu_item:contains('24 Hours, 7 Days')", run: "click" },
        { content: "it is read back", trigger: ".o_form_view [name='summary']:contains('we solve it within 2 working hours, counted day and night')" },
        { content: "its alarms are there", trigger: ".o_field_widget[name='alarm_ids'] .o_data_row:eq(1)" },
        { content: "save", trigger: ".o_form_button_save:visible", run: "click" },
        { content: "saved", trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))" },
    ],
});

registry.category("web_tour.tours").add("ticketing_sla_ticket", {
    steps: () => [
        { content: "the time left, on the card", trigger: ".o_kanban_record:contains('It does not work') .o_sla_chip:contains('left')" },
        { content: "the ticket", trigger: ".o_kanban_record:contains('It does not work')", run: "click" },
        { content: "and in the form", trigger: ".o_form_view .oe_title .o_sla_chip[aria-label*='Resolution until']" },
        { content: "its promises", trigger: ".o_notebook a[name='sla']", run: "click" },
        { content: "one", trigger: ".o_field_widget[name='sla_status_ids'] .o_data_row:contains('Two hours')" },
        { content: "explain", trigger: ".o_field_widget[name='sla_status_ids'] button[name='action_explain']", run: "click" },
        { content: "what counted", trigger: ".modal .o_sla_explain .o_sla_row[data-what='work']:contains('Working time')" },
        { content: "enough", trigger: ".modal .btn-close", run: "click" },
        { content: "we do not answer for it", trigger: "button[name='action_open_exclude_sla']", run: "click" },
        { content: "over a slow line", trigger: ".modal [name='cause_id'] input", run: slowLine },
        { content: "why", trigger: ".modal [name='cause_id'] input", run: "click" },
        { content: "the cause", trigger: ".o-autocomplete--dropdown-item:contains('Third party') a", run: "click" },
        { content: "what happened", trigger: ".modal [name='note'] textarea", run: "edit The network was down" },
        { content: "what the cause means comes later", trigger: ".modal [name='cause_description']:contains('act first')" },
        { content: "and what was typed stays", trigger: ".modal [name='note'] textarea:value('The network was down')" },
        { content: "exclude", trigger: ".modal button[name='action_confirm']", run: "click" },
        { content: "excluded", trigger: ".o_field_widget[name='sla_status_ids'] .o_data_row:contains('Excluded')" },
        { content: "nothing is due any more", trigger: ".o_form_view .oe_title:not(:has(.o_sla_chip))" },
        { content: "it is told", trigger: ".o-mail-Message-body:contains('The network was down')" },
        { content: "it holds again", trigger: "button[name='action_include_sla']", run: "click" },
        { content: "yes", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "the chip is back", trigger: ".o_form_view .oe_title .o_sla_chip:contains('left')" },
    ],
});
