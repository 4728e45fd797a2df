import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** Where the chips are one row that is drawn aside: what was chosen is in sight. */
export class Chips extends Interaction {
    static selector = ".o_ticketing_chips";

    start() {
        const chosen = this.el.querySelector("[aria-current]");
        if (chosen) {
            const [row, chip] = [this.el.getBoundingClientRect(), chosen.getBoundingClientRect()];
            this.el.scrollLeft += chip.left + chip.width / 2 - row.left - row.width / 2;
        }
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.chips", Chips);
