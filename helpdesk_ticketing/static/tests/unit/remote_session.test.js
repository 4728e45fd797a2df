import { expect, test } from "@odoo/hoot";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { openRemoteSession } from "@helpdesk_ticketing/asset/remote_session";

test("opens programs and sites in a new tab, and nothing that a browser would run", () => {
    const told = [];
    const env = { services: { notification: { add: (text) => told.push(text) } } };
    patchWithCleanup(browser, { open: (url, ...rest) => expect.step([url, ...rest].join(" ")) });
    const open = (url) => openRemoteSession(env, { params: { url } });
    open("https://remote.example/a");
    open("rustdesk://123");
    for (const url of ["javascript:alert(1)", " https://a.example", "https:", "data:text/html,x", "/web", ""]) {
        open(url);
    }
    expect.verifySteps([
        "https://remote.example/a _blank noopener,noreferrer",
        "rustdesk://123 _blank noopener,noreferrer",
    ]);
    expect(told.length).toBe(6);
});
