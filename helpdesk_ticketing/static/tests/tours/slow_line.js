import { browser } from "@web/core/browser/browser";

const DELAY = 1000; // milliseconds: a phone in a cellar

/** From now on, what the server says to a change in a form comes late, so that a tour types on before. */
export function slowLine() {
    const Request = browser.XMLHttpRequest;
    browser.XMLHttpRequest = class extends Request {
        open(method, url, ...rest) {
            this.isSlow = url.endsWith("/onchange");
            super.open(method, url, ...rest);
        }
        send(data) {
            setTimeout(() => super.send(data), this.isSlow ? DELAY : 0);
        }
    };
}
