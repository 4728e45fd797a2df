import { onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

const { DateTime } = luxon;
const MINUTE = 60 * 1000;
// One timer for all chips of a page, and none while there is no chip.
const watchers = new Set();
let timer = null;

function tick() {
    const now = DateTime.now();
    for (const watcher of watchers) {
        watcher.now = now;
    }
}

/** The present moment, which moves on every minute while the component is shown. */
export function useMinute() {
    const state = useState({ now: DateTime.now() });
    onMounted(() => {
        watchers.add(state);
        timer ??= browser.setInterval(tick, MINUTE);
    });
    onWillUnmount(() => {
        watchers.delete(state);
        if (!watchers.size) {
            browser.clearInterval(timer);
            timer = null;
        }
    });
    return state;
}
