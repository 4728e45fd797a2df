import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("ticketing_forum_agent", {
    steps: () => [
        { content: "wait", trigger: "body[is-ready=true] .o_ticketing_staff_bar" },
        { content: "ticket", trigger: ".o_ticketing_make_ticket", run: "click", expectUnloadPage: true },
        { content: "its number", trigger: ".o_ticketing_made_ticket" },
        { content: "told in the forum", trigger: ".o_wforum_answer:contains('support ticket')" },
    ],
});
