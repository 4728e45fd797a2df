import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** The first minutes at the desk: a ticket from the call to the delivery note. Starts from the menu Help, too. */
registry.category("web_tour.tours").add("ticketing_onboarding", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            isActive: ["community"],
            trigger: ".o_app[data-menu-xmlid='helpdesk_ticketing.menu_root']",
            content: _t("Here is the desk: what customers report, until it is paid."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".o_menu_sections [data-menu-xmlid='helpdesk_ticketing.menu_tickets']",
            content: _t("The overview shows each team and what waits there. All tickets are under this menu."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu [data-menu-xmlid='helpdesk_ticketing.menu_all_tickets']",
            content: _t("Look at the tickets of your teams."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".o_switch_view.o_list",
            content: _t("A board shows stages; a list shows more tickets at once."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_list_button_add",
            content: _t("Somebody calls: make a ticket."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_form_view [name='name'] textarea, .o_form_view [name='name'] input",
            content: _t("Say in a few words what is wrong."),
            tooltipPosition: "bottom",
            run: "edit No hot water",
        },
        {
            trigger: ".o_form_view [name='partner_id'] input",
            content: _t("Who calls? Choose the contact: company, contract and equipment follow."),
            tooltipPosition: "bottom",
            run: "edit Marta",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) a",
            content: _t("Choose, or make a new contact."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: "button[name='action_assign_to_me']",
            content: _t("Take the ticket. The promised times run already."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o-mail-Chatter-sendMessage",
            content: _t("Answer the customer: he gets it by mail and sees it on his portal. 'Log note' stays among you."),
            tooltipPosition: "left",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            content: _t("Write a line or two."),
            tooltipPosition: "left",
            run: "edit We are on our way",
        },
        {
            trigger: ".o-mail-Composer-send:enabled",
            content: _t("Send it: the first response is given."),
            tooltipPosition: "left",
            run: "click",
        },
        {
            trigger: ".o_notebook a[name='hours']",
            content: _t("Working time stands here: typed, or taken with the timer above."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o_notebook a[name='material']",
            content: _t("And here the material. A delivery note is made of both, which the customer signs, and which is billed."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o_form_button_save, .o_form_saved",
            content: _t("Save. You know the way of a ticket now."),
            tooltipPosition: "bottom",
            run: "click",
        },
    ],
});
