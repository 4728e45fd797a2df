import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("ticketing_introduction", {
    steps: () => [
        { content: "the first hint", trigger: ".o_ticketing_introduction .o_ticketing_hint:visible:contains('Welcome')" },
        { content: "the list is not covered", trigger: "a[href='/my/tickets/new']:visible" },
        { content: "next", trigger: ".o_ticketing_hint_next", run: "click" },
        { content: "the second", trigger: ".o_ticketing_hint:visible:contains('Open a ticket')" },
        { content: "it has the focus", trigger: ".o_ticketing_hint:focus", run: "press Escape" },
        { content: "gone", trigger: "body:not(:has(.o_ticketing_introduction))" },
    ],
});
