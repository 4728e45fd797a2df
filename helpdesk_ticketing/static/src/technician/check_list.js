import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/** What is to be looked at on site: ticks, numbers and texts. */
export class CheckList extends Component {
    static template = "helpdesk_ticketing.CheckList";
    static props = { items: Array, isReadonly: Boolean, check: Function };

    get progress() {
        const { items } = this.props;
        return _t("%(done)s of %(all)s", { done: items.filter(({ done }) => done).length, all: items.length });
    }

    toggle(item) {
        return this.props.check({ item_id: item.id, done: !item.done, value: item.value || false }, { name: item.name });
    }

    /** A number or a text is done when it is there. */
    fill(item, ev) {
        const value = ev.target.value.trim();
        if (value !== (item.value || "")) {
            return this.props.check({ item_id: item.id, done: Boolean(value), value: value || false }, { name: item.name });
        }
    }
}
