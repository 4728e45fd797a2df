import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("ticketing_website_report", {
    steps: () => [
        { content: "wait for the form", trigger: "body[is-ready=true] .o_ticketing_report" },
        { content: "subject", trigger: "input[name='subject']", run: "edit Lift stands still" },
        { content: "story", trigger: "textarea[name='description']", run: "edit Since eight, between two floors" },
        { content: "name", trigger: "input[name='name']", run: "edit Vera Visitor" },
        { content: "address", trigger: "input[name='email']", run: "edit vera@visitor.example" },
        { content: "agree", trigger: "input[name='consent']", run: "click" },
        { content: "send", trigger: ".o_ticketing_report button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "what happens next", trigger: ".o_ticketing_sent" },
    ],
});
