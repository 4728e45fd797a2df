import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("ticketing_portal_equipment", {
    steps: () => [
        { content: "his equipment", trigger: ".o_portal_index_card a[href='/my/equipment']:visible", run: "click", expectUnloadPage: true },
        { content: "the pump", trigger: ".o_ticketing_list a:contains('PUMP-1')", run: "click", expectUnloadPage: true },
        { content: "where it stands", trigger: ".o_ticketing_facts:contains('Cellar')" },
        { content: "a fault", trigger: "a.o_ticketing_fault", run: "click", expectUnloadPage: true },
        { content: "wait for the form", trigger: "body[is-ready=true] .o_ticketing_form" },
        { content: "the unit is chosen", trigger: "#ticketing_unit:has(option:checked:contains('PUMP-1'))" },
        { content: "subject", trigger: "input[name='subject']", run: "edit The pump hums" },
        { content: "story", trigger: "textarea[name='description']", run: "edit Since yesterday" },
        { content: "send", trigger: ".o_ticketing_form button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "its number is told", trigger: ".alert-success:contains('its number is')" },
    ],
});
