import { registry } from "@web/core/registry";

/** Menu Help: start the tour of the first day, as often as one likes. */
function startGuidedTour(env) {
    env.services.tour_service.startTour("ticketing_onboarding", {
        mode: "manual",
        startUrl: "/odoo",
        rainbowMan: false,
    });
    return true;
}

registry.category("actions").add("ticketing_guided_tour", startGuidedTour);
