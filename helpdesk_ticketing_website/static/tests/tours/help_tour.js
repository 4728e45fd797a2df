import { registry } from "@web/core/registry";

const noSideways = () => {
    if (document.documentElement.scrollWidth > window.innerWidth) {
        throw new Error("the page is wider than the screen");
    }
};

registry.category("web_tour.tours").add("ticketing_website_search", {
    steps: () => [
        { content: "type with an error", trigger: "body[is-ready=true] #ticketing_help_search", run: "edit radiater cold" },
        { content: "nothing is wider than the screen", trigger: ".o_ticketing_suggestion a:contains('Radiator stays cold')", run: noSideways },
        { content: "search", trigger: "form[role='search'].o_ticketing_help_search button", run: "click", expectUnloadPage: true },
        { content: "open it", trigger: ".o_ticketing_articles a:contains('Radiator stays cold')", run: "click", expectUnloadPage: true },
        { content: "fits", trigger: "body[is-ready=true] .o_ticketing_article_body", run: noSideways },
        { content: "useful", trigger: "button[name='useful'][value='1']", run: "click", expectUnloadPage: true },
        { content: "thanks", trigger: "body[is-ready=true] .o_ticketing_voted" },
        { content: "it solved it", trigger: ".o_ticketing_solved", run: "click", expectUnloadPage: true },
        { content: "counted", trigger: ".o_ticketing_thanks" },
    ],
});

const write = [
    { content: "story", trigger: "textarea[name='description']", run: "edit Since eight, between two floors" },
    { content: "name", trigger: "input[name='name']", run: "edit Vera Visitor" },
    { content: "address", trigger: "input[name='email']", run: "edit vera@visitor.example" },
    { content: "agree", trigger: "input[name='consent']", run: "click" },
];

registry.category("web_tour.tours").add("ticketing_website_report", {
    steps: () => [
        { content: "nothing fits", trigger: "body[is-ready=true] a[href='/help/report']", run: "click", expectUnloadPage: true },
        { content: "choose a type", trigger: "body[is-ready=true] select[name='type_id']", run: "selectByLabel Lift" },
        { content: "its question appears", trigger: ".o_ticketing_fields:not(.d-none) label:contains('Floor')" },
        { content: "subject", trigger: "input[name='subject']", run: "edit Lift stands still" },
        ...write,
        { content: "answer", trigger: ".o_ticketing_fields:not(.d-none) input", run: "edit Third" },
        { content: "fits", trigger: ".o_ticketing_report", run: noSideways },
        { content: "send", trigger: ".o_ticketing_report button[type=submit]:not([name])", run: "click", expectUnloadPage: true },
        { content: "what happens next", trigger: "body[is-ready=true] .o_ticketing_sent", run: noSideways },
    ],
});

registry.category("web_tour.tours").add("ticketing_website_deflect", {
    steps: () => [
        { content: "begin to report", trigger: "body[is-ready=true] .o_ticketing_report input[name='subject']", run: "edit my radiator is cold" },
        { content: "this solved it", trigger: ".o_ticketing_suggestion:contains('Radiator stays cold') button", run: "click", expectUnloadPage: true },
        { content: "no report was sent", trigger: ".o_ticketing_thanks" },
    ],
});
