import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** What may be opened; the server has checked it too. Odoo's own action for addresses knows http alone. */
export const REMOTE_LINK = /^(https?:\/\/[^\s/]|rustdesk:|anydesk:|teamviewer10:)/i;

/** Opens a remote session in a new tab, which learns nothing of the page that opened it. */
export function openRemoteSession(env, { params }) {
    if (REMOTE_LINK.test(params.url)) {
        browser.open(params.url, "_blank", "noopener,noreferrer");
    } else {
        env.services.notification.add(_t("This link can't be opened."), { type: "danger" });
    }
    return { type: "ir.actions.client", tag: "soft_reload" };
}

registry.category("actions").add("ticketing_remote_session", openRemoteSession);
