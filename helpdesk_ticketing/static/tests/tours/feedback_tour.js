import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("ticketing_feedback", {
    steps: () => [
        { content: "the face of the mail is stored", trigger: ".o_ticketing_saved [data-state='saved']:not(.d-none)" },
        { content: "and chosen", trigger: "#face_unhappy:checked + label" },
        { content: "another one", trigger: "label[for='face_neutral']", run: "click" },
        { content: "is stored, too", trigger: ".o_ticketing_saved [data-state='saved']:not(.d-none)" },
        { content: "how hard it was", trigger: "label[for='effort_2']", run: "click" },
        { content: "in words", trigger: "#ticketing_comment", run: "edit It took two visits" },
        { content: "send", trigger: ".o_ticketing_feedback button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "thanks", trigger: ".o_ticketing_feedback_thanks:contains('Thank you')" },
        { content: "it does not work", trigger: "body[is-ready=true] #ticketing_reopen_reason", run: "edit It drips again" },
        { content: "reopen", trigger: "form[action$='/reopen'] button[type='submit']", run: "click", expectUnloadPage: true },
        { content: "open", trigger: ".alert-info:contains('The ticket is open again')" },
    ],
});
