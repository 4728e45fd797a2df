import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { effect } from "@web/core/utils/reactive";
import "@web/webclient/user_menu/user_menu_items";
import { countOperations } from "./operation_queue";
import { TechnicianModel, deviceName } from "./technician_model";

/**
 * The technician's day and queue, for as long as the page is open.
 *
 * What was left waiting is sent from whatever page is opened next; where nothing waits, nothing is opened.
 */
export const technicianService = {
    dependencies: ["notification"],

    start(env, { notification }) {
        let model = null;
        const mark = `${deviceName()}_waiting`;

        function wake() {
            model.state.isOnline = browser.navigator.onLine;
            if (model.waiting) {
                model.queue.send();
            }
        }

        /** The office's figures are others than what the customer has seen: a signature is kept all the same. */
        function onResult({ result }) {
            if (result?.differs) {
                notification.add(result.differs, { title: _t("The office compares it"), type: "warning", sticky: true });
            }
        }

        function create() {
            model = new TechnicianModel(onResult);
            effect(
                ({ operations }) => {
                    if (!model.queue.isLoaded) {
                        return; // it is not known yet what waits
                    }
                    const { waiting } = countOperations(operations);
                    model.waiting = waiting;
                    waiting ? browser.localStorage.setItem(mark, waiting) : browser.localStorage.removeItem(mark);
                },
                [model.queue.state],
            );
            browser.addEventListener("online", wake);
            browser.addEventListener("offline", wake);
            document.addEventListener("visibilitychange", () => !document.hidden && wake());
            // What no store keeps is lost with the page.
            browser.addEventListener("beforeunload", (ev) => model.queue.memory.operations.size && ev.preventDefault());
            return model;
        }

        if (browser.localStorage.getItem(mark)) {
            create()
                .open()
                .then(() => model.queue.send());
        }
        return {
            get model() {
                return model || create();
            },
            get waiting() {
                return model?.waiting || 0;
            },
        };
    },
};

registry.category("services").add("ticketing_technician", technicianService);

/** Who logs out is told what has not been sent: the next one on this device can't send it for him. */
function logOutItem(makeItem) {
    return (env) => {
        const item = makeItem(env);
        return {
            ...item,
            callback: () => {
                const { waiting } = env.services.ticketing_technician;
                if (!waiting) {
                    return item.callback();
                }
                env.services.dialog.add(ConfirmationDialog, {
                    title: _t("Log out before all is sent?"),
                    body: _t(
                        "%s entries of your day are kept on this device only. They will be sent when you log in here again, not before.",
                        waiting,
                    ),
                    confirmLabel: _t("Log Out"),
                    confirm: item.callback,
                    cancelLabel: _t("Stay"),
                    cancel: () => {},
                });
            },
        };
    };
}

const userMenu = registry.category("user_menuitems");
userMenu.add("log_out", logOutItem(userMenu.get("log_out")), { force: true });
