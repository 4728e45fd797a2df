import { registry } from "@web/core/registry";

const press = (key) => () =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

/** Nothing on the page moves while suggestions come and go, and nothing is wider than the screen. */
let place = 0;
const below = () => document.querySelector("#ticketing_description").getBoundingClientRect().top;

registry.category("web_tour.tours").add("ticketing_knowledge_search", {
    steps: () => [
        { content: "to the help", trigger: ".o_portal_index_card a[href='/my/help']", run: "click", expectUnloadPage: true },
        { content: "type with an error", trigger: "body[is-ready=true] .o_ticketing_suggest", run: "edit boyler presure" },
        { content: "it is suggested", trigger: ".o_ticketing_suggestion:first a:contains('The boiler loses pressure')" },
        { content: "how many is told", trigger: ".o_ticketing_suggestions_status:contains('1')" },
        { content: "down into the list", trigger: ".o_ticketing_suggest", run: press("ArrowDown") },
        { content: "the first is chosen", trigger: ".o_ticketing_suggestion a:focus" },
        { content: "out of the list", trigger: ".o_ticketing_suggestion a:focus", run: press("Escape") },
        { content: "it is closed", trigger: ".o_ticketing_suggestions.d-none:not(:visible)" },
        { content: "search", trigger: "form[role='search'] button", run: "click", expectUnloadPage: true },
        { content: "open it", trigger: ".o_ticketing_list a:contains('The boiler loses pressure')", run: "click", expectUnloadPage: true },
        { content: "not useful", trigger: "body[is-ready=true] button[name='useful'][value='0']", run: "click", expectUnloadPage: true },
        { content: "say why", trigger: "#ticketing_article_comment", run: "edit Where is the valve?" },
        { content: "send", trigger: "textarea + button[name='useful']", run: "click", expectUnloadPage: true },
        { content: "thanks", trigger: ".alert-success" },
        { content: "solved all the same", trigger: "body[is-ready=true] .o_ticketing_solved", run: "click", expectUnloadPage: true },
        { content: "counted", trigger: ".o_ticketing_thanks" },
    ],
});

registry.category("web_tour.tours").add("ticketing_knowledge_form", {
    steps: () => [
        { content: "the form", trigger: "body[is-ready=true] .o_ticketing_form", run: () => (place = below()) },
        { content: "type a subject", trigger: "input[name='subject']", run: "edit The boiler looses presure" },
        { content: "suggested", trigger: ".o_ticketing_suggestion:contains('The boiler loses pressure')" },
        {
            content: "nothing has moved",
            trigger: ".o_ticketing_suggestion",
            run() {
                if (below() !== place) {
                    throw new Error(`the form moved by ${below() - place}`);
                }
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("the page is wider than the screen");
                }
            },
        },
        { content: "this solved it", trigger: ".o_ticketing_suggestion:first button", run: "click", expectUnloadPage: true },
        { content: "thanks, no ticket", trigger: ".o_ticketing_thanks:contains('No ticket was sent')" },
    ],
});

registry.category("web_tour.tours").add("ticketing_knowledge_reply", {
    steps: () => [
        { content: "articles", trigger: ".nav-link[name='articles']", run: "click" },
        { content: "suggested", trigger: ".o_ticket_articles li:contains('The boiler loses pressure')" },
        { content: "its link", trigger: ".o_ticket_articles li:first .o_article_link", run: "click" },
        { content: "is in the reply", trigger: ".o_mail_composer_form .odoo-editor-editable a[href*='/my/help/']:contains('The boiler loses pressure')" },
        { content: "send", trigger: ".o_mail_send", run: "click" },
        { content: "it was said", trigger: ".o-mail-Message a:contains('The boiler loses pressure')" },
        { content: "and counts as used", trigger: ".o_ticket_articles .badge:contains('Used')" },
    ],
});
