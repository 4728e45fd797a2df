import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** What a customer is told on his first visit: one hint after the other, closed for good by a button or Escape. */
export class Introduction extends Interaction {
    static selector = ".o_ticketing_introduction";
    dynamicContent = {
        _root: { "t-on-keydown": this.onKeydown },
        ".o_ticketing_hint_next": {
            "t-on-click": this.next,
            "t-att-class": () => ({ "d-none": this.isLast }),
        },
        ".o_ticketing_hint_close": { "t-on-click": this.close },
        ".o_ticketing_hint_number": { "t-out": () => this.number + 1 },
    };

    setup() {
        this.number = 0;
        this.hints = [...this.el.querySelectorAll(".o_ticketing_hint")];
    }

    get isLast() {
        return this.number === this.hints.length - 1;
    }

    next() {
        this.number += 1;
        this.hints.forEach((hint, index) => hint.classList.toggle("d-none", index !== this.number));
        this.hints[this.number].focus();
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            this.close();
        }
    }

    close() {
        this.el.remove();
        // Without network it comes again next time, which does no harm.
        rpc("/my/tickets/introduction", {}, { silent: true }).catch(() => {});
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.introduction", Introduction);
