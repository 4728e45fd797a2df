import { registry } from "@web/core/registry";

const goes = { content: "a second passes", trigger: ".o_ticket_timer_watch.text-bg-success:contains(/0:00:0[1-9]/)" };
const record = [
    { content: "what was done", trigger: ".modal [name='description'] input", run: "edit Valve replaced" },
    { content: "record", trigger: ".modal button[name='action_confirm']", run: "click" },
    { content: "on the timesheet", trigger: ".o_field_widget[name='timesheet_ids']:contains('Valve replaced')" },
    { content: "no timer any more", trigger: ".o_form_view:not(:has(.o_ticket_timer_watch))" },
];

registry.category("web_tour.tours").add("ticketing_timer_phone", {
    steps: () => [
        { content: "hours", trigger: ".o_notebook a[name='hours']", run: "click" },
        { content: "start", trigger: ".tab-pane.active .o_ticket_timer_start", run: "click" },
        goes,
        { content: "pause", trigger: ".tab-pane.active .o_ticket_timer_pause", run: "click" },
        { content: "it stands still", trigger: ".o_ticket_timer_watch.text-bg-secondary" },
        { content: "go on", trigger: ".tab-pane.active .o_ticket_timer_start:contains('Go On')", run: "click" },
        { content: "it runs", trigger: ".o_ticket_timer_watch.text-bg-success" },
        { content: "stop", trigger: ".tab-pane.active .o_ticket_timer_stop", run: "click" },
        ...record,
    ],
});

registry.category("web_tour.tours").add("ticketing_timer", {
    steps: () => [
        { content: "hours", trigger: ".o_notebook a[name='hours']", run: "click" },
        { content: "no second set of buttons", trigger: ".tab-pane.active:not(:has(.o_ticket_timer))" },
        { content: "start", trigger: ".o_statusbar_buttons button[name='action_timer_start']", run: "click" },
        goes,
        { content: "pause", trigger: ".o_statusbar_buttons button[name='action_timer_pause']", run: "click" },
        { content: "it stands still", trigger: ".o_ticket_timer_watch.text-bg-secondary" },
        {
            content: "go on",
            trigger: ".o_statusbar_buttons button[name='action_timer_start']:contains('Go On')",
            run: "click",
        },
        { content: "it runs", trigger: ".o_ticket_timer_watch.text-bg-success" },
        { content: "stop", trigger: ".o_statusbar_buttons button[name='action_timer_stop']", run: "click" },
        ...record,
    ],
});
